package pnc

import (
	"sync"
	"sync/atomic"

	"pnclab/pnc/internal/gemm"
)

// crew shares work among goroutines, as many as a matrix product uses. It does
// not allocate. What the parts of the work compute must not depend on how many
// there are or who does them.
type crew struct {
	task     func(from, to, worker int)
	n, grain int
	next     atomic.Int64 // the first item that nobody has taken
	worker   atomic.Int64 // the last helper's number
	helpers  sync.WaitGroup
	help     func()
}

func newCrew() *crew {
	c := new(crew)
	c.help = func() {
		c.work(int(c.worker.Add(1)))
		c.helpers.Done()
	}
	return c
}

// size returns the number of goroutines that may work at the same time; they are
// numbered from 0.
func (c *crew) size() int { return gemm.Threads() }

// run calls task for ranges of up to grain items until all n are done.
func (c *crew) run(n, grain int, task func(from, to, worker int)) {
	parts := (n + grain - 1) / grain
	if parts <= 1 || c.size() == 1 {
		task(0, n, 0)
		return
	}
	c.task, c.n, c.grain = task, n, grain
	c.next.Store(0)
	c.worker.Store(0)
	helpers := min(parts, c.size()) - 1
	c.helpers.Add(helpers)
	for range helpers {
		gemm.Go(&c.help)
	}
	c.work(0)
	c.helpers.Wait()
}

func (c *crew) work(worker int) {
	for {
		to := int(c.next.Add(int64(c.grain)))
		from := to - c.grain
		if from >= c.n {
			return
		}
		c.task(from, min(to, c.n), worker)
	}
}

// grainFor returns how many rows of the given length are enough work to be worth
// handing out.
func grainFor(length int) int { return max(1, 1<<14/max(1, length)) }
