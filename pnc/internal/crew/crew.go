// Package crew shares work among goroutines.
package crew

import (
	"sync"
	"sync/atomic"

	"pnclab/pnc/internal/gemm"
)

// Crew is a worker pool: it distributes the items of a task over the same number of
// goroutines as a matrix product. It does not allocate. The result for an item must
// not depend on the number of goroutines or on which one processes it. A Crew runs
// one task at a time.
type Crew struct {
	task     Task
	n, grain int
	next     atomic.Int64 // the first item that no worker has taken
	worker   atomic.Int64 // the number of the last helper
	helpers  sync.WaitGroup
	help     func()
}

// Task is work on numbered items.
type Task interface {
	// Do processes the items from ≤ i < to. Workers that may call it at the same
	// time have different numbers, 0 ≤ worker < Size.
	Do(from, to, worker int)
}

// Func is a function as a Task.
type Func func(from, to, worker int)

// Do calls f.
func (f Func) Do(from, to, worker int) { f(from, to, worker) }

// New returns a crew.
func New() *Crew {
	c := new(Crew)
	c.help = func() {
		c.work(int(c.worker.Add(1)))
		c.helpers.Done()
	}
	return c
}

// Size returns the number of goroutines that may work at the same time.
func (c *Crew) Size() int { return gemm.Threads() }

// Run runs the task on ranges of up to grain items until all n are done.
func (c *Crew) Run(n, grain int, task Task) {
	parts := (n + grain - 1) / grain
	if parts <= 1 || c.Size() == 1 {
		task.Do(0, n, 0)
		return
	}
	c.task, c.n, c.grain = task, n, grain
	c.next.Store(0)
	c.worker.Store(0)
	helpers := min(parts, c.Size()) - 1
	c.helpers.Add(helpers)
	for range helpers {
		gemm.Go(&c.help)
	}
	c.work(0)
	c.helpers.Wait()
	c.task = nil
}

func (c *Crew) work(worker int) {
	for {
		to := int(c.next.Add(int64(c.grain)))
		from := to - c.grain
		if from >= c.n {
			return
		}
		c.task.Do(from, min(to, c.n), worker)
	}
}

// Grain returns the number of rows of the given length that are enough work for one
// range.
func Grain(length int) int { return max(1, 1<<14/max(1, length)) }
