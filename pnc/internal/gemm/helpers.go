package gemm

import (
	"runtime"
	"sync/atomic"
	"time"
)

// A helper is a goroutine that stays awake for a moment after it has called a
// function, in case there is another one: the products of a training step come
// within microseconds of each other, and waking a thread takes some fifty.
type helper struct {
	next  atomic.Pointer[func()] // to call; waiting, or nil if there is no goroutine
	start func()                 // run
}

// helpers are shared by all who call Go. More functions at a time get goroutines
// of their own.
var helpers = func() *[16]helper {
	hs := new([16]helper)
	for i := range hs {
		hs[i].start = hs[i].run
	}
	return hs
}()

// waiting is the next function of a helper that is awake and has none.
var waiting = new(func())

// patience is how long a helper waits for a function.
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

// run calls functions until none has come for some time.
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
