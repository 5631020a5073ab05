package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"pnclab/internal/notebook"
	"pnclab/pnc"
)

const (
	redrawEvery = 200 * time.Millisecond // on terminals
	remindEvery = 30 * time.Second       // in logs, while a cell is running
	// maxWidth of the lines on a terminal: they are not wrapped, and so still redrawn in
	// their place, when a window of 80 columns becomes one of 60.
	maxWidth = 59
	// fewCells say little about the time that the others take.
	fewCells = 5
)

// progress shows the state of the running notebooks: on a terminal as lines that are
// redrawn, one for all and one or two for each; elsewhere as one line per cell.
type progress struct {
	out  io.Writer     // of lines that stay
	bars *mpb.Progress // nil in a log
	all  *mpb.Bar
	done chan struct{} // of a log
	wg   sync.WaitGroup

	mu    sync.Mutex // not held while calling bars, which draw with it
	tasks []*task    // running, in order of their start
	state total
}

// total counts what has been done and what is left.
type total struct {
	began            time.Time
	notebooks, ended int
	ran, left        int // cells
}

// task is one running notebook.
type task struct {
	show  *progress
	bar   *mpb.Bar
	name  string
	cells int
	now   notebook.Progress
	began time.Time // of the cell
	said  time.Time // of its last line in a log
}

// newProgress shows the progress of the notebooks, of which none has begun.
func newProgress(out io.Writer, notebooks []*notebook.Notebook) *progress {
	p := &progress{out: out, state: total{began: time.Now(), notebooks: len(notebooks)}}
	for _, nb := range notebooks {
		p.state.left += len(nb.CodeCells())
	}
	if terminal := terminalOf(out); terminal != nil {
		p.bars = mpb.New(mpb.WithOutput(terminal), mpb.WithRefreshRate(redrawEvery))
		p.out = p.bars // above the lines that are redrawn
		p.all = p.line(func() string { return p.state.String() })
		return p
	}
	p.done = make(chan struct{})
	p.wg.Go(p.tick)
	return p
}

// terminalOf returns w if it is a terminal, else nil.
func terminalOf(w io.Writer) *os.File {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// line adds lines to a terminal, each a text that is read under the lock whenever it is
// drawn. One that is empty takes no space.
func (p *progress) line(text ...func() string) *mpb.Bar {
	filler := func(text func() string, end string) mpb.BarFiller {
		return mpb.BarFillerFunc(func(w io.Writer, s decor.Statistics) error {
			p.mu.Lock()
			line := fit(text(), s.AvailableWidth)
			p.mu.Unlock()
			if line == "" {
				return nil
			}
			_, err := io.WriteString(w, line+end)
			return err
		})
	}
	options := []mpb.BarOption{mpb.BarFillerTrim()}
	for _, t := range text[1:] {
		options = append(options, mpb.BarExtender(filler(t, "\n"), false))
	}
	return pnc.Must(p.bars.Add(1, filler(text[0], ""), options...)) // an error only after close
}

// fit shortens a line to less than the width of the terminal.
func fit(line string, width int) string {
	if width < 2 { // Truncate would still write the dots
		return ""
	}
	return runewidth.Truncate(line, min(maxWidth, width-1), "…")
}

// close ends the lines that are redrawn, or the reminders in a log.
func (p *progress) close() {
	if p.bars != nil {
		p.all.Abort(true)
		p.bars.Wait()
		return
	}
	close(p.done)
	p.wg.Wait()
}

func (p *progress) begin(nb *notebook.Notebook) *task {
	t := &task{show: p, name: nb.Name(), cells: len(nb.CodeCells()), began: time.Now(), said: time.Now()}
	p.mu.Lock()
	p.tasks = append(p.tasks, t)
	p.mu.Unlock()
	if p.bars != nil {
		t.bar = p.line(t.String, t.latest)
	}
	return t
}

// update records a notebook's progress.
func (t *task) update(now notebook.Progress) {
	p := t.show
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Cell != t.now.Cell {
		t.began, t.said = time.Now(), time.Now()
	}
	if now.Done {
		p.state.ran++
		p.state.left--
	}
	t.now = now
	if p.bars == nil && now.Done {
		fmt.Fprintf(p.out, "%s  cell %d/%d  %.1f s\n", t.name, now.Cell, now.Cells, now.Elapsed.Seconds())
	}
}

// end prints the notebook's result and, in a log, what is left.
func (t *task) end(run *notebook.Run) {
	p := t.show
	result := "FAILED"
	if errors.Is(run.Err, context.Canceled) {
		result = "stopped"
	} else if run.Err == nil {
		result = run.Tally().String()
	}
	text := fmt.Sprintf("%-24s %7.1f s  %s\n", t.name, run.Duration.Seconds(), result)
	p.mu.Lock()
	p.tasks = slices.DeleteFunc(p.tasks, func(other *task) bool { return other == t })
	p.state.ended++
	p.state.left -= t.cells - len(run.CellTimes) // that will not run any more
	if p.bars == nil && p.state.ended < p.state.notebooks {
		text += p.state.String() + "\n"
	}
	p.mu.Unlock()
	if p.bars != nil {
		t.bar.Abort(true)
	}
	io.WriteString(p.out, text)
}

// tick writes reminders to a log.
func (p *progress) tick() {
	ticker := time.NewTicker(redrawEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.mu.Lock()
			p.remind()
			p.mu.Unlock()
		case <-p.done:
			return
		}
	}
}

// remind writes a line about every cell that a log has not mentioned for some time.
func (p *progress) remind() {
	for _, t := range p.tasks {
		if time.Since(t.said) < remindEvery {
			continue
		}
		t.said = time.Now()
		line := t.String()
		if latest := t.latest(); latest != "" {
			line += latest
		}
		fmt.Fprintln(p.out, line)
	}
}

// String returns the state of the running cell.
func (t *task) String() string {
	if t.now.Cell == 0 {
		return t.name + "  starting"
	}
	return fmt.Sprintf("%s  cell %d/%d  %.0f s", t.name, t.now.Cell, t.now.Cells, time.Since(t.began).Seconds())
}

// latest returns the last line of the running cell's output.
func (t *task) latest() string {
	if t.now.Latest == "" || t.now.Done {
		return ""
	}
	return "  " + t.now.Latest
}

// String returns how much is left. The time assumes that the other cells take as long
// as those that have run.
func (s total) String() string { return s.after(time.Since(s.began)) }

func (s total) after(elapsed time.Duration) string {
	text := fmt.Sprintf("%d of %s, %s left", s.ended, plural(s.notebooks, "notebook"), plural(s.left, "cell"))
	if s.ran >= fewCells && s.left > 0 {
		text += ", " + about(elapsed/time.Duration(s.ran)*time.Duration(s.left))
	}
	return text
}

// about returns a duration in words that promise no more than is known.
func about(d time.Duration) string {
	switch {
	case d < 45*time.Second:
		return "less than a minute"
	case d < 90*time.Minute:
		return fmt.Sprintf("about %.0f min", d.Minutes())
	}
	return fmt.Sprintf("about %.1f h", d.Hours())
}
