package gemm

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestGo calls more functions at the same time than there are helpers, some from
// within others, with pauses that are about as long as helpers wait.
func TestGo(t *testing.T) {
	var calls atomic.Int64
	var wg sync.WaitGroup
	inner := func() {
		calls.Add(1)
		wg.Done()
	}
	outer := func() {
		calls.Add(1)
		Go(&inner)
		wg.Done()
	}
	const rounds, each = 200, 40
	for i := range rounds {
		wg.Add(2 * each)
		for range each {
			Go(&outer)
		}
		wg.Wait()
		time.Sleep(time.Duration(i%3) * patience / 2)
	}
	if got := calls.Load(); got != 2*rounds*each {
		t.Errorf("%d calls, want %d", got, 2*rounds*each)
	}
}

// TestHelpersEnd checks that all helpers end when there is no more work.
func TestHelpersEnd(t *testing.T) {
	f := func() {}
	for range 2 * len(helpers) {
		Go(&f)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(patience) {
		awake := 0
		for i := range helpers {
			if helpers[i].next.Load() != nil {
				awake++
			}
		}
		if awake == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d helpers still wait", awake)
		}
	}
}
