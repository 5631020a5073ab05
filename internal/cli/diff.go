package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"pnclab/internal/notebook/report"
	"pnclab/internal/provenance"
)

// newDiff returns the command diff, which compares two reports.
func newDiff() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "diff REPORT-A REPORT-B",
		Short: "Compare two reports: which verdicts and numbers moved",
		Long: `Compare two folders written by reproduce: which verdicts changed, which numbers
moved by more than their rows allow for, and which rows only one of them has.

A number moved if it changed by more than its own tolerance; where the row gives a
standard error, by more than 2√2 of it; where it gives neither, by more than 5 %.
On one machine and version, equal seeds give equal numbers to the last bit.

The exit status is 1 if a verdict changed or a number moved.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, dirs []string) error {
			var read [2]*report.Results
			for i, dir := range dirs {
				r, err := report.ReadResults(dir)
				if err != nil {
					return err
				}
				read[i] = r
			}
			return printDiff(cmd, read[0], read[1], all)
		},
	}
	c.Flags().BoolVar(&all, "all", false, "list every number that is not identical, also if its tolerance explains it")
	return c
}

func printDiff(cmd *cobra.Command, before, after *report.Results, all bool) error {
	out := cmd.OutOrStdout()
	for _, line := range differences(before, after) {
		fmt.Fprintln(out, line)
	}
	var judged, moved, alone, explained []report.Change
	identical := 0
	for _, c := range report.Diff(before, after) {
		switch {
		case c.Before == nil || c.After == nil:
			alone = append(alone, c)
		case c.Judgement():
			judged = append(judged, c)
		case c.Moved():
			moved = append(moved, c)
		case c.Identical():
			identical++
		default:
			explained = append(explained, c)
		}
	}
	for _, part := range []struct {
		title   string
		changes []report.Change
		show    bool
	}{
		{"verdict changed", judged, true}, {"moved", moved, true},
		{"in one report only", alone, true}, {"explained by the tolerance", explained, all},
	} {
		if len(part.changes) == 0 || !part.show {
			continue
		}
		fmt.Fprintf(out, "%s:\n", part.title)
		for _, c := range part.changes {
			fmt.Fprintln(out, "  "+c.String())
		}
	}
	fmt.Fprintf(out, "%d identical, %d explained by their tolerance, %d moved, %s changed, %d in one report only\n",
		identical, len(explained), len(moved), plural(len(judged), "verdict"), len(alone))
	if len(judged)+len(moved) > 0 {
		return errReported
	}
	return nil
}

// differences lists what differs in the origin of the numbers.
func differences(before, after *report.Results) []string {
	var lines []string
	a, b := before.From, after.From
	for _, d := range []struct{ name, a, b string }{
		{"version", a.Version, b.Version}, {"commit", a.Commit, b.Commit}, {"Go", a.Go, b.Go}, {"system", a.System, b.System},
		{"processor", a.Processor, b.Processor}, {"kernels", a.Kernels, b.Kernels}, {"data", sums(a.Data), sums(b.Data)},
	} {
		switch {
		case d.a == d.b:
		case d.name == "data":
			lines = append(lines, "data: the data sets found differ")
		default:
			lines = append(lines, fmt.Sprintf("%s: %s → %s", d.name, orNone(d.a), orNone(d.b)))
		}
	}
	return lines
}

// sums identifies data sets by their contents.
func sums(data []provenance.DataSet) (text string) {
	for _, d := range data {
		text += d.Name + " " + d.Split + " " + d.SHA256 + "\n"
	}
	return text
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
