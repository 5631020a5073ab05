package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"pnclab/internal/notebook"
)

const (
	redrawEvery = 200 * time.Millisecond // on terminals
	remindEvery = 30 * time.Second       // in logs, while a cell is running
)

// progress shows the state of the running notebooks: on a terminal as one line that
// is redrawn, elsewhere as one line per cell.
type progress struct {
	out      io.Writer
	terminal *os.File // nil if out is not one
	done     chan struct{}
	wg       sync.WaitGroup

	mu    sync.Mutex
	tasks []*task // running, in order of their start
}

// task is one running notebook.
type task struct {
	show  *progress
	name  string
	now   notebook.Progress
	began time.Time // of the cell
	said  time.Time // of its last line in a log
}

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, terminal: terminalOf(out), done: make(chan struct{})}
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

// close stops the redrawing.
func (p *progress) close() {
	close(p.done)
	p.wg.Wait()
}

func (p *progress) begin(name string) *task {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := &task{show: p, name: name, began: time.Now(), said: time.Now()}
	p.tasks = append(p.tasks, t)
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
	t.now = now
	if p.terminal == nil && now.Done {
		fmt.Fprintf(p.out, "%s  cell %d/%d  %.1f s\n", t.name, now.Cell, now.Cells, now.Elapsed.Seconds())
	}
}

// end prints the notebook's result.
func (t *task) end(run *notebook.Run) {
	p := t.show
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tasks = slices.DeleteFunc(p.tasks, func(other *task) bool { return other == t })
	p.clear()
	result := "FAILED"
	if errors.Is(run.Err, context.Canceled) {
		result = "stopped"
	} else if run.Err == nil {
		result = run.Tally().String()
	}
	fmt.Fprintf(p.out, "%-24s %7.1f s  %s\n", t.name, run.Duration.Seconds(), result)
	p.draw()
}

func (p *progress) tick() {
	ticker := time.NewTicker(redrawEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.mu.Lock()
			p.draw()
			p.remind()
			p.mu.Unlock()
		case <-p.done:
			p.clear()
			return
		}
	}
}

// draw redraws the line of a terminal.
func (p *progress) draw() {
	if p.terminal == nil {
		return
	}
	var parts []string
	for _, t := range p.tasks {
		parts = append(parts, t.String())
	}
	line := strings.Join(parts, "  |  ")
	if width, _, err := term.GetSize(int(p.terminal.Fd())); err == nil && utf8.RuneCountInString(line) >= width {
		line = string([]rune(line)[:max(0, width-1)])
	}
	fmt.Fprint(p.out, "\r", line, "\x1b[K")
}

func (p *progress) clear() {
	if p.terminal != nil {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// remind writes a line about every cell that a log has not mentioned for some time.
func (p *progress) remind() {
	if p.terminal != nil {
		return
	}
	for _, t := range p.tasks {
		if time.Since(t.said) >= remindEvery {
			t.said = time.Now()
			fmt.Fprintln(p.out, t)
		}
	}
}

// String returns the state of the running cell, with the last line of its output.
func (t *task) String() string {
	if t.now.Cell == 0 {
		return t.name + "  starting"
	}
	s := fmt.Sprintf("%s  cell %d/%d  %.0f s", t.name, t.now.Cell, t.now.Cells, time.Since(t.began).Seconds())
	if t.now.Latest != "" && !t.now.Done {
		s += "  " + t.now.Latest
	}
	return s
}
