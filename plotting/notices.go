package plotting

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pnclab/plotting/internal/gonb"
	"pnclab/pnc"
)

// In a notebook, warnings and what takes time are told in the cell that causes them, and
// a cell that is stopped says so. Elsewhere a program decides itself what to make of
// notices, see [pnc.Observe].
func init() {
	if !gonb.Connected() {
		return
	}
	t := &teller{say: func(line string) { fmt.Println(line) }, bars: map[string]*bar{}}
	if gonb.Headless() {
		id := "pnc-progress-" + gonb.NewID()
		t.pass = func(line string) { gonb.Show(gonb.Output{Text: map[string]string{pnc.ProgressMIME: line}, ID: id}) }
	} else {
		t.show = newOutput
	}
	stop := stopper(gonb.Interrupts(), grace, func() {
		fmt.Println("stopped")
		gonb.Sync()
		os.Exit(0)
	})
	pnc.Observe(func(n pnc.Notice) {
		if _, ok := n.(pnc.Stopped); ok {
			stop()
			return
		}
		t.tell(n)
	})
}

// noticeable is the time after which the progress of a task is shown.
const noticeable = time.Second

// teller tells notices in the output of a cell: warnings as lines, and the progress of
// every task that takes more than a second as a bar. If nobody looks at the notebook, it
// is a line when the first task of that name begins, and then lines for the program that
// runs the notebook.
type teller struct {
	say  func(line string)
	show func() func(page, line string) // returns an output that can be replaced; nil means none
	pass func(line string)              // to the program; needed where show is nil

	mu   sync.Mutex
	bars map[string]*bar // by task
	said []string        // tasks that have had their line
}

// bar is the output of a task.
type bar struct {
	update func(page, line string)
	last   time.Time
	done   int64
}

func (t *teller) tell(n pnc.Notice) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch n := n.(type) {
	case pnc.Warning:
		t.say("warning: " + n.String())
	case pnc.Progress:
		t.progress(n)
	}
}

func (t *teller) progress(p pnc.Progress) {
	b, ended := t.bars[p.Task], p.Total > 0 && p.Done >= p.Total
	switch {
	case b == nil && (p.Elapsed < noticeable || ended):
		return
	case b == nil && t.show == nil:
		t.bars[p.Task] = &bar{update: func(_, line string) { t.pass(line) }, last: time.Now(), done: -1}
		if !slices.Contains(t.said, p.Task) {
			t.said = append(t.said, p.Task)
			t.say(p.Task + " …")
		}
		return // what is passed on now could overtake that line
	case b == nil:
		b = &bar{update: t.show()}
	case !ended && time.Since(b.last) < between:
		return
	}
	if t.show == nil && p.Done == b.done {
		return // that program takes what it hears for progress
	}
	t.bars[p.Task], b.last, b.done = b, time.Now(), p.Done
	line := progressLine(p)
	b.update(progressHTML(line, share(p)), line)
	if ended {
		delete(t.bars, p.Task) // the next one of that name is another
		gonb.Sync()
	}
}

// progressLine describes progress, with the rate and the time that is left.
func progressLine(p pnc.Progress) string {
	scale, unit := 1.0, " "+p.Unit
	if p.Unit == "bytes" {
		scale, unit = 1e-6, " MB"
	}
	count := func(n int64) string {
		if scale != 1 {
			return fmt.Sprintf("%.1f", scale*float64(n))
		}
		return fmt.Sprint(n)
	}
	text := p.Task + ": " + count(p.Done)
	if p.Total > 0 {
		text += " of " + count(p.Total)
	}
	text += unit
	switch rate := scale * p.Rate(); {
	case rate >= 1:
		text += fmt.Sprintf(", %.4g%s/s", rate, unit)
	case rate > 0 && scale == 1:
		text += fmt.Sprintf(", %.3g s each", 1/rate)
	}
	if left := p.Left(); left > 0 {
		return text + ", " + left.Round(time.Second).String() + " left"
	}
	return text + ", " + p.Elapsed.Round(100*time.Millisecond).String()
}

// share returns the part of a task that is done, 0 if it is unknown.
func share(p pnc.Progress) float64 {
	if p.Total <= 0 {
		return 0
	}
	return min(1, float64(p.Done)/float64(p.Total))
}

// grace is the time that an interrupted cell has to end by itself before it is ended. The
// kernel kills it after five seconds.
const grace = time.Second

// unhurried is the number of calls under way that end by themselves after an interrupt,
// and may take longer than grace to show what they have.
var unhurried atomic.Int32

// stopper ends the program when an interrupt arrives: at once when the function that it
// returns is called, because a call was cancelled whose result was required, and
// otherwise when the time grace is over. That function returns if there was no interrupt.
func stopper(interrupts <-chan os.Signal, grace time.Duration, exit func()) (stop func()) {
	var once sync.Once
	interrupted := make(chan struct{})
	go func() {
		<-interrupts
		close(interrupted)
		time.Sleep(grace)
		if unhurried.Load() == 0 {
			once.Do(exit)
		}
	}()
	return func() {
		select {
		case <-interrupted:
			once.Do(exit)
		case <-time.After(100 * time.Millisecond): // the cancellation may be faster than the signal
		}
	}
}
