// Command soak trains, measures, draws and runs notebooks over and over, prints what the
// process uses once a minute, and fails if that grows. .ci/soak runs it.
//
// Two loops run beside each other: one over the tasks of tasks.go, one over notebooks, each
// in a kernel of its own and with a report. Both pause whenever a row is due and a notebook
// has ended, so that all rows are of the same state: nothing runs, and garbage has been
// collected twice.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"pnclab/internal/notebook"
	"pnclab/internal/notebook/report"
	"pnclab/internal/provenance"
)

const every = time.Minute // a row, if a notebook has just ended

func main() {
	minutes := flag.Float64("minutes", 60, "how long to run")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := soak(ctx, time.Duration(*minutes*float64(time.Minute))); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// soak runs for the given time, in a folder for temporary files and a cache of its own.
func soak(ctx context.Context, limit time.Duration) error {
	dir, err := os.MkdirTemp("", "soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tmp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		return err
	}
	for name, value := range map[string]string{
		"TMPDIR": tmp, "PNC_OFFLINE": "1", "PNC_CACHE": filepath.Join(dir, "cache"), "PNC_CACHE_LIMIT": fmt.Sprint(cacheLimit),
	} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	root, err := notebook.FindRoot(".")
	if err != nil {
		return err
	}
	tools, err := notebook.EnsureTools(ctx, root, os.Stdout)
	if err != nil {
		return err
	}
	l := &lab{dir: dir}
	n := &notebooks{root: root, tools: tools, dir: filepath.Join(dir, "report")}
	fmt.Printf("%s %s/%s, %d cores, for %v\n%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), limit, header)
	var series []vitals
	began, next := time.Now(), time.Now().Add(every)
	for time.Since(began) < limit {
		if err := round(ctx, l, n, next); err != nil {
			return err
		}
		v := takeVitals(dir)
		v.elapsed, v.tasks, v.notebooks = time.Since(began), l.done, n.done
		series = append(series, v)
		fmt.Println(v)
		next = time.Now().Add(every)
	}
	return judge(os.Stdout, series)
}

// round runs notebooks until the first one that ends after the given time, and tasks
// until then.
func round(ctx context.Context, l *lab, n *notebooks, until time.Time) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, 1)
	go func() {
		defer stop() // a task that fails ends the round
		for running.Err() == nil {
			if err := l.next(ctx); err != nil {
				failed <- err
				return
			}
		}
		failed <- nil
	}()
	var err error
	for running.Err() == nil && err == nil {
		if err = n.next(running); time.Now().After(until) {
			break
		}
	}
	stop()
	return errors.Join(<-failed, err, ctx.Err())
}

// often is how many runs of the short notebook there are for one of the checkout's, which
// take minutes, during which there is no row.
const often = 12

// notebooks runs the notebook that "pnclab new" makes, with another seed each time, and
// now and then the next one of the checkout.
type notebooks struct {
	root, dir string // the checkout; the folder for reports
	tools     notebook.Tools
	done      int
}

func (n *notebooks) next(ctx context.Context) error {
	nb, err := n.choose()
	if err != nil {
		return err
	}
	if err := os.RemoveAll(n.dir); err != nil {
		return err
	}
	rep, err := report.New(n.dir, "soak", provenance.Of(n.root), n.root, []*notebook.Notebook{nb})
	if err != nil {
		return err
	}
	run := notebook.Execute(ctx, nb, notebook.Options{Tools: n.tools, Root: n.root, Dir: filepath.Join(n.root, "notebooks")})
	if run.Err != nil {
		return run.Err
	}
	n.done++
	return rep.Add(run)
}

func (n *notebooks) choose() (*notebook.Notebook, error) {
	if turn := n.done / often; n.done%often == often-1 {
		all, err := filepath.Glob(filepath.Join(n.root, "notebooks", "*.ipynb"))
		if err != nil || len(all) == 0 {
			return nil, errors.Join(err, errors.New("there are no notebooks"))
		}
		return notebook.Read(all[turn%len(all)])
	}
	nb := notebook.Starter("starter.ipynb", n.root)
	return nb, nb.Inject(map[string]string{"seed": strconv.Itoa(n.done + 1)})
}
