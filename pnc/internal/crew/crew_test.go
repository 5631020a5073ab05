package crew

import (
	"sync/atomic"
	"testing"

	"pnclab/pnc/internal/gemm"
)

// TestEveryItemOnce checks that each item is processed once, for numbers of items
// around the grain, and that worker numbers are in range.
func TestEveryItemOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 5} {
		defer gemm.SetThreads(gemm.SetThreads(threads))
		c := New()
		for _, n := range []int{0, 1, 7, 8, 9, 1000} {
			done := make([]atomic.Int32, n)
			c.Run(n, 8, Func(func(from, to, worker int) {
				if worker < 0 || worker >= c.Size() {
					t.Errorf("worker %d of %d", worker, c.Size())
				}
				for i := from; i < to; i++ {
					done[i].Add(1)
				}
			}))
			for i := range done {
				if k := done[i].Load(); k != 1 {
					t.Errorf("%d threads: item %d of %d was processed %d times", threads, i, n, k)
				}
			}
			blocks := make([]atomic.Int32, n)
			Blocks(n, 8, func(from, to int) {
				for i := from; i < to; i++ {
					blocks[i].Add(1)
				}
			})
			for i := range blocks {
				if k := blocks[i].Load(); k != 1 {
					t.Errorf("Blocks: item %d of %d was processed %d times", i, n, k)
				}
			}
		}
	}
}

// TestRunDoesNotAllocate checks what training steps rely on.
func TestRunDoesNotAllocate(t *testing.T) {
	defer gemm.SetThreads(gemm.SetThreads(2))
	c := New()
	var sum atomic.Int64
	task := Task(Func(func(from, to, _ int) { sum.Add(int64(to - from)) }))
	if a := testing.AllocsPerRun(100, func() { c.Run(100, 10, task) }); a > 0 {
		t.Errorf("%v allocations", a)
	}
}
