package gemm

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// serial is the number of multiplications up to which a product is not worth a
// second goroutine.
const serial = 1 << 23

// run computes the product with up to n goroutines, the caller among them.
func (p *product[T]) run(n int) {
	pool := poolsOf[T]()
	ops := float64(p.m) * float64(p.n) * float64(p.k) // may exceed an int
	if ops <= serial {
		n = 1
	}
	if n == 1 && (p.m <= 2*blockRows || p.inPlaceB(blockRows)) {
		buf := pool.buffers.Get().(*buffers[T])
		for i := 0; i < p.m; i += 2 * blockRows {
			to := min(i+2*blockRows, p.m)
			p.block(i, to, 0, p.n, 0, p.k, buf)
			if p.then != nil {
				p.then(i, to)
			}
		}
		pool.buffers.Put(buf)
		return
	}
	j := pool.jobs.Get().(*job[T])
	j.product = *p
	j.plan(n)
	n = min(n, max(j.blocks, j.packs))
	j.helpers.Add(n - 1)
	for range n - 1 {
		Go(&j.help)
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
// same packed copy of B: the job is cut into sections, parts of the columns and
// the depth, and the tasks of a section first pack B, then compute the blocks.
// So they are if someone waits for finished rows. Otherwise a block has all the
// rows and packs what it needs of B itself, as no one else needs the same; if A
// has to be packed, that is done for all first.
type job[T Float] struct {
	product[T]

	rows, cols int // of a block
	packs      int // packing tasks of a section
	blocks     int // block tasks of a section
	sections   int
	deep       int // depth of a section
	depths     int // sections along the depth
	memory     []T // for shared

	next, done atomic.Int64 // tasks drawn, tasks done
	helpers    sync.WaitGroup
	help       func() // work, then tell helpers
}

const (
	blockRows = 96      // of a band of C, at most
	maxShared = 1 << 22 // elements of B packed in a section, about
	tasksEach = 12      // blocks for each goroutine, so that all end together
)

// plan cuts the product into tasks for n goroutines.
func (j *job[T]) plan(n int) {
	width, height := j.kern.width(), j.kern.height()
	j.next.Store(0)
	j.done.Store(0)
	j.wide, j.deep, j.shared, j.sharedA, j.packs = j.n, j.k, nil, nil, 0
	j.rows, j.cols = j.m, j.n
	bands := j.m > 2*blockRows || j.then != nil
	if !bands {
		j.cols = max(2*width, roundUp(ceilDiv(j.n, tasksEach*n), width))
	} else {
		j.rows = min(blockRows, roundUp(ceilDiv(j.m, tasksEach*n), height))
	}
	if bands && !j.inPlaceB(j.rows) {
		packed := group * width
		j.wide = min(roundUp(j.n, packed), maxShared/j.depth/packed*packed)
		j.deep = min(roundUp(j.k, j.depth), maxShared/j.wide/j.depth*j.depth)
		j.packs = j.wide / packed * ceilDiv(j.deep, j.depth)
		j.memory = grow(j.memory, j.wide*j.deep)
		j.shared = j.memory
		j.cols = j.wide
	}
	if size := ceilDiv(j.k, j.depth) * j.sizeA(j.m, j.depth); !bands && j.packsA(j.depth, j.cols) && size <= maxShared {
		j.packs = ceilDiv(j.k, j.depth)
		j.memory = grow(j.memory, size)
		j.sharedA = j.memory
	}
	j.blocks = ceilDiv(j.m, j.rows) * ceilDiv(j.wide, j.cols)
	j.depths = ceilDiv(j.k, j.deep)
	j.sections = ceilDiv(j.n, j.wide) * j.depths
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
		if s >= j.sections {
			return
		}
		c, l := s/j.depths*j.wide, s%j.depths*j.deep
		if t < j.packs {
			j.await(s * perSection) // until the memory of the section before is free
			if j.sharedA != nil {
				j.packSharedA(t)
			} else {
				j.packShared(t, c, l)
			}
		} else {
			j.await(s*perSection + j.packs)
			t -= j.packs
			across := ceilDiv(j.wide, j.cols)
			i, c := t/across*j.rows, c+t%across*j.cols
			to := min(i+j.rows, j.m)
			j.block(i, to, c, min(c+j.cols, j.n), l, min(l+j.deep, j.k), buf)
			if j.then != nil && s == j.sections-1 { // a block of a section has all its columns
				j.then(i, to)
			}
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

// packShared packs the t-th of the groups of panels, of a block's depth each, of
// the section of B that starts at row l and column c.
func (j *job[T]) packShared(t, c, l int) {
	packed := group * j.kern.width()
	groups := j.wide / packed
	at, d := t%groups*packed, t/groups*j.depth
	depth, cols := min(j.depth, j.k-l-d), min(packed, j.n-c-at)
	if depth > 0 && cols > 0 { // the last section may be smaller
		j.packInto(j.shared[d*j.wide+at*depth:], l+d, depth, c+at, cols)
	}
}

// packSharedA packs the t-th block, of the block's depth, of all rows of A.
func (j *job[T]) packSharedA(t int) {
	l := t * j.depth
	j.packA(0, j.m, l, min(j.depth, j.k-l), j.sharedA[t*j.sizeA(j.m, j.depth):])
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
