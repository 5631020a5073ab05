package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"pnclab/internal/sweep"
	"pnclab/pnc"
)

func newSweepRun() *cobra.Command {
	var o sweep.Options
	var share, task string
	var threads int
	c := &cobra.Command{
		Use:   "run SPEC",
		Short: "Run what is neither done nor failed, on this machine",
		Long: `Run what is neither done nor failed, on this machine.

Several processes may run the same sweep, on any machines that share its folder and the
cache of runs: each takes what nobody has claimed, and in the end waits for the others.
--index gives each a fixed share instead. Without a cache (PNC_CACHE=off) the sweep
keeps checkpoints and claims in its own folder.

SIGTERM and Ctrl-C write checkpoints at once; the exit status is then 75, and the same
command continues.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := toRun(args[0])
			if err != nil {
				return err
			}
			if err := takeShare(&o, share, task); err != nil {
				return &exitError{sweepBad, err}
			}
			if threads > 0 {
				runtime.GOMAXPROCS(threads)
			}
			if pnc.CacheDir() == "" {
				dir, err := filepath.Abs(filepath.Join(f.Path, "cache"))
				if err != nil {
					return err
				}
				os.Setenv("PNC_CACHE", dir)
			}
			report := newSweepReport(cmd.ErrOrStderr(), f)
			o.Report = report.record
			tally, err := sweep.Work(cmd.Context(), f, o)
			report.end(tally)
			switch {
			case err != nil:
				return &exitError{sweepFailed, err}
			case tally.Interrupted > 0:
				return &exitError{sweepAgain, nil}
			case tally.Failed+tally.Refused > 0:
				return &exitError{sweepFailed, nil}
			}
			return nil
		},
	}
	flags := c.Flags()
	flags.StringVar(&share, "index", "", "the `share` of the list to run, such as 3/40, counted from 1")
	flags.StringVar(&task, "task", "", "a `line` of a file with the beginnings of keys, such as tasks.txt:3: run these alone, in this order")
	flags.BoolVar(&o.RetryFailed, "retry-failed", false, "run again what failed or diverged")
	flags.IntVar(&threads, "threads", 0, "`number` of threads of all runs together; default: the processors that this process may use")
	flags.IntVar(&o.AtOnce, "at-once", 0, "`number` of runs at a time, if fewer than threads, for want of memory")
	flags.StringVar(&o.Job, "job", "", "`name` of the job in a batch system, for the records")
	flags.StringVar(&o.Log, "log", "", "`file` that the job prints to, for the records")
	c.MarkFlagsMutuallyExclusive("index", "task")
	return c
}

// toRun returns the folder of a sweep. That of a file is brought up to date; one that is
// given itself, as tasks do, is taken as it is: runs that would be others here are refused
// one by one, so that the records show it.
func toRun(spec string) (*sweep.Folder, error) {
	if sweep.PathOf(spec) == filepath.Clean(spec) {
		return openSweep(spec)
	}
	return prepare(spec, false)
}

// takeShare sets the options that select runs.
func takeShare(o *sweep.Options, share, task string) error {
	if share != "" {
		index, of, ok := strings.Cut(share, "/")
		var err, err2 error
		o.Index, err = strconv.Atoi(index)
		o.Of, err2 = strconv.Atoi(of)
		if !ok || err != nil || err2 != nil || o.Of < 1 || o.Index < 1 || o.Index > o.Of {
			return fmt.Errorf("--index %s: want a share such as 3/40, counted from 1", share)
		}
	}
	if task == "" {
		return nil
	}
	at := strings.LastIndexByte(task, ':')
	n, err := strconv.Atoi(task[at+1:])
	if at < 0 || err != nil || n < 1 {
		return fmt.Errorf("--task %s: want a file and a line of it, such as tasks.txt:3", task)
	}
	file, err := os.Open(task[:at])
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewReader(file)
	for range n {
		var line string
		if line, err = lines.ReadString('\n'); err != nil && !(errors.Is(err, io.EOF) && line != "") {
			return fmt.Errorf("--task %s: the file has fewer lines", task)
		}
		o.Keys = strings.Fields(line)
	}
	if o.Keys == nil {
		o.Keys = []string{}
	}
	return nil
}

// sweepReport prints what becomes of runs: failures at once, and every ten seconds how
// many are done.
type sweepReport struct {
	out    io.Writer
	folder *sweep.Folder
	names  map[string]string // of runs, by key
	began  time.Time

	mu       sync.Mutex
	said     time.Time
	messages int
}

// maxMessages is the number of failures that are printed; sweep status shows all.
const maxMessages = 20

func newSweepReport(out io.Writer, f *sweep.Folder) *sweepReport {
	now := time.Now()
	return &sweepReport{out: out, folder: f, began: now, said: now}
}

func (p *sweepReport) record(r sweep.Record, t sweep.Tally) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Message != "" {
		p.messages++
	}
	if r.Message != "" && p.messages <= maxMessages {
		if p.names == nil {
			p.names = map[string]string{}
			for _, run := range p.folder.Runs {
				p.names[run.Key] = p.folder.Describe(run)
			}
		}
		fmt.Fprintf(p.out, "%s: %s: %s\n", r.Status, p.names[r.Key], r.Message)
		if p.messages == maxMessages {
			fmt.Fprintf(p.out, "further ones are not shown; see pnclab sweep status %s\n", p.folder.Path)
		}
	}
	if time.Since(p.said) >= sayEvery {
		p.said = time.Now()
		fmt.Fprintln(p.out, tallied(t))
	}
}

func (p *sweepReport) end(t sweep.Tally) {
	fmt.Fprintf(p.out, "%s, %.1f s\n", tallied(t), time.Since(p.began).Seconds())
}

// tallied describes a tally.
func tallied(t sweep.Tally) string {
	text := fmt.Sprintf("%d of %s done", t.Done, plural(t.Runs, "run"))
	for _, part := range []struct {
		n    int
		what string
	}{{t.Failed, "failed"}, {t.Interrupted, "interrupted"}, {t.Refused, "refused"}} {
		if part.n > 0 {
			text += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	return text
}
