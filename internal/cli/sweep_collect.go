package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"pnclab/internal/atomicfile"
	"pnclab/internal/sweep"
	"pnclab/plotting"
)

func newSweepCollect() *cobra.Command {
	var out, figure string
	var statistics bool
	var where []string
	o := sweep.FigureOptions{Layer: -1}
	c := &cobra.Command{
		Use:   "collect SPEC",
		Short: "Write everything that was measured as one table, or draw it",
		Long: `Write everything that was measured as one table, or draw it.

The table has one row per layer of every run, with the fields of the axes, all
quantities, and what is known of the run: status, loss, steps, time, where and by which
version. Runs that are not done have one row without a layer. Numbers have all digits.

    pnclab sweep collect phases.yaml --out phases.csv
    pandas.read_csv("phases.csv")

--statistics writes mean, standard deviation and the 95 % bootstrap interval of the mean
over seeds instead, and how many runs diverged or failed. --figure draws lines with a
band over one field, or with --y a heat map over two.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := openSweep(args[0])
			if err != nil {
				return err
			}
			j, err := f.Journal()
			if err != nil {
				return err
			}
			runs, err := f.Collect(j)
			if err != nil {
				return err
			}
			if s := f.Summarize(j, nil); s.Count[sweep.Done] < s.Runs {
				fmt.Fprintf(cmd.ErrOrStderr(), "note: %s: %s\n", plural(s.Runs, "run"), counts(s))
			}
			if figure != "" {
				o.Where = map[string]string{}
				for _, w := range where {
					field, value, ok := strings.Cut(w, "=")
					if !ok {
						return &exitError{sweepBad, fmt.Errorf("--where %s: want a field and its value, such as net.depth=4", w)}
					}
					o.Where[field] = value
				}
				drawn, err := f.Figure(runs, o)
				if err != nil {
					return &exitError{sweepBad, err}
				}
				if err := plotting.Save(drawn, figure); err != nil {
					return err
				}
				if out == "" {
					return nil
				}
			}
			table := runs
			if statistics {
				table = f.Statistics(runs)
			}
			write := table.WriteCSV
			switch extension := strings.ToLower(filepath.Ext(out)); extension {
			case ".jsonl", ".ndjson":
				write = table.WriteJSONLines
			case ".csv", "":
			default:
				return &exitError{sweepBad, fmt.Errorf("%s: cannot write a table as %q; use .csv or .jsonl, of which internal/sweep/parquet makes .parquet", out, extension)}
			}
			if out == "" || out == "-" {
				return write(cmd.OutOrStdout())
			}
			return atomicfile.Write(out, func(w io.Writer) error { return write(w) })
		},
	}
	flags := c.Flags()
	flags.StringVarP(&out, "out", "o", "", "`file` of the table, .csv or .jsonl; standard output if none is given")
	flags.BoolVar(&statistics, "statistics", false, "write statistics over seeds in place of runs")
	flags.StringVar(&figure, "figure", "", "draw to a `file`: .png, .svg or .pdf")
	flags.StringVar(&o.Quantity, "quantity", "C", "the `quantity` to draw")
	flags.StringVar(&o.X, "x", "", "the `field` on the horizontal axis, or layer; default: the first with several values")
	flags.StringVar(&o.Y, "y", "", "the `field` on the vertical axis, or layer: a heat map")
	flags.IntVar(&o.Layer, "layer", -1, "the `layer` to draw: 0 for the input, -1 for the last of each network")
	flags.StringArrayVar(&where, "where", nil, "draw runs with this `field=value` alone; may be repeated")
	return c
}
