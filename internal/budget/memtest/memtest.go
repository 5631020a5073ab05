// Package memtest measures, in tests, the memory that reading a file takes.
package memtest

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"pnclab/internal/budget"
)

// Within fails the test if f, which reads files of size bytes, takes more memory at any
// time than [budget.Memory] allows for.
func Within(t testing.TB, size int64, f func()) {
	t.Helper()
	began := time.Now()
	peak, allocated := Peak(f)
	t.Logf("%d bytes take %.1f MB of memory, %.1f MB in all, and %.2f s", size, float64(peak)/1e6, float64(allocated)/1e6, time.Since(began).Seconds())
	if limit := budget.Memory(size); peak > limit {
		t.Errorf("%d bytes take %d bytes of memory, more than %d", size, peak, limit)
	}
}

// Peak returns the largest number of bytes that f has on the heap at any time, beyond
// those before it, and the number of bytes that it allocates in all. The peak is
// sampled; while f runs, a tenth of the heap is garbage at most.
func Peak(f func()) (peak, allocated int64) {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	objects := func() int64 {
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	before := objects()
	var start, end runtime.MemStats
	runtime.ReadMemStats(&start)
	done := make(chan struct{})
	var sampler sync.WaitGroup
	sampler.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(100 * time.Microsecond):
				peak = max(peak, objects()-before)
			}
		}
	})
	f()
	close(done)
	sampler.Wait()
	peak = max(peak, objects()-before)
	runtime.ReadMemStats(&end)
	allocated = int64(end.TotalAlloc - start.TotalAlloc)
	return min(peak, allocated), allocated
}
