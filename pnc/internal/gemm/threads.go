package gemm

import (
	"runtime"
	"sync/atomic"
)

var threads atomic.Int32

// Threads returns the number of goroutines that a large product is spread over.
func Threads() int {
	if n := threads.Load(); n > 0 {
		return int(n)
	}
	return runtime.GOMAXPROCS(0)
}

// SetThreads sets the number of goroutines that a large product is spread over
// and returns the previous setting. With n <= 0, the default, it is GOMAXPROCS
// at the time of the call. Results do not depend on it, not even in the last bit.
func SetThreads(n int) (previous int) {
	return int(threads.Swap(int32(max(n, 0))))
}
