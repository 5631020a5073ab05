package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pnclab/internal/notebook"
	"pnclab/internal/sweep/slurm"
)

func newSweepSubmit() *cobra.Command {
	var o slurm.Options
	var onSlurm, show bool
	c := &cobra.Command{
		Use:   "submit SPEC --slurm [-- SBATCH-OPTIONS...]",
		Short: "Submit what is left to do as job arrays to Slurm",
		Long: `Submit what is left to do as job arrays to Slurm.

Runs are packed into tasks of about half an hour, the longest first. What is done,
failed, running or in a task that waits already is left out, so the same command after
an interruption submits what is missing. The folder of the sweep, the cache of runs and
the data must be on file systems that all nodes see; the folder gets a copy of the program.
Nodes use the kernels that this machine uses: set PNC_KERNEL=avx2 for plan and submit
where some nodes lack AVX-512.

    pnclab sweep submit phases.yaml --slurm --max-parallel 50 -- --partition=short`,
		Args: func(cmd *cobra.Command, args []string) error {
			n := len(args)
			if at := cmd.ArgsLenAtDash(); at >= 0 {
				n = at
			}
			if n != 1 {
				return errors.New("want one SPEC; options for sbatch follow after --")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if !onSlurm {
				return &exitError{sweepBad, errors.New("say where: --slurm. For other systems see docs/sweeps.md: each of their tasks runs sweep run with a share of the list")}
			}
			ctx, out := cmd.Context(), cmd.OutOrStdout()
			o.Args = args[1:]
			f, err := prepare(args[0], false)
			if err != nil {
				return err
			}
			j, err := f.Journal()
			if err != nil {
				return err
			}
			e, err := f.Estimate(j, 10*time.Second)
			if err != nil {
				return &exitError{sweepBad, fmt.Errorf("%s: %w", args[0], err)}
			}
			s, err := slurm.New(ctx, f, j, e, o)
			if err != nil {
				return err
			}
			if show {
				s.Program = filepath.Join(s.Folder, "bin", "pnclab")
				fmt.Fprint(out, s.Script())
				fmt.Fprintf(out, "# sbatch --array=1-%d%s, %s, the longest task %s\n", len(s.Tasks), joined(o.Args), plural(s.Runs(), "run"), longest(s))
				return nil
			}
			if len(s.Tasks) == 0 {
				fmt.Fprintf(out, "nothing to submit: %s, %d in tasks that wait\n", counts(f.Summarize(j, nil)), s.Waiting)
				return nil
			}
			root, err := notebook.FindRoot(".")
			if err != nil {
				root = "" // the program alone will do
			}
			var warning string
			if s.Program, warning, err = slurm.Install(ctx, s.Folder, root); err != nil {
				return err
			}
			if warning != "" {
				fmt.Fprintln(cmd.ErrOrStderr(), "note:", warning)
			}
			ids, err := s.Submit(ctx)
			if len(ids) > 0 {
				fmt.Fprintf(out, "%s in %s, the longest %s: job %s\n", plural(s.Runs(), "run"), plural(len(s.Tasks), "task"), longest(s), strings.Join(ids, ", "))
				fmt.Fprintf(out, "logs in %s; pnclab sweep status %s says how far it is\n", filepath.Join(s.Path, "logs"), args[0])
			}
			return err
		},
	}
	flags := c.Flags()
	flags.BoolVar(&onSlurm, "slurm", false, "submit to Slurm")
	flags.BoolVar(&show, "print", false, "print the job script instead of submitting it")
	flags.IntVar(&o.MaxParallel, "max-parallel", 0, "`number` of tasks that run at the same time")
	flags.StringVar(&o.Time, "time", "", "`limit` of a task, as sbatch has it; default: twice what is expected, and ten minutes")
	flags.IntVar(&o.Threads, "threads", 1, "`number` of cores of a task")
	flags.IntVar(&o.Tasks, "tasks", 0, "`number` of tasks, instead of those of half an hour")
	flags.DurationVar(&o.Length, "length", 30*time.Minute, "`time` that a task should take, such as 10m or 1h")
	flags.BoolVar(&o.RetryFailed, "retry-failed", false, "submit what failed or diverged as well")
	return c
}

func joined(args []string) (text string) {
	for _, a := range args {
		text += " " + a
	}
	return text
}

// longest says how long the longest task is expected to take.
func longest(s *slurm.Submission) string {
	if len(s.Tasks) == 0 {
		return "nothing"
	}
	seconds := s.Tasks[0].Seconds
	if s.Upper {
		return "at most " + about(time.Duration(seconds*float64(time.Second)))
	}
	return about(time.Duration(seconds * float64(time.Second)))
}
