package notebook

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"pnclab/internal/process"
)

const (
	watchSteps = 20              // of a limit: how often the watchdog looks
	watchEvery = 5 * time.Second // at least
	// leastShare of one core, over the time since the last sign of life, is work. On a
	// machine where a hundred processes compete for two cores it is still reached, and
	// not by a program that waits.
	leastShare = 0.01
	// heldLimit is the limit for processes that keep the kernel waiting although the
	// program of the cell has ended. Nothing can be expected of one that is silent.
	heldLimit = 10 * time.Second
)

// watchdog ends a cell that is silent: that for some time has neither printed nor used
// the processor. How long a cell takes says nothing about whether it makes progress,
// on a busy machine least of all.
type watchdog struct {
	limit time.Duration
	watch func() activity // of the kernel and its programs
	done  chan struct{}

	mu    sync.Mutex
	since time.Time     // of the last sign of life
	used  time.Duration // until then
	last  activity
}

func newWatchdog(limit time.Duration, watch func() activity) *watchdog {
	w := &watchdog{limit: limit, watch: watch, done: make(chan struct{}), since: time.Now()}
	w.last = watch()
	w.used = w.last.used
	return w
}

// run looks for signs of life and calls bark, once, when there has been none for too
// long. It returns then, or when the watchdog is no longer needed.
func (w *watchdog) run(bark func()) {
	ticker := time.NewTicker(min(w.limit/watchSteps, watchEvery))
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if w.look(time.Now()) {
				bark()
				return
			}
		case <-w.done:
			return
		}
	}
}

// look notes whether the cell has worked and reports whether it has been silent for too
// long.
func (w *watchdog) look(now time.Time) bool {
	a := w.watch()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = a
	silent := now.Sub(w.since)
	switch worked := a.used - w.used; {
	case worked < 0: // a program has ended and is not counted any more
		w.used = a.used
	case a.known && worked > 0 && float64(worked) >= leastShare*float64(silent):
		w.since, w.used, silent = now, a.used, 0
	}
	if len(a.held) > 0 {
		return silent >= min(w.limit, heldLimit)
	}
	return silent >= w.limit
}

// alive notes a sign of life.
func (w *watchdog) alive() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = time.Now()
}

func (w *watchdog) end() { close(w.done) }

// held returns what kept the kernel waiting at the last look.
func (w *watchdog) held() []process.Process {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last.held
}

// complaint says what the cell did not do, and what it waits for if that is known.
func (w *watchdog) complaint() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.last.held) > 0 {
		return fmt.Sprintf("its program has ended, but not %s, which it has started and which still holds its output; let the cell wait for it, or write it elsewhere",
			describe(w.last.held))
	}
	text := "it neither printed nor computed anything"
	if !w.last.known {
		text = "it printed nothing"
	}
	text += fmt.Sprintf(" for %v (--timeout)", w.limit)
	if others := slices.DeleteFunc(slices.Clone(w.last.running), programOf); len(others) > 0 {
		text += "; running: " + describe(others)
	}
	return text
}
