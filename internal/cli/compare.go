package cli

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"pnclab/plotting"
	"pnclab/pnc"
)

// newCompare returns the command compare, which prints two networks side by side.
func newCompare() *cobra.Command {
	var options pnc.FeatureOptions
	var only []string
	var figure string
	var more moreMeasures
	c := &cobra.Command{
		Use:   "compare A B",
		Short: "Print the measures of two networks side by side",
		Long: `Print the measures of two networks side by side.

A and B are feature sets as measure takes them: a .npz or .safetensors file, or a folder.
Layers are paired in their order; the ratio B/A is given for quantities that fall by
factors, the difference B-A for others. --cka and --procrustes compare every layer of A with
every layer of B, for which both hold the same samples in the same order.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, paths []string) error {
			if only == nil {
				only = []string{"C", "D", "NC1"}
			}
			quantities, err := namedQuantities(only)
			if err != nil {
				return err
			}
			var sets []*pnc.StoredFeatures
			defer func() { closeSets(sets) }()
			for _, path := range paths {
				one, err := pnc.OpenFeatures([]string{path}, &options)
				if err != nil {
					return err
				}
				sets = append(sets, one...)
				if len(one) > 1 {
					return fmt.Errorf("%s: holds several feature sets, %s and %s; compare takes two files", path, one[0].Name, one[1].Name)
				}
			}
			evs, err := measureSets(cmd, sets, groupsOf(quantities, true, false), &moreMeasures{}, &options) // similarities are those of A and B alone
			if err != nil {
				return err
			}
			if figure != "" {
				if err := plotting.Save(plotting.Measures(evs, quantities...), figure); err != nil {
					return err
				}
			}
			if w := evs[0].Weights; w != pnc.AsPublished {
				fmt.Fprintf(cmd.OutOrStdout(), "classes count %s\n", w)
			}
			if err := writeComparison(cmd.OutOrStdout(), evs[0], evs[1], quantities); err != nil {
				return err
			}
			between, err := more.between(cmd, sets)
			if err != nil {
				return err
			}
			for _, c := range between {
				if err := writeComparisonOfLayers(cmd.OutOrStdout(), c); err != nil {
					return err
				}
			}
			return nil
		},
	}
	addFeatureFlags(c, &options)
	c.Flags().StringSliceVar(&only, "only", nil, "the `quantities` to compare (default C,D,NC1)")
	c.Flags().BoolVar(&more.cka, "cka", false, "print the similarity of their layers (debiased linear CKA) as well")
	c.Flags().BoolVar(&more.procrustes, "procrustes", false, "likewise their Procrustes distance")
	c.Flags().IntVar(&more.seed, "seed", 1, "`seed` of which samples are taken where not all are")
	c.Flags().StringVar(&figure, "figure", "", "draw both to a `file`: .svg, .png or .pdf")
	return c
}

// writeComparison writes a line per pair of layers, and for each quantity the value of
// both and the ratio or difference; below, why quantities are undefined.
func writeComparison(w io.Writer, a, b *pnc.Evaluation, quantities []pnc.Quantity) error {
	fmt.Fprintf(w, "A = %s, B = %s\n", a.Name, b.Name)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "layer\tA\tB\t")
	for _, q := range quantities {
		how := "B-A"
		if q.Log {
			how = "B/A"
		}
		fmt.Fprintf(t, "%s of A\tof B\t%s\t", q.Label, how)
	}
	fmt.Fprintln(t)
	text := func(v float64) string {
		if math.IsNaN(v) {
			return "-"
		}
		return fmt.Sprintf("%.4g", v)
	}
	for i := range max(len(a.Layers), len(b.Layers)) {
		at := func(e *pnc.Evaluation) (name string, value func(pnc.Quantity) float64) {
			if i >= len(e.Layers) {
				return "-", func(pnc.Quantity) float64 { return math.NaN() }
			}
			return e.Layers[i].Name, func(q pnc.Quantity) float64 { return q.Of(e.Layers[i]) }
		}
		nameA, ofA := at(a)
		nameB, ofB := at(b)
		fmt.Fprintf(t, "%d\t%s\t%s\t", i, nameA, nameB)
		for _, q := range quantities {
			x, y := ofA(q), ofB(q)
			change := y - x
			if q.Log {
				change = y / x
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t", text(x), text(y), text(change))
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i, ev := range []*pnc.Evaluation{a, b} {
		for _, why := range ev.WhyUndefined(quantities...) {
			if _, err := fmt.Fprintf(w, "-: %s: %s\n", []string{"A", "B"}[i], why); err != nil {
				return err
			}
		}
	}
	return nil
}
