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
		buf := pool.buffers.Get().(*buffers[T])
		for i := 0; i < p.m; i += 2 * blockRows {
			to := min(i+2*blockRows, p.m)
			p.block(area{i, to, 0, p.n, 0, p.k}, area{}, walk{}, packed[T]{}, buf)
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
	n = min(n, max(j.blocks, j.tasksA+j.tasksB))
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
// counter: blocks of C to be computed, and parts of A and B to be packed for all
// blocks that need them. If C has few rows, a block has all of them and some of
// the columns, and packs what it needs of B itself, as no one else needs the same.
// Otherwise, or if someone waits for finished rows, blocks are bands of rows.
//
// What is packed for all is one section at a time, a part of the columns and of
// the depth, so that it stays in the cache. The next section is packed between
// the blocks of this one.
type job[T Float] struct {
	product[T]

	rows, cols int // of a block
	wide, deep int // columns and depth of a section
	sharesA    bool
	sharesB    bool
	tasksA     int // packing tasks of a section
	tasksB     int
	blocks     int // of a section
	depths     int // sections along the depth
	sections   int
	memory     [2]packed[T] // of a section and the next

	next     atomic.Int64   // tasks drawn
	packed   []atomic.Int32 // packing tasks done of each section
	computed []atomic.Int32 // sections done of each block
	helpers  sync.WaitGroup
	help     func() // work, then tell helpers
}

const (
	blockRows = 96      // of a band of C, at most
	tasksEach = 12      // blocks for each goroutine, so that all end together
	inCache   = 3 << 18 // bytes of B that stay in the second cache beside the rest
	maxShared = 1 << 24 // bytes of B in a section
	pieceA    = 16      // rows of A that are packed by one task, if it is transposed
)

// plan cuts the product into tasks for n goroutines.
func (j *job[T]) plan(n int) {
	width, height := j.kern.width(), j.kern.height()
	j.wide, j.deep = j.n, roundUp(j.k, j.depth)
	if j.m > 2*blockRows || j.then != nil {
		j.rows, j.cols = min(blockRows, roundUp(ceilDiv(j.m, tasksEach*n), height)), j.n
		j.sharesA = j.transA && j.packsA(j.depth, j.cols)
		j.sharesB = !j.inPlaceB(j.rows)
	} else {
		j.rows, j.cols = j.m, max(2*width, roundUp(ceilDiv(j.n, tasksEach*n), width))
		j.sharesA = j.packsA(j.depth, j.n)
		j.sharesB = false
	}
	if j.sharesA {
		j.deep = j.depth
	}
	if j.sharesB {
		packed, most := group*width, maxShared/sizeof[T]()
		j.wide = evenly(j.n, most/j.depth, packed)
		j.deep = j.depth
		j.cols = j.wide
		if cached := inCache / sizeof[T](); j.then == nil {
			j.cols = evenly(j.wide, cached/j.depth, packed)
			if !j.sharesA {
				j.deep = max(1, min(ceilDiv(j.k, j.depth), cached/j.wide/j.depth)) * j.depth
			}
		}
	}
	j.count()
}

// evenly cuts n into pieces of about the same size, a multiple of unit that is not
// above most unless unit is.
func evenly(n, most, unit int) int {
	pieces := ceilDiv(n, max(unit, most/unit*unit))
	return roundUp(ceilDiv(n, pieces), unit)
}

// count counts the tasks and makes room for what they pack.
func (j *job[T]) count() {
	j.depths = ceilDiv(j.k, j.deep)
	j.sections = ceilDiv(j.n, j.wide) * j.depths
	j.blocks = ceilDiv(j.m, j.rows) * ceilDiv(j.wide, j.cols)
	blocks := j.deep / j.depth
	j.tasksA, j.tasksB = 0, 0
	sizeA, sizeB := 0, 0
	if j.sharesA {
		j.tasksA = blocks * j.piecesA()
		sizeA = blocks * j.sizeA(j.m, j.depth)
	}
	if j.sharesB {
		j.tasksB = blocks * ceilDiv(j.wide, group*j.kern.width())
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

// zeros returns n counters at zero, in c if there is room.
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

// work draws tasks until none is left. It draws one ahead of that at work, to
// know what it will need.
func (j *job[T]) work() {
	pool := poolsOf[T]()
	buf := pool.buffers.Get().(*buffers[T])
	defer pool.buffers.Put(buf)
	for at := j.draw(); at.section < j.sections; {
		after := j.draw()
		if at.packs {
			j.pack(at)
		} else {
			j.compute(at, after, buf)
		}
		at = after
	}
}

// task is the index-th packing task or block of a section.
type task struct {
	section int
	packs   bool
	index   int
}

// draw returns the next task. First is all packing for the first section. Then
// come the blocks of each section with the packing for the next one spread among
// them.
func (j *job[T]) draw() task {
	packs := j.tasksA + j.tasksB
	t := int(j.next.Add(1)) - 1 - packs
	if t < 0 {
		return task{0, true, t + packs}
	}
	all := packs + j.blocks
	s, t := t/all, t%all
	before := t * packs / all
	if (t+1)*packs/all > before {
		if s+1 == j.sections { // nothing to pack
			return j.draw()
		}
		return task{s + 1, true, before}
	}
	return task{s, false, t - before}
}

// pack does a packing task.
func (j *job[T]) pack(t task) {
	for i := range j.computed { // with the last section but one, whose memory this is
		await(&j.computed[i], t.section-1)
	}
	to := j.section(t.section)
	if t.index < j.tasksA {
		l, depth, from, rows := j.pieceOfA(t)
		if rows > 0 {
			j.packPieceOfA(l, depth, from, rows, j.blockOfA(0, l, depth, to))
		}
	} else if l, depth, c, cols := j.pieceOfB(t); depth > 0 && cols > 0 {
		j.packInto(to.b[(l-to.row)*j.wide+(c-to.column)*depth:], l, depth, c, cols)
	}
	j.packed[t.section].Add(1)
}

// packPieceOfA packs a piece of a block of A.
func (j *job[T]) packPieceOfA(l, depth, from, rows int, dst []T) {
	if !j.transA {
		j.packA(0, j.m, l, depth, dst)
		return
	}
	height, step := j.kern.height(), j.panelOfA(depth)
	src, dst := j.a[(l+from)*j.lda:], dst[from*height:]
	if from+rows == depth { // nothing follows
		j.copyPanels(src, j.lda, rows, j.m, height, dst, step)
		return
	}
	// Others put the next piece behind this one. copyRows may write there.
	whole := 0
	if tall := j.kern.tallRows; tall > 0 && rows%tall == 0 {
		whole = j.m / height * height
		j.copyPanels(src, j.lda, rows, whole, height, dst, step)
	}
	for i := whole; i < j.m; i += height {
		for d := range rows {
			copy(dst[i/height*step+d*height:], src[d*j.lda:][i:min(i+height, j.m)])
		}
	}
}

// piecesA returns the number of tasks that pack a block of A.
func (j *job[T]) piecesA() int {
	if j.transA {
		return ceilDiv(j.depth, pieceA)
	}
	return 1
}

// pieceOfA returns what a task packs of A: a block of some depth from column l of
// op(A), of that, if A is transposed, the given rows.
func (j *job[T]) pieceOfA(t task) (l, depth, from, rows int) {
	_, l = j.origin(t.section)
	pieces := j.piecesA()
	l += t.index / pieces * j.depth
	depth = max(0, min(j.depth, j.k-l))
	from = min(depth, t.index%pieces*pieceA)
	return l, depth, from, min(pieceA, depth-from)
}

// pieceOfB returns what a task packs of B: columns [c,c+cols) of a block of some
// depth from row l of op(B).
func (j *job[T]) pieceOfB(t task) (l, depth, c, cols int) {
	c, l = j.origin(t.section)
	packed := group * j.kern.width()
	groups, i := ceilDiv(j.wide, packed), t.index-j.tasksA
	l += i / groups * j.depth
	c += i % groups * packed
	return l, min(j.depth, j.k-l), c, min(packed, j.n-c)
}

// compute computes a block. Meanwhile, what the task after it needs is fetched.
func (j *job[T]) compute(t, after task, buf *buffers[T]) {
	await(&j.packed[t.section], j.tasksA+j.tasksB)
	await(&j.computed[t.index], t.section)
	this := j.area(t)
	if this.j0 < this.j1 { // the last section may be smaller
		j.block(this, j.area(after), j.walk(after), j.section(t.section), buf)
	}
	if j.then != nil && t.section == j.sections-1 { // a block of a section has all its columns
		j.then(this.i0, this.i1)
	}
	j.computed[t.index].Add(1)
}

// area returns what a task computes, nothing if it does not compute.
func (j *job[T]) area(t task) area {
	if t.packs || t.section >= j.sections {
		return area{}
	}
	c, l := j.origin(t.section)
	bands := ceilDiv(j.m, j.rows)
	i, c := t.index%bands*j.rows, c+t.index/bands*j.cols
	return area{i, min(i+j.rows, j.m), c, min(c+j.cols, j.n), l, min(l+j.deep, j.k)}
}

// walk returns the walk over what a task reads first.
func (j *job[T]) walk(t task) walk {
	switch {
	case t.section >= j.sections:
		return walk{}
	case !t.packs:
		return j.walkA(j.area(t), j.section(t.section))
	case t.index < j.tasksA:
		l, depth, from, rows := j.pieceOfA(t)
		if rows <= 0 {
			return walk{}
		}
		if j.transA {
			return over(j.a[(l+from)*j.lda:], rows, j.m, j.lda)
		}
		return over(j.a[l:], j.m, depth, j.lda)
	default:
		l, depth, c, cols := j.pieceOfB(t)
		if depth <= 0 || cols <= 0 {
			return walk{}
		}
		return j.walkB(l, depth, c, cols)
	}
}

// origin returns the column and the row at which a section of B begins.
func (j *job[T]) origin(s int) (column, row int) {
	return s / j.depths * j.wide, s % j.depths * j.deep
}

// section returns a section.
func (j *job[T]) section(s int) packed[T] {
	p := j.memory[s%2]
	p.column, p.row = j.origin(s)
	p.wide = j.wide
	return p
}

// await returns when c is at least n. It is so soon: whoever drew the tasks that
// it counts is at work on them or on one before.
func await(c *atomic.Int32, n int) {
	for spin := 0; int(c.Load()) < n; spin++ {
		if spin > 64 {
			runtime.Gosched()
		}
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
