package notebook

import (
	"sync"
	"time"
)

const (
	watchSteps = 20              // of a limit: how often the watchdog looks
	watchEvery = 5 * time.Second // at least
	// leastShare of one core, over the time since the last sign of life, is work. On a
	// machine where a hundred processes compete for two cores it is still reached, and
	// not by a program that waits.
	leastShare = 0.01
)

// watchdog ends a cell that is silent: that for some time has neither printed nor used
// the processor. How long a cell takes says nothing about whether it makes progress,
// on a busy machine least of all.
type watchdog struct {
	limit time.Duration
	cpu   func() (used time.Duration, known bool) // by the kernel and its programs
	done  chan struct{}

	mu    sync.Mutex
	since time.Time     // of the last sign of life
	used  time.Duration // until then
	known bool
}

func newWatchdog(limit time.Duration, cpu func() (time.Duration, bool)) *watchdog {
	w := &watchdog{limit: limit, cpu: cpu, done: make(chan struct{}), since: time.Now()}
	w.used, w.known = cpu()
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
	used, known := w.cpu()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known = known
	silent := now.Sub(w.since)
	switch worked := used - w.used; {
	case worked < 0: // a program has ended and is not counted any more
		w.used = used
	case known && worked > 0 && float64(worked) >= leastShare*float64(silent):
		w.since, w.used, silent = now, used, 0
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

// complaint says what the cell did not do.
func (w *watchdog) complaint() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.known {
		return "neither printed nor computed anything"
	}
	return "printed nothing"
}
