package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pnclab/internal/sweep"
	"pnclab/internal/sweep/slurm"
)

// Exit statuses of the command sweep, beside 0.
const (
	sweepFailed = 1  // some experiment failed
	sweepBad    = 2  // the file of the sweep, or what was requested of it, is not possible
	sweepAgain  = 75 // EX_TEMPFAIL: it was interrupted; the same command continues
)

// newSweep returns the command sweep, which runs many experiments on one machine or on
// several.
func newSweep() *cobra.Command {
	c := &cobra.Command{
		Use:   "sweep",
		Short: "Run many experiments, on one machine or on a cluster, and collect what was measured",
		Long: `Run many experiments, on one machine or on a cluster, and collect what was measured.

A sweep is a file, YAML or JSON: a base experiment, and axes with the values that its
fields take. Every combination is run.

    base:
      data: {NearlyOrthonormal: {classes: 3, perClass: 10, dim: 50, noise: 1}}
      net: {depth: 4, width: 50}
      init: orthogonal(0.3)
      train: {stopLoss: 1e-10, epochs: 100000}
      measures: scatter
    axes:
      net.depth: [2, 4, 6]
      init.scale: log(0.01, 1, 10)
      seed: 1..10

The folder beside it, of the same name with .sweep, holds the list of experiments, what
has become of each, and all measurements. Any number of processes that see the folder
can work on it at the same time.

Exit status: 0 done, 1 some experiments failed (the others ran), 2 the file is wrong,
75 interrupted, with checkpoints: the same command continues.`,
		Args: cobra.NoArgs,
	}
	c.AddCommand(newSweepPlan(), newSweepRun(), newSweepSubmit(), newSweepStatus(), newSweepCollect())
	return c
}

// prepare is sweep.Prepare with an error that says what to do.
func prepare(spec string, renew bool) (*sweep.Folder, error) {
	f, err := sweep.Prepare(spec, renew)
	if errors.Is(err, sweep.ErrOtherProgram) {
		remedy := ""
		if programs, _ := filepath.Glob(filepath.Join(f.Path, "bin", "pnclab-*")); len(programs) > 0 {
			remedy = fmt.Sprintf("continue with the one that was submitted, %s; or ", programs[len(programs)-1])
		}
		err = fmt.Errorf("%w; %ssweep plan --renew makes the list for this program, and leaves what was done by the other one aside", err, remedy)
	}
	if err != nil {
		return f, &exitError{sweepBad, err}
	}
	return f, nil
}

func newSweepPlan() *cobra.Command {
	var renew bool
	c := &cobra.Command{
		Use:   "plan SPEC",
		Short: "Print the number of runs, how many are done or cached, and the hours that are left",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := prepare(args[0], renew)
			if err != nil {
				return err
			}
			j, err := f.Journal()
			if err != nil {
				return err
			}
			e, err := f.Estimate(j, time.Second)
			if err != nil {
				return &exitError{sweepBad, fmt.Errorf("%s: %w", args[0], err)}
			}
			s := f.Summarize(j, e)
			cached, err := f.Cached(j)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "%s: %s%s\n", f.Head.Grid.Name, plural(s.Runs, "run"), axes(f))
			fmt.Fprintf(out, "%s, %d more in the cache\n", counts(s), cached)
			fmt.Fprintln(out, hours(s, e))
			fmt.Fprintf(out, "folder %s\n", f.Path)
			return nil
		},
	}
	c.Flags().BoolVar(&renew, "renew", false, "make the list for this program, although it was made by another one, whose measurements are then left aside")
	return c
}

// axes describes the axes of a sweep with the number of values.
func axes(f *sweep.Folder) string {
	var parts []string
	for _, a := range f.Head.Grid.Axes {
		parts = append(parts, fmt.Sprintf("%s %d", strings.Join(a.Fields, " and "), len(a.Values)))
	}
	if parts == nil {
		return ""
	}
	return " (" + strings.Join(parts, " × ") + ")"
}

// counts lists how many runs are in which state.
func counts(s sweep.Summary) string {
	var parts []string
	for _, status := range sweep.Statuses {
		if n := s.Count[status]; n > 0 || status == sweep.Done || status == sweep.Missing {
			parts = append(parts, fmt.Sprintf("%d %s", n, status))
		}
	}
	return strings.Join(parts, ", ")
}

// hours says how long what is left takes.
func hours(s sweep.Summary, e *sweep.Estimate) string {
	if s.CoreSeconds == 0 {
		return "nothing is left to run"
	}
	text := "about " + coreHours(s.CoreSeconds) + " are left"
	if s.Upper {
		return "at most " + text[len("about "):] + ", by the number of operations: no run has been timed"
	}
	return fmt.Sprintf("%s, by %s that took their time", text, plural(e.Timed, "run"))
}

// coreHours returns seconds on one core in the unit that suits.
func coreHours(seconds float64) string {
	switch {
	case seconds < 100:
		return fmt.Sprintf("%.2g s of one core", seconds)
	case seconds < 5400:
		return fmt.Sprintf("%.0f min of one core", seconds/60)
	}
	return fmt.Sprintf("%.1f core hours", seconds/3600)
}

func newSweepStatus() *cobra.Command {
	return &cobra.Command{
		Use:   "status SPEC",
		Short: "Print how many runs are done, running, interrupted or failed, by host, and the time left",
		Long: `Print how many runs are done, running, interrupted or failed, by host, and the time left.

SPEC is the file of the sweep, or its folder, which alone is read.`,
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
			e, _ := f.Estimate(j, time.Second/2) // what is wrong with it is told by those who run it
			s := f.Summarize(j, e)
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "%s: %s: %s\n", f.Head.Grid.Name, plural(s.Runs, "run"), counts(s))
			for _, h := range s.Hosts {
				fmt.Fprintf(out, "  %s: %s\n", h.Host, counts(sweep.Summary{Count: h.Count}))
			}
			if e != nil {
				fmt.Fprintln(out, hours(s, e))
			}
			if queued, err := slurm.Queued(cmd.Context(), f.Path); err != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "note: how many runs wait in Slurm is not known: %v\n", err)
			} else if len(queued) > 0 {
				fmt.Fprintf(out, "%s in tasks that wait or run in Slurm\n", plural(len(queued), "run"))
			}
			if s.Left > 0 {
				fmt.Fprintf(out, "%s until the end\n", about(s.Left))
			}
			for i, r := range s.Failed {
				if i == 10 {
					fmt.Fprintf(out, "and %d more\n", len(s.Failed)-i)
					break
				}
				fmt.Fprintf(out, "%s: %s: %s (%s%s)\n", r.Status, s.Names[r.Key], r.Message, place(r), logOf(f, r))
			}
			if s.Damaged > 0 {
				fmt.Fprintf(out, "%s of records are damaged; their runs count as not done\n", plural(s.Damaged, "line"))
			}
			return nil
		},
	}
}

// openSweep opens the folder of a sweep without looking at anything else.
func openSweep(spec string) (*sweep.Folder, error) {
	path := sweep.PathOf(spec)
	f, err := sweep.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: no sweep in this folder; pnclab sweep plan %s makes it", path, spec)
		if path == filepath.Clean(spec) {
			err = fmt.Errorf("%s: no sweep in this folder; pnclab sweep plan makes it from the file of a sweep", path)
		} else if _, wrong := sweep.ReadSpec(spec); wrong != nil {
			err = wrong // what would be planned is not there, or is wrong
		}
	}
	if err != nil {
		return nil, &exitError{sweepBad, err}
	}
	return f, nil
}

// place says where a run was.
func place(s sweep.State) string {
	text := s.Worker.Host
	if s.Worker.Job != "" {
		text += ", job " + s.Worker.Job
	}
	return text
}

// logOf names the files that say more about a run.
func logOf(f *sweep.Folder, s sweep.State) (text string) {
	if s.Log != "" {
		text = ", " + f.Path + "/" + s.Log
	}
	if s.Worker.Log != "" {
		text += ", " + s.Worker.Log
	}
	return text
}
