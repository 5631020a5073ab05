package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"pnclab/internal/provenance"
	"pnclab/pnc"
)

// newMeasure returns the command measure, which prints the layer table of features
// that another program exported.
func newMeasure() *cobra.Command {
	var labels string
	var only []string
	var asJSON, asCSV bool
	measure := &cobra.Command{
		Use:   "measure FILE...",
		Short: "Print the layer table of features exported from any framework",
		Long: `Print the layer table of features exported from any framework.

A .npz file holds one array per layer, N×d in float32 or float64, in the order of
the network, and the integer array "labels". It may also hold the weights of the
classifier, K×d, as "classifier". From Python:

    np.savez("features.npz", layer1=z1, layer2=z2, labels=y, classifier=w)

Or give one .npy file per layer, and one named labels.npy or given by --labels.

The measures are defined in the documentation of pnc.LayerMeasures.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			set, err := pnc.ReadFeatures(paths, labels)
			if err != nil {
				return err
			}
			quantities, err := namedQuantities(only)
			if err != nil {
				return err
			}
			ev, err := set.Measure()
			if err != nil {
				return err
			}
			for _, m := range ev.Layers {
				if m.Dim < m.Classes-1 {
					fmt.Fprintf(cmd.ErrOrStderr(), "note: %s has %d features for %d classes, too few for equidistant class means: NC2 stays above 0\n", m.Name, m.Dim, m.Classes)
				}
			}
			out := cmd.OutOrStdout()
			switch {
			case asJSON:
				return writeJSON(out, ev)
			case asCSV:
				return ev.WriteCSV(out, quantities...)
			}
			if set.Classifier != nil {
				fmt.Fprintf(out, "accuracy of the classifier: %.2f %%\n", 100*ev.Accuracy)
			}
			return ev.WriteTable(out, quantities...)
		},
	}
	measure.Flags().StringVar(&labels, "labels", "", "`file` with the labels, .npy")
	measure.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of a table")
	measure.Flags().BoolVar(&asCSV, "csv", false, "print comma-separated values instead of a table")
	measure.Flags().StringSliceVar(&only, "only", nil, "the `quantities` of table and CSV, such as C,NC1; all if not given")
	measure.MarkFlagsMutuallyExclusive("json", "csv")
	measure.MarkFlagsMutuallyExclusive("json", "only")
	return measure
}

// namedQuantities returns the quantities with the given names.
func namedQuantities(names []string) ([]pnc.Quantity, error) {
	var all []pnc.Quantity
	for _, name := range names {
		q, err := pnc.QuantityNamed(name)
		if err != nil {
			return nil, err
		}
		all = append(all, q)
	}
	return all, nil
}

// writeJSON writes an evaluation as JSON, with the version of the program as the
// additional field "pnclab".
func writeJSON(w io.Writer, ev *pnc.Evaluation) error {
	b, err := json.Marshal(ev)
	if err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return err
	}
	if fields["pnclab"], err = json.Marshal(provenance.Version()); err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(fields)
}
