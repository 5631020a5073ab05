package notebook

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"pnclab/internal/process"
	"pnclab/pnc"
)

const (
	// DefaultTimeout is how long a cell may show no sign of life.
	DefaultTimeout = 10 * time.Minute
	// interruptGrace is how long an interrupted cell may take to end; GoNB kills its
	// program after 5 s.
	interruptGrace = 8 * time.Second
)

// Options configure an execution. Only Tools and Root are required.
type Options struct {
	Tools   Tools
	Root    string        // the checkout with the packages that cells import
	Dir     string        // where the kernel runs; "" means the notebook's folder
	Timeout time.Duration // for a cell that neither prints nor computes; 0 means DefaultTimeout
	// OutputLimit is what the outputs of a cell may take, in bytes; 0 means
	// DefaultOutputLimit. Memory is a small multiple of it.
	OutputLimit int
	// Processors, if it is not nil, is called before each cell and returns how many
	// processors its program may use at the same time, GOMAXPROCS.
	Processors func() int
	Progress   func(Progress) // if not nil, called when a cell begins, prints a line, and ends
}

// Progress is the progress of an execution.
type Progress struct {
	Cell, Cells int           // the running code cell, counted from 1, and their number
	Elapsed     time.Duration // since that cell began
	Latest      string        // the last line of its output
	Done        bool          // the cell has ended
}

// Run is the execution of a notebook, whose cells hold the outputs.
type Run struct {
	Notebook  *Notebook
	Started   time.Time
	Duration  time.Duration
	CellTimes []time.Duration // of the code cells that ran
	Verdicts  []*pnc.Verdicts
	Notes     []Note // in the order of the cells
	Err       error  // what stopped it: a *CellError, or an error of the kernel or the context
}

// Note is what a reader should know of a cell that did not fail.
type Note struct {
	Notebook string
	Cell     int // counted from 1, as in Jupyter
	Text     string
}

// String returns notebook, cell and text on one line.
func (n Note) String() string { return fmt.Sprintf("%s, cell [%d]: %s", n.Notebook, n.Cell, n.Text) }

// note adds a note on the i-th code cell.
func (run *Run) note(i int, text string) {
	run.Notes = append(run.Notes, Note{run.Notebook.Name(), i + 1, text})
}

// Execute runs all code cells in a new kernel. It stops at the first cell that fails,
// unless that cell is tagged raises-exception. The outputs up to then are in the
// notebook.
func Execute(ctx context.Context, nb *Notebook, opt Options) *Run {
	if opt.Timeout == 0 {
		opt.Timeout = DefaultTimeout
	}
	if opt.OutputLimit == 0 {
		opt.OutputLimit = DefaultOutputLimit
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
	if err := k.announce(cells); err != nil {
		return err
	}
	s := &session{kernel: k, displays: displays{}, collectors: map[string]*collector{}, outputLimit: opt.OutputLimit}
	defer func() {
		for i, c := range cells {
			if n := s.leftOut(c); n > 0 {
				run.note(i, fmt.Sprintf("%s of its output left out, of the middle (--output-limit)", megabytes(n)))
			}
		}
		slices.SortStableFunc(run.Notes, func(a, b Note) int { return a.Cell - b.Cell })
	}()
	processors := runtime.GOMAXPROCS(0) // as the kernel's, which has our environment
	for i, c := range cells {
		if opt.Processors != nil {
			if n := opt.Processors(); n != processors {
				if err := s.limit(ctx, n); err != nil {
					return fmt.Errorf("%s: %w", run.Notebook.Name(), err)
				}
				processors = n
			}
		}
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
		case errors.Is(err, errHalfway):
			run.note(i, err.Error())
		case errors.Is(err, errFailed) && c.HasTag(raisesTag):
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			s.flush(ctx) // what the error says may still be on its way
			return newCellError(run.Notebook, i, err)
		}
	}
	s.flush(ctx)
	return nil
}

// session is the state shared by the cells of one execution.
type session struct {
	*kernel
	displays   displays
	collectors map[string]*collector // by the id of the request: outputs can arrive late

	outputLimit int // in bytes per cell
}

// limit lets the programs of the following cells use n processors.
func (s *session) limit(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("no answer within %v", startLimit))
	defer cancel()
	_, err := s.request(ctx, randomID(), "execute_request", map[string]any{
		"code": fmt.Sprintf("%%env GOMAXPROCS %d", n), "silent": true, "store_history": false,
		"user_expressions": struct{}{}, "allow_stdin": false, "stop_on_error": true,
	}, s.dispatch)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// raisesTag is the tag of cells that are to fail.
const raisesTag = "raises-exception"

var errFailed = errors.New("the cell failed")

// errHalfway is not an error of the cell, whose program ended without one.
var errHalfway = errors.New("ended before the end of its code, by os.Exit(0) or the like: what follows was not run")

// execute runs one cell and collects its outputs. A cell that is silent for longer than
// limit is interrupted. If the kernel reports an error, execute returns errFailed, and the
// outputs say which.
func (s *session) execute(ctx context.Context, cell *Cell, limit time.Duration, progress func(latest string)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := newWatchdog(limit, s.look)
	defer watch.end()
	go watch.run(func() {
		cancel(fmt.Errorf("stopped, since %s", watch.complaint()))
		for _, p := range watch.held() { // nobody else would end them
			process.Kill(p.PID)
		}
	})
	patience, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	stop := context.AfterFunc(ctx, func() {
		s.interrupt()
		time.AfterFunc(interruptGrace, giveUp)
	})
	defer stop()

	os.Remove(s.began()) // of the cell before
	id := randomID()
	out := newCollector(cell, s.displays, s.outputLimit)
	s.collectors[id] = out
	defer s.finish()
	reply, err := s.request(patience, id, "execute_request", map[string]any{
		"code": cell.Source, "silent": false, "store_history": true,
		"user_expressions": struct{}{}, "allow_stdin": false, "stop_on_error": true,
	}, func(m message) {
		watch.alive()
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
	case isFile(s.began()):
		return errHalfway
	}
	return nil
}

// dispatch passes a message to the collector of the cell that caused it.
func (s *session) dispatch(m message) {
	if c := s.collectors[m.parent.ID]; c != nil {
		c.add(m)
	}
}

// leftOut returns the number of bytes of the outputs of a cell that were left out.
func (s *session) leftOut(cell *Cell) int {
	for _, c := range s.collectors {
		if c.cell == cell {
			return c.leftOut()
		}
	}
	return 0
}

func (s *session) finish() {
	for _, c := range s.collectors {
		c.finish()
	}
}

// flush receives late outputs: it makes one more request, before whose answer the
// kernel publishes everything else.
func (s *session) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	defer s.finish()
	s.request(ctx, randomID(), "kernel_info_request", struct{}{}, s.dispatch) // an error only loses the late outputs
}
