package crew

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Blocks calls f for [0,size), [size,2·size), ... up to n from one goroutine per
// processor. What f does for one block must not depend on the others. Unlike a Crew,
// it may be called from several goroutines at once, and it allocates.
func Blocks(n, size int, f func(from, to int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+size-1)/size) {
		wg.Go(func() {
			for {
				to := int(next.Add(int64(size)))
				if to-size >= n {
					return
				}
				f(to-size, min(to, n))
			}
		})
	}
	wg.Wait()
}
