package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"text/tabwriter"

	"pnclab/internal/provenance"
	"pnclab/pnc"
)

// printEvaluations prints evaluations in the requested format.
func printEvaluations(out io.Writer, evs []*pnc.Evaluation, between []*pnc.LayerComparison, quantities []pnc.Quantity, asJSON, asCSV bool) error {
	switch {
	case asJSON:
		return writeJSON(out, evs, between)
	case asCSV:
		return pnc.WriteCSV(out, evs, quantities...)
	}
	for _, ev := range evs {
		if math.IsNaN(ev.Accuracy) {
			continue
		}
		of := ""
		if len(evs) > 1 {
			of = " of " + ev.Name
		}
		interval := ""
		if i := ev.AccuracyInterval; i != nil {
			interval = fmt.Sprintf(" [%.2f, %.2f]", 100*i[0], 100*i[1])
		}
		fmt.Fprintf(out, "accuracy of the classifier%s: %.2f %%%s\n", of, 100*ev.Accuracy, interval)
	}
	if w := evs[0].Weights; w != pnc.AsPublished {
		fmt.Fprintf(out, "classes count %s\n", w)
	}
	if err := pnc.WriteTable(out, evs, quantities...); err != nil {
		return err
	}
	for _, ev := range evs {
		if err := writeMore(out, ev, len(evs) > 1); err != nil {
			return err
		}
	}
	for _, c := range between {
		if err := writeComparisonOfLayers(out, c); err != nil {
			return err
		}
	}
	return nil
}

// writeComparisonOfLayers writes the similarities of the layers of two feature sets.
func writeComparisonOfLayers(out io.Writer, c *pnc.LayerComparison) error {
	title := fmt.Sprintf("of %s (rows) and %s", filepath.Base(c.A), filepath.Base(c.B))
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	writeMatrix(t, "CKA "+title, c.LayersA, c.LayersB, c.CKA)
	writeMatrix(t, "Procrustes distance "+title, c.LayersA, c.LayersB, c.Procrustes)
	return t.Flush()
}

// writeMatrix writes a matrix with its title and the names of its rows and columns, nothing
// if it is nil.
func writeMatrix(t io.Writer, title string, rows, columns []string, m [][]float64) {
	if m == nil {
		return
	}
	fmt.Fprintf(t, "\n%s\t", title)
	for _, name := range columns {
		fmt.Fprint(t, name, "\t")
	}
	fmt.Fprintln(t)
	for i, row := range m {
		fmt.Fprint(t, rows[i], "\t")
		for _, v := range row {
			if math.IsNaN(v) {
				fmt.Fprint(t, "-\t")
				continue
			}
			fmt.Fprintf(t, "%.3f\t", v)
		}
		fmt.Fprintln(t)
	}
}

// writeMore writes the laws that were fitted to an evaluation, and what was measured of
// classes and pairs of layers.
func writeMore(out io.Writer, ev *pnc.Evaluation, named bool) error {
	of := ""
	if named {
		of = ev.Name + ": "
	}
	if len(ev.Layers) > 2 {
		if f := pnc.FitGeometric(ev.C()); !math.IsNaN(f.R2) {
			fmt.Fprintf(out, "%sC changes by the factor %.3g per layer, R² = %.3f\n", of, f.Rate(), f.R2)
		}
		separation := ev.Series(func(m pnc.LayerMeasures) float64 { return m.Separation })
		if f := pnc.FitGeometric(separation); !math.IsNaN(f.R2) {
			r := math.Copysign(math.Sqrt(f.R2), f.Slope)
			fmt.Fprintf(out, "%sequi-separation: ρ = %.3g per layer, r = %.3f, half-life %.3g layers\n", of, f.Rate(), r, f.HalfLife())
		}
		for _, name := range []string{"residual", "residualNumber"} {
			q := pnc.Must(pnc.QuantityNamed(name))
			if f := pnc.FitGeometric(ev.Series(q.Of)); !math.IsNaN(f.R2) {
				fmt.Fprintf(out, "%s%s changes by the factor %.3g per layer, R² = %.3f\n", of, q.Label, f.Rate(), f.R2)
			}
		}
	}
	if probes := ev.Series(func(m pnc.LayerMeasures) float64 { return m.ProbeTest }); len(probes) > 1 {
		if l := pnc.TunnelStart(probes, 0.95); l >= 0 {
			fmt.Fprintf(out, "%sfrom %s on the linear probe has 95 %% of the accuracy of the last layer\n", of, ev.Layers[l].Name)
		}
		means := ev.Series(func(m pnc.LayerMeasures) float64 { return m.NCCTest })
		if l := pnc.MinimalDepth(means, 0.02); l >= 0 {
			fmt.Fprintf(out, "%sfrom %s on the nearest class mean is wrong for at most 2 %% of held-out samples\n", of, ev.Layers[l].Name)
		}
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for i, m := range ev.Layers {
		if m.Classwise == nil {
			continue
		}
		if i == 0 {
			fmt.Fprintf(t, "\n%sclass\tlayer\tn\tC\tlargest cosine\twith\t\n", of)
		}
		for k, c := range m.Classwise {
			nearest := (k + 1) % len(m.Classwise)
			for j, cos := range c.Cosines {
				if j != k && cos > c.Cosines[nearest] {
					nearest = j
				}
			}
			fmt.Fprintf(t, "%s\t%s\t%d\t%.4g\t%.4g\t%s\t\n", ev.ClassNames[k], m.Name, c.N, c.C, c.Cosines[nearest], ev.ClassNames[nearest])
		}
	}
	var names []string
	for _, m := range ev.Layers {
		names = append(names, m.Name)
	}
	writeMatrix(t, of+"CKA", names, names, ev.CKA)
	writeMatrix(t, of+"Procrustes distance", names, names, ev.Procrustes)
	return t.Flush()
}

// writeJSON writes an evaluation as JSON, with the version of the program as the
// additional field "pnclab"; several as the field "sets", with the similarities of their
// layers as the field "between" if there are any.
func writeJSON(w io.Writer, evs []*pnc.Evaluation, between []*pnc.LayerComparison) error {
	if len(evs) == 0 {
		return errors.New("nothing to write")
	}
	fields := map[string]json.RawMessage{}
	var err error
	if len(evs) > 1 {
		if fields["sets"], err = json.Marshal(evs); err != nil {
			return err
		}
	} else {
		b, err := json.Marshal(evs[0])
		if err != nil {
			return err
		}
		if err := json.Unmarshal(b, &fields); err != nil {
			return err
		}
	}
	if between != nil {
		if fields["between"], err = json.Marshal(between); err != nil {
			return err
		}
	}
	if fields["pnclab"], err = json.Marshal(provenance.Version()); err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(fields)
}
