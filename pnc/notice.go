package pnc

import (
	"context"
	"fmt"
	"sync"
	"time"

	"pnclab/pnc/internal/gemm/isa"
)

// Notice is something that a user may want to know while a call is under way: a
// [Progress], a [Warning] or [Stopped]. This package prints nothing; notices go to the
// functions passed to [Observe].
type Notice interface {
	fmt.Stringer
	notice()
}

// Progress describes the progress of a task that takes time.
type Progress struct {
	Task        string        // the task, such as "training" or "downloading train.csv"
	Done, Total int64         // Total is 0 if it is unknown
	Unit        string        // the unit of Done and Total: "epochs", "bytes"
	Elapsed     time.Duration // since the task began
}

func (Progress) notice() {}

// Rate returns the number of units done per second.
func (p Progress) Rate() float64 {
	if p.Elapsed <= 0 {
		return 0
	}
	return float64(p.Done) / p.Elapsed.Seconds()
}

// Left returns the time that the rest takes at the rate so far, or 0 if it is
// unknown.
func (p Progress) Left() time.Duration {
	if p.Done <= 0 || p.Total <= p.Done {
		return 0
	}
	return time.Duration(float64(p.Elapsed) / float64(p.Done) * float64(p.Total-p.Done))
}

// String returns the task, its progress and the time left.
func (p Progress) String() string {
	if p.Total == 0 {
		return fmt.Sprintf("%s: %d %s", p.Task, p.Done, p.Unit)
	}
	text := fmt.Sprintf("%s: %d of %d %s", p.Task, p.Done, p.Total, p.Unit)
	if left := p.Left(); left > 0 {
		text += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	return text
}

// ProgressMIME is the MIME type of a line that says how far a notebook's cell is, for the
// program that runs the notebook. It is not a part of the cell's output.
const ProgressMIME = "application/vnd.pnclab.progress"

// Warning describes something unexpected and how it was handled.
type Warning string

func (Warning) notice() {}

// String returns the text.
func (w Warning) String() string { return string(w) }

// Stopped says that a call was cancelled whose result was required, so that the program
// is about to panic: see [Must].
type Stopped struct{ Err error }

func (Stopped) notice() {}

// String returns the error.
func (s Stopped) String() string { return s.Err.Error() }

var observers struct {
	sync.Mutex
	next int
	all  map[int]func(Notice)
}

// Observe calls f for every notice of this package until stop is called. f may be
// called by several goroutines at once and should return soon.
func Observe(f func(Notice)) (stop func()) {
	observers.Lock()
	defer observers.Unlock()
	if observers.all == nil {
		observers.all = map[int]func(Notice){}
	}
	id := observers.next
	observers.next++
	observers.all[id] = f
	if err := isa.Problem(); err != nil { // detected before anything could observe it
		f(Warning(err.Error()))
	}
	return func() {
		observers.Lock()
		defer observers.Unlock()
		delete(observers.all, id)
	}
}

// Notify passes a notice to all observers, as this package does with its own. It is for
// packages that are built on this one.
func Notify(n Notice) { notify(n) }

// notify passes a notice to all observers.
func notify(n Notice) {
	observers.Lock()
	all := make([]func(Notice), 0, len(observers.all))
	for _, f := range observers.all {
		all = append(all, f)
	}
	observers.Unlock()
	for _, f := range all {
		f(n)
	}
}

// tellAfter is the time after which observers are told the progress of a task, and
// tellEvery the least time between two tellings. Tests change them.
var tellAfter, tellEvery = time.Second, 200 * time.Millisecond

// counted tells observers how many of the n parts of a task are done: each time done is
// called, which several goroutines may do at once, and every second until stop is.
func counted(task, unit string, n int) (done, stop func()) {
	var mu sync.Mutex
	p := Progress{Task: task, Total: int64(n), Unit: unit}
	began := time.Now()
	tell := func(more int64) {
		mu.Lock()
		defer mu.Unlock()
		if p.Done == p.Total {
			return
		}
		p.Done += more
		p.Elapsed = time.Since(began)
		notify(p)
	}
	ticker := time.NewTicker(time.Second)
	stopped := make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				tell(0)
			case <-stopped:
				return
			}
		}
	}()
	return func() { tell(1) }, func() { ticker.Stop(); close(stopped) }
}

// passes counts the parts of a task that is done in one goroutine, such as the samples of
// all passes over them, and tells observers after a second and then five times a second.
type passes struct {
	p           Progress
	begin, next time.Time
}

func newPasses(task, unit string, total int) *passes {
	now := time.Now()
	return &passes{p: Progress{Task: task, Total: int64(total), Unit: unit}, begin: now, next: now.Add(tellAfter)}
}

// add counts n more parts. A nil counter does not count.
func (c *passes) add(n int) {
	if c == nil {
		return
	}
	c.p.Done += int64(n)
	now := time.Now()
	told := c.p.Elapsed > 0
	if now.Before(c.next) && !(told && c.p.Done == c.p.Total) {
		return
	}
	c.next = now.Add(tellEvery)
	c.p.Elapsed = now.Sub(c.begin)
	notify(c.p)
}

// noProgress is the key of contexts in which tasks are parts of a larger one, whose
// progress is told instead of theirs.
type noProgress struct{}

func withoutProgress(ctx context.Context) context.Context {
	return context.WithValue(ctx, noProgress{}, true)
}

func tellsProgress(ctx context.Context) bool { return ctx.Value(noProgress{}) == nil }
