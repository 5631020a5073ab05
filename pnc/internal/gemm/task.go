package gemm

import (
	"runtime"
	"sync/atomic"
)

// work performs tasks until none is left. It always draws the next task before it
// performs the current one, so that it can prefetch what the next one needs.
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

// draw returns the next task. The packing tasks of the first section come first,
// then the blocks of each section with the packing tasks of the next section spread
// among them.
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

// compute computes a block. Meanwhile it prefetches what the task after it needs.
func (j *job[T]) compute(t, after task, buf *buffers[T]) {
	await(&j.packed[t.section], j.tasksA+j.tasksB)
	await(&j.computed[t.index], t.section)
	this := j.area(t)
	if this.j0 < this.j1 { // the last section may have fewer blocks
		j.block(this, j.area(after), j.walk(after), j.section(t.section), buf)
	}
	if j.then != nil && t.section == j.sections-1 { // a block of a section has all its columns
		j.then(this.i0, this.i1)
	}
	j.computed[t.index].Add(1)
}

// area returns the area that a task computes, an empty one if it is not a block.
func (j *job[T]) area(t task) area {
	if t.packs || t.section >= j.sections {
		return area{}
	}
	of := j.extent(t.section)
	bands := ceilDiv(j.m, j.rows)
	i, c := t.index%bands*j.rows, of.j0+t.index/bands*j.cols
	return area{i, min(i+j.rows, of.i1), c, min(c+j.cols, of.j1), of.l0, of.l1}
}

// walk returns the walk over the memory that a task reads first.
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
		return over(j.a[from*j.lda+l:], rows, depth, j.lda)
	default:
		l, depth, c, cols := j.pieceOfB(t)
		if depth <= 0 || cols <= 0 {
			return walk{}
		}
		return j.walkB(l, depth, c, cols)
	}
}

// await returns when c is at least n. It never waits long: the tasks that c counts
// were drawn earlier, so that they or tasks before them are being performed.
func await(c *atomic.Int32, n int) {
	for spin := 0; int(c.Load()) < n; spin++ {
		if spin > 64 {
			runtime.Gosched()
		}
	}
}
