package gemm

import (
	"sync"
	"sync/atomic"
)

// run computes the product with up to as many goroutines as Threads says, including the
// caller's.
func (p *product[T]) run() {
	pool := poolsOf[T]()
	ops := float64(p.m) * float64(p.n) * float64(p.k) // may exceed an int
	if ops <= float64(limits.serial) {
		buf := pool.buffers.Get().(*buffers[T])
		for i := 0; i < p.m; i += 2 * limits.blockRows {
			to := min(i+2*limits.blockRows, p.m)
			p.block(area{i, to, 0, p.n, 0, p.k}, area{}, walk{}, section[T]{}, buf)
			if p.then != nil {
				p.then(i, to)
			}
		}
		pool.buffers.Put(buf)
		return
	}
	j := pool.jobs.Get().(*job[T])
	j.product = *p
	n := Threads()
	j.plan(n)
	n = min(n, max(j.blocks, j.tasksA+j.tasksB))
	j.helpers.Add(n - 1)
	for range n - 1 {
		Go(&j.help)
	}
	j.work()
	j.helpers.Wait()
	j.product = product[T]{} // keep no matrix alive
	pool.jobs.Put(j)
}

// pools keep jobs and buffers for reuse.
type pools[T Float] struct{ jobs, buffers sync.Pool }

var pools64 = newPools[float64]()

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

// job is a product that several goroutines compute. They draw numbered tasks from a
// counter: blocks of C to compute, and parts of A and B to pack for all blocks that
// need them. If C has few rows, a block has all of them and some of the columns, and
// packs the part of B that it needs itself, because no other block needs it.
// Otherwise, or if finished rows are to be reported, blocks are bands of rows, and
// of some of the columns where B is packed.
//
// What is packed for all blocks is packed one section at a time, a part of the
// columns and of the depth, so that it stays in the cache. The next section is
// packed between the blocks of the current one.
type job[T Float] struct {
	product[T]

	rows, cols int // of a block
	wide, deep int // columns and depth of a section; the last ones may have less
	tasksA     int // packing tasks per section
	tasksB     int
	blocks     int // per section
	depths     int // sections along the depth
	sections   int
	memory     [2]section[T] // of the current section and the next

	next     atomic.Int64   // number of tasks drawn
	packed   []atomic.Int32 // packing tasks done, for each section
	computed []atomic.Int32 // sections done, for each block
	helpers  sync.WaitGroup
	help     func() // calls work, then helpers.Done
}

// plan cuts the product into tasks for n goroutines.
func (j *job[T]) plan(n int) {
	width, height := j.kern.width(), j.kern.height()
	j.wide, j.deep = j.n, roundUp(j.k, j.depth)
	sharesA := j.packsA(j.depth, j.n) && j.sizeA(j.m, j.depth)*sizeof[T]() <= limits.maxShared
	sharesB := false
	if j.m <= 2*limits.blockRows && j.then == nil {
		j.rows, j.cols = j.m, max(2*width, roundUp(ceilDiv(j.n, limits.tasksEach*n), width))
	} else {
		j.rows, j.cols = min(limits.blockRows, roundUp(ceilDiv(j.m, limits.tasksEach*n), height)), j.n
		if sharesB = !j.inPlaceB(j.rows); sharesB {
			j.wide = evenly(j.n, limits.maxShared/sizeof[T]()/j.depth, limits.group*width)
			j.cols = j.wide
			if j.then == nil { // otherwise whole rows are reported
				j.cols = evenly(j.wide, limits.inCache/sizeof[T]()/j.depth, limits.group*width)
			}
		}
		// Rows that no other block needs are packed by the block itself.
		sharesA = sharesA && (j.transA || j.cols < j.wide)
	}
	switch {
	case sharesA:
		j.deep = j.depth
	case sharesB:
		j.deep = max(1, min(ceilDiv(j.k, j.depth), limits.inCache/sizeof[T]()/j.wide/j.depth)) * j.depth
	}
	j.count(sharesA, sharesB)
}

// evenly returns the size of the pieces that n is cut into. It is a multiple of unit
// and at most most (unit, if that is more), and the pieces are as equal as these
// conditions permit.
func evenly(n, most, unit int) int {
	pieces := ceilDiv(n, max(unit, most/unit*unit))
	return roundUp(ceilDiv(n, pieces), unit)
}

// count counts the tasks and allocates memory for what they pack: A, B or both.
func (j *job[T]) count(sharesA, sharesB bool) {
	j.depths = ceilDiv(j.k, j.deep)
	j.sections = ceilDiv(j.n, j.wide) * j.depths
	j.blocks = ceilDiv(j.m, j.rows) * ceilDiv(j.wide, j.cols)
	blocks := j.deep / j.depth
	j.tasksA, j.tasksB = 0, 0
	sizeA, sizeB := 0, 0
	if sharesA {
		pieces, _ := j.pieces()
		j.tasksA = blocks * pieces
		sizeA = blocks * j.sizeA(j.m, j.depth)
	}
	if sharesB {
		j.tasksB = blocks * ceilDiv(j.wide, limits.group*j.kern.width())
		sizeB = j.deep * j.wide
	}
	for i := range min(2, j.sections) {
		m := &j.memory[i]
		m.a, m.b = grow(m.a, sizeA), grow(m.b, sizeB)
	}
	j.next.Store(0)
	j.packed = zeros(j.packed, j.sections)
	j.computed = zeros(j.computed, j.blocks)
}

// zeros returns n counters set to zero, using the memory of c if it suffices.
func zeros(c []atomic.Int32, n int) []atomic.Int32 {
	if cap(c) < n {
		return make([]atomic.Int32, n)
	}
	c = c[:n]
	for i := range c {
		c[i].Store(0)
	}
	return c
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
