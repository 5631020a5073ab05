package notebook

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"pnclab/pnc"
)

const (
	// DefaultTimeout is the limit for one cell.
	DefaultTimeout = 10 * time.Minute
	// interruptGrace is how long an interrupted cell may take to end by
	// itself; GoNB kills its program after 5 s.
	interruptGrace = 8 * time.Second
)

// Options say how to execute. The zero value of every field but Tools and
// Root is its default.
type Options struct {
	Tools    Tools
	Root     string         // the checkout, whose packages the cells import
	Dir      string         // where the kernel runs; default: the notebook's folder
	Timeout  time.Duration  // for one cell; default DefaultTimeout
	Progress func(Progress) // called when a cell begins, shows another line, and ends
}

// Progress tells how far an execution is.
type Progress struct {
	Cell, Cells int           // the running code cell, counted from 1, of how many
	Elapsed     time.Duration // since that cell began
	Latest      string        // the last line it showed
	Done        bool          // the cell has ended
}

// Run is an execution of a notebook, whose cells now hold their outputs.
type Run struct {
	Notebook  *Notebook
	Started   time.Time
	Duration  time.Duration
	CellTimes []time.Duration // of the code cells that ran
	Verdicts  []*pnc.Verdicts
	Err       error // what stopped it: a *CellError, or what the kernel or the context reports
}

// Execute runs all code cells in a new kernel. It stops at the first cell
// that fails, unless that is tagged raises-exception. Outputs that were
// collected until then are in the notebook.
func Execute(ctx context.Context, nb *Notebook, opt Options) *Run {
	if opt.Timeout == 0 {
		opt.Timeout = DefaultTimeout
	}
	if opt.Dir == "" {
		opt.Dir = filepath.Dir(nb.Path)
	}
	if opt.Progress == nil {
		opt.Progress = func(Progress) {}
	}
	run := &Run{Notebook: nb, Started: time.Now()}
	nb.Strip()
	run.Err = run.execute(ctx, opt)
	if err := run.collectVerdicts(); run.Err == nil {
		run.Err = err
	}
	run.Duration = time.Since(run.Started)
	return run
}

func (run *Run) execute(ctx context.Context, opt Options) error {
	k, err := startKernel(ctx, opt.Tools, opt.Root, opt.Dir)
	if err != nil {
		return fmt.Errorf("%s: %w", run.Notebook.Name(), err)
	}
	defer k.close()
	run.Notebook.Metadata["language_info"] = k.language
	cells := run.Notebook.CodeCells()
	s := &session{kernel: k, displays: displays{}, collectors: map[string]*collector{}}
	for i, c := range cells {
		began := time.Now()
		report := func(latest string, done bool) {
			opt.Progress(Progress{Cell: i + 1, Cells: len(cells), Elapsed: time.Since(began), Latest: latest, Done: done})
		}
		report("", false)
		err := s.execute(ctx, c, opt.Timeout, func(latest string) { report(latest, false) })
		run.CellTimes = append(run.CellTimes, time.Since(began))
		report("", true)
		switch {
		case err == nil:
		case errors.Is(err, errFailed) && c.HasTag("raises-exception"):
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			return newCellError(run.Notebook, i, err)
		}
	}
	s.flush(ctx)
	return nil
}

// session is the state that the cells of one execution share.
type session struct {
	*kernel
	displays   displays
	collectors map[string]*collector // by the id of the request: outputs can come late
}

var errFailed = errors.New("the cell failed")

// execute runs one cell and collects what it shows. A cell that takes longer
// than limit is interrupted. The error is errFailed where the kernel reports
// one; the outputs tell which.
func (s *session) execute(ctx context.Context, cell *Cell, limit time.Duration, progress func(latest string)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no end within %v (--timeout)", limit))
	defer cancel()
	patience, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	stop := context.AfterFunc(ctx, func() {
		s.interrupt()
		time.AfterFunc(interruptGrace, giveUp)
	})
	defer stop()

	id := randomID()
	out := newCollector(cell, s.displays)
	s.collectors[id] = out
	defer s.finish()
	reply, err := s.request(patience, id, "execute_request", map[string]any{
		"code": cell.Source, "silent": false, "store_history": true,
		"user_expressions": struct{}{}, "allow_stdin": false, "stop_on_error": true,
	}, func(m message) {
		before := out.latest
		s.dispatch(m)
		if out.latest != before {
			progress(out.latest)
		}
	})
	cell.Count = integer(reply.content["execution_count"])
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	case reply.text("status") != "ok":
		return errFailed
	}
	return nil
}

// dispatch hands a message to the cell that caused it.
func (s *session) dispatch(m message) {
	if c := s.collectors[m.parent.ID]; c != nil {
		c.add(m)
	}
}

func (s *session) finish() {
	for _, c := range s.collectors {
		c.finish()
	}
}

// flush receives what cells showed after they had ended: it lets the kernel
// answer one more request, behind which nothing is left.
func (s *session) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	defer s.finish()
	s.request(ctx, randomID(), "kernel_info_request", struct{}{}, s.dispatch) // an error costs no more than the late outputs
}
