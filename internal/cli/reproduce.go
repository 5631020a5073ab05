package cli

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"pnclab/internal/notebook"
	"pnclab/internal/notebook/report"
	"pnclab/internal/playground"
	"pnclab/internal/provenance"
	"pnclab/pnc"
)

type reproduceFlags struct {
	list, strip bool
	open        bool
	out         string
	params      []string
	preset      string
	timeout     time.Duration
	jobs        int
	outputLimit int // in MB
}

func newReproduce() *cobra.Command {
	var f reproduceFlags
	cmd := &cobra.Command{
		Use:   "reproduce [NOTEBOOK]...",
		Short: "Run the notebooks and write a report",
		Long: `Run the notebooks in notebooks/, or those named by number or by the beginning
of their name, and write a report: index.html, a page and the executed .ipynb for
each notebook, results.json with every row of every table of verdicts, and the
playground's page.

The exit status is 1 if a notebook fails or a verdict is "fail".`,
		Example: `  pnclab reproduce
  pnclab reproduce 01 03 --preset paper
  pnclab reproduce 01 -p seeds=3 -p noise=0.1`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, args)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.list, "list", false, "list the notebooks and their parameters")
	flags.BoolVar(&f.strip, "strip", false, "remove the outputs stored in the notebooks")
	flags.StringVarP(&f.out, "out", "o", "report", "folder for the report")
	flags.BoolVar(&f.open, "open", false, "open the report in the browser at the end")
	flags.StringArrayVarP(&f.params, "param", "p", nil, "override a parameter, as `name=value`; may be repeated")
	flags.StringVar(&f.preset, "preset", "", "quick or paper: value of the parameter preset, in notebooks that have it")
	flags.DurationVar(&f.timeout, "timeout", notebook.DefaultTimeout, "stop a cell that neither prints nor computes for this long; never with --preset paper, unless given")
	flags.IntVar(&f.outputLimit, "output-limit", notebook.DefaultOutputLimit>>20, "`megabytes` that the outputs of a cell may take; of longer ones the middle is left out")
	flags.IntVarP(&f.jobs, "jobs", "j", defaultJobs(), "number of notebooks to run at the same time")
	return cmd
}

// unlimited is longer than any run.
const unlimited = 365 * 24 * time.Hour

// isPaper reports whether the preset, given by its flag or as a parameter, is the
// paper's, with which cells take hours.
func isPaper(preset string, params map[string]string) bool {
	if p, ok := params["preset"]; ok {
		preset = strings.Trim(p, "\"`")
	}
	return preset == "paper"
}

// share returns how many of the processors a notebook may use while others run, if left
// have not ended. A product that two threads compute takes one of them the more time the
// longer it waits for the other, and where other notebooks run, that is long.
func share(processors, jobs, left int) int {
	return max(1, processors/max(1, min(jobs, left)))
}

// inTurn returns the order in which n notebooks begin. Neighbours often have experiments in
// common, as 05 and 06: if they ran at the same time, one would wait for the other and leave
// its processors idle. So if several run at the same time, every second one begins first.
func inTurn(n, jobs int) (order []int) {
	step := min(jobs, 2)
	for first := range step {
		for i := first; i < n; i += step {
			order = append(order, i)
		}
	}
	return order
}

// defaultJobs returns 2 if there are two cores. One notebook alone uses all cores while
// it trains but not while it compiles, links and draws: on two cores, running two at a
// time takes 10 to 25 % less.
func defaultJobs() int {
	return min(2, runtime.NumCPU())
}

func (f *reproduceFlags) run(cmd *cobra.Command, args []string) error {
	if f.jobs < 1 {
		return fmt.Errorf("--jobs %d: must be at least 1", f.jobs)
	}
	if f.timeout <= 0 {
		return fmt.Errorf("--timeout %v: must be positive", f.timeout)
	}
	if f.outputLimit < 1 || f.outputLimit > 1<<20 {
		return fmt.Errorf("--output-limit %d: must be at least 1, and at most %d", f.outputLimit, 1<<20)
	}
	root, err := notebook.FindRoot(".")
	if err != nil {
		return err
	}
	notebooks, err := selectNotebooks(root, args)
	if err != nil {
		return err
	}
	switch {
	case f.list:
		return listNotebooks(cmd.OutOrStdout(), notebooks)
	case f.strip:
		return stripNotebooks(cmd.OutOrStdout(), notebooks)
	}
	values, err := parseParams(f.params)
	if err != nil {
		return err
	}
	if err := setParams(notebooks, values, f.preset); err != nil {
		return err
	}
	if !cmd.Flags().Changed("timeout") && isPaper(f.preset, values) {
		f.timeout = unlimited
	}
	return f.reproduce(cmd, root, notebooks)
}

func (f *reproduceFlags) reproduce(cmd *cobra.Command, root string, notebooks []*notebook.Notebook) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	rep, err := report.New(f.out, commandLine(), provenance.Of(root), root, notebooks)
	if err != nil {
		return err
	}
	tools, err := notebook.EnsureTools(ctx, root, out)
	if err != nil {
		return err
	}
	if len(notebooks) > 1 { // or the first ones would all compile the same
		say := time.AfterFunc(time.Second, func() { fmt.Fprintln(out, "compiling what notebooks import") })
		err := notebook.Warm(ctx, root, tools, false)
		say.Stop()
		if err != nil {
			return err
		}
	}
	began := time.Now()
	show := newProgress(out, notebooks)
	runs := make([]*notebook.Run, len(notebooks))
	var failed errorList
	var wg sync.WaitGroup
	wg.Go(func() { failed.add(addPlayground(ctx, rep, root)) })
	slots := make(chan struct{}, f.jobs)
	var ended atomic.Int64
	processors := func() int { return share(runtime.GOMAXPROCS(0), f.jobs, len(notebooks)-int(ended.Load())) }
	for _, i := range inTurn(len(notebooks), f.jobs) {
		nb := notebooks[i]
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		task := show.begin(nb)
		wg.Go(func() {
			defer func() { <-slots }()
			runs[i] = notebook.Execute(ctx, nb, notebook.Options{
				Tools: tools, Root: root, Timeout: f.timeout, OutputLimit: f.outputLimit << 20, Processors: processors, Progress: task.update,
			})
			ended.Add(1)
			task.end(runs[i])
			failed.add(rep.Add(runs[i]))
		})
	}
	wg.Wait()
	show.close()
	err = summarize(ctx, cmd, runs, failed.list(), time.Since(began))
	index, absErr := filepath.Abs(rep.Index())
	if absErr != nil {
		index = rep.Index()
	}
	fmt.Fprintln(out, "open", index, "in a browser")
	if f.open && ctx.Err() == nil {
		if openErr := openFile(index); openErr != nil {
			fmt.Fprintln(cmd.ErrOrStderr(), "note:", openErr)
		}
	}
	return err
}

// addPlayground adds the playground's page to a report.
func addPlayground(ctx context.Context, rep *report.Report, root string) error {
	page, err := playground.Build(ctx, root)
	if err != nil {
		if ctx.Err() != nil {
			return nil // as everything else, it was stopped
		}
		return err
	}
	return rep.AddPlayground(page)
}

// summarize prints the results and what failed, and returns the error for the exit
// status.
func summarize(ctx context.Context, cmd *cobra.Command, runs []*notebook.Run, failed []error, took time.Duration) error {
	var rows []string
	var tally pnc.Tally
	ended := 0
	for _, run := range runs {
		if run == nil {
			continue
		}
		if run.Err == nil {
			ended++
		} else if ctx.Err() == nil {
			failed = append(failed, run.Err)
		}
		tally.Add(run.Tally())
		rows = append(rows, failedRows(run)...)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d of %s in %s: %s\n", ended, plural(len(runs), "notebook"), took.Round(time.Second/10), tally)
	if ctx.Err() != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "stopped; the report holds the outputs up to this point")
		return ctx.Err()
	}
	for _, err := range failed {
		fmt.Fprintln(cmd.ErrOrStderr(), "failed:", err)
	}
	for _, row := range rows {
		fmt.Fprintln(cmd.ErrOrStderr(), "fail:", row)
	}
	for _, run := range runs {
		if run == nil {
			continue
		}
		for _, n := range run.Notes {
			fmt.Fprintln(cmd.ErrOrStderr(), "note:", n)
		}
	}
	if len(failed)+len(rows) > 0 {
		return errReported
	}
	return nil
}

// failedRows returns one line per failed verdict of a run.
func failedRows(run *notebook.Run) []string {
	var lines []string
	for _, table := range run.Verdicts {
		for _, v := range table.Rows {
			if v.Verdict != pnc.Fail {
				continue
			}
			line := run.Notebook.Name() + ": " + v.Quantity
			for _, part := range []struct {
				name  string
				value any
			}{{"paper", v.Paper}, {"predicted", v.Predicted}, {"measured", v.Measured}, {"tolerance", v.Tolerance}} {
				if f, ok := part.value.(float64); part.value != "" && !(ok && math.IsNaN(f)) {
					line += fmt.Sprintf(", %s %v", part.name, part.value)
				}
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// commandLine returns the command that repeats this run.
func commandLine() string {
	args := []string{"go", "run", "."}
	for _, a := range os.Args[1:] {
		if strings.ContainsAny(a, " \"'$&|;()<>*?\\") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		args = append(args, a)
	}
	return strings.Join(args, " ")
}

// errorList collects the errors of several goroutines.
type errorList struct {
	mu   sync.Mutex
	errs []error
}

func (l *errorList) add(err error) {
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		same := func(e error) bool { return e.Error() == err.Error() } // a full disk is so for all notebooks
		if !slices.ContainsFunc(l.errs, same) {
			l.errs = append(l.errs, err)
		}
	}
}

func (l *errorList) list() []error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.errs)
}
