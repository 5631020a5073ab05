package gemm

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// serial is the number of multiplications up to which a product is not worth a
// second goroutine.
const serial = 1 << 22

// run computes the product with up to n goroutines, the caller among them.
func (p *product[T]) run(n int) {
	pool := poolsOf[T]()
	ops := float64(p.m) * float64(p.n) * float64(p.k) // may exceed an int
	if ops <= serial {
		n = 1
	}
	if n == 1 && (p.m <= 2*blockRows || p.inPlaceB(p.m)) {
		buf := pool.buffers.Get().(*buffers[T])
		p.block(0, p.m, 0, p.n, 0, p.k, nil, buf)
		pool.buffers.Put(buf)
		return
	}
	j := pool.jobs.Get().(*job[T])
	j.product = *p
	j.plan(n)
	n = min(n, max(j.blocks, j.packs))
	j.helpers.Add(n - 1)
	for range n - 1 {
		go j.help()
	}
	j.work()
	j.helpers.Wait()
	j.product = product[T]{} // hold on to no matrix
	pool.jobs.Put(j)
}

// pools keep jobs and buffers for reuse.
type pools[T Float] struct{ jobs, buffers sync.Pool }

var (
	pools32 = newPools[float32]()
	pools64 = newPools[float64]()
)

func newPools[T Float]() *pools[T] {
	p := new(pools[T])
	p.buffers.New = func() any { return new(buffers[T]) }
	p.jobs.New = func() any {
		j := new(job[T])
		j.help = func() {
			j.work()
			j.helpers.Done()
		}
		return j
	}
	return p
}

func poolsOf[T Float]() *pools[T] {
	if p, ok := any(pools32).(*pools[T]); ok {
		return p
	}
	return any(pools64).(*pools[T])
}

// job is a product that goroutines share. They draw numbered tasks from a
// counter. If C has many rows, its blocks are bands of rows that all need the
// same packed copy of B: the depth is cut into sections, and the tasks of a
// section first pack B, then compute the blocks. Otherwise a block packs what it
// needs of B itself, and as it has all the rows, no one else needs the same.
type job[T Float] struct {
	product[T]

	rows, cols int // of a block of C
	blocks     int // of C
	section    int // depth of a section
	packs      int // packing tasks of a section
	memory     []T // for shared
	shared     []T // B packed, nil if blocks pack for themselves

	next, done atomic.Int64 // tasks drawn, tasks done
	helpers    sync.WaitGroup
	help       func() // work, then tell helpers
}

const (
	blockRows = 96      // of a block that shares B, at most
	allRows   = 1024    // of a block that does not, at most
	maxShared = 1 << 22 // elements of B packed in a section
	tasksEach = 12      // blocks for each goroutine, so that all end together
)

// plan cuts the product into tasks for n goroutines.
func (j *job[T]) plan(n int) {
	width, height := j.kern.width(), j.kern.height()
	j.next.Store(0)
	j.done.Store(0)
	j.rows, j.cols = j.m, j.n
	j.section, j.packs, j.shared = j.k, 0, nil
	if j.m > 2*blockRows && j.m >= j.n {
		j.rows = min(blockRows, roundUp(ceilDiv(j.m, tasksEach*n), height))
		padded := roundUp(j.n, width)
		j.section = min(j.k, max(1, maxShared/(padded*j.depth))*j.depth)
		j.packs = ceilDiv(j.n, group*width)
		j.memory = grow(j.memory, padded*j.section)
		j.shared = j.memory
	} else {
		j.rows = min(j.m, allRows)
		if n > 1 {
			j.cols = max(4*width, roundUp(ceilDiv(j.n, tasksEach*n), width))
		}
	}
	j.blocks = ceilDiv(j.m, j.rows) * ceilDiv(j.n, j.cols)
}

// work draws tasks until none is left.
func (j *job[T]) work() {
	pool := poolsOf[T]()
	buf := pool.buffers.Get().(*buffers[T])
	defer pool.buffers.Put(buf)
	perSection := j.packs + j.blocks
	for {
		task := int(j.next.Add(1) - 1)
		s, t := task/perSection, task%perSection
		l0 := s * j.section
		if l0 >= j.k {
			return
		}
		l1 := min(l0+j.section, j.k)
		if t < j.packs {
			j.await(s * perSection) // until the memory of the section before is free
			j.packShared(t, l0, l1)
		} else {
			j.await(s*perSection + j.packs)
			across := ceilDiv(j.n, j.cols)
			r, c := (t-j.packs)/across*j.rows, (t-j.packs)%across*j.cols
			j.block(r, min(r+j.rows, j.m), c, min(c+j.cols, j.n), l0, l1, j.shared, buf)
		}
		j.done.Add(1)
	}
}

// await returns when the first n tasks are done. Whoever drew them is at work on
// them, so that it never waits long.
func (j *job[T]) await(n int) {
	for spin := 0; j.done.Load() < int64(n); spin++ {
		if spin > 64 {
			runtime.Gosched()
		}
	}
}

// packShared packs the t-th group of panels of rows [l0,l1) of B.
func (j *job[T]) packShared(t, l0, l1 int) {
	width := j.kern.width()
	first := t * group * width
	cols := min(group*width, j.n-first)
	for l := l0; l < l1; l += j.depth {
		depth := min(j.depth, l1-l)
		j.packInto(j.shared[(l-l0)*roundUp(j.n, width)+first*depth:], l, depth, first, cols)
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
