package gemm

import (
	"runtime"
	"sync/atomic"
	"time"
)

// A helper is a goroutine that stays awake for a moment after it has called a
// function, in case another one follows: the products of a training step come within
// microseconds of each other, whereas waking a thread takes about fifty.
type helper struct {
	next  atomic.Pointer[func()] // to call; waiting if idle, nil if there is no goroutine
	start func()                 // the method run, so that starting it does not allocate
}

// helpers are shared by all callers of Go. When all are busy, a function gets a
// goroutine of its own.
var helpers = func() *[16]helper {
	hs := new([16]helper)
	for i := range hs {
		hs[i].start = hs[i].run
	}
	return hs
}()

// waiting marks a helper that is awake and has no function to call.
var waiting = new(func())

// patience is how long an idle helper waits for a function before it ends.
const patience = 200 * time.Microsecond

// Go calls f in another goroutine. It does not allocate.
func Go(f *func()) {
	for i := range helpers {
		h := &helpers[i]
		switch h.next.Load() {
		case waiting:
			if h.next.CompareAndSwap(waiting, f) {
				return
			}
		case nil:
			if h.next.CompareAndSwap(nil, f) {
				go h.start()
				return
			}
		}
	}
	go (*f)()
}

// run calls functions until none has arrived for the time of patience.
func (h *helper) run() {
	for {
		(*h.next.Load())()
		h.next.Store(waiting)
		for start := time.Now(); h.next.Load() == waiting; runtime.Gosched() {
			if time.Since(start) > patience && h.next.CompareAndSwap(waiting, nil) {
				return
			}
		}
	}
}
