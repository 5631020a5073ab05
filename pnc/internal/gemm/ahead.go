package gemm

import "unsafe"

// Matrices too large for the cache come from memory with a delay of hundreds of
// operations. Kernels hide it: while a tile is computed, they fetch lines that
// will be needed later.

const (
	line      = 64 // bytes that memory is fetched by
	aheadStep = 4  // steps along the depth in which a kernel fetches a line
)

// path is what a kernel fetches: the address at which it begins and the bytes by
// which it proceeds. Addresses are not followed, so that they may be anything, but
// the processor takes long to find out that one is nowhere.
type path = [2]uintptr

// walk is a list of lines to be fetched: runs of equal length whose lines are by
// bytes apart, one run after the other.
type walk struct {
	start     uintptr // of the run
	by        uintptr
	length    int // of a run
	done      int // of this one
	runs      int // left
	nextStart uintptr
}

// over returns the walk over rows of cols elements, ld apart.
func over[T Float](x []T, rows, cols, ld int) walk {
	if rows <= 0 || cols <= 0 {
		return walk{}
	}
	start := uintptr(unsafe.Pointer(&x[0]))
	bytes, stride := uintptr(cols*sizeof[T]()), uintptr(ld*sizeof[T]())
	if bytes >= stride { // one row
		return walk{start: start, by: line, length: int((uintptr(rows)*bytes + line - 1) / line), runs: 1}
	}
	lines := int((start%line + bytes + line - 1) / line)
	if lines >= 64 {
		return walk{start: start, by: line, length: lines, runs: rows, nextStart: stride}
	}
	// Rows are short: go down them.
	return walk{start: start, by: stride, length: rows, runs: lines, nextStart: line}
}

// next returns where the next n lines, or at least the rest of a run, begin.
func (w *walk) next(n int) (at, by uintptr, ok bool) {
	if w.runs == 0 {
		return 0, 0, false
	}
	at, by = w.start+uintptr(w.done)*w.by, w.by
	if w.done += n; w.done >= w.length {
		w.done = 0
		w.start += w.nextStart
		w.runs--
	}
	return at, by, true
}

// fetch takes the next n lines of the walk for the kernel to fetch.
func (b *buffers[T]) fetch(n int) {
	at, by, ok := b.walk.next(n)
	if !ok {
		at = uintptr(unsafe.Pointer(b)) // in the cache
	}
	b.path = path{at, by}
}

// walkA returns the walk over the first block of A for an area.
func (p *product[T]) walkA(t area, shared section[T]) walk {
	rows, depth := t.i1-t.i0, min(p.depth, t.l1-t.l0)
	switch {
	case rows <= 0:
		return walk{}
	case len(shared.a) > 0:
		a := p.blockOfA(t.i0, t.l0, depth, shared)
		return over(a, 1, min(len(a), p.sizeA(rows, depth)), 1)
	case p.transA:
		return over(p.a[t.l0*p.lda+t.i0:], depth, rows, p.lda)
	}
	return over(p.a[t.i0*p.lda+t.l0:], rows, t.l1-t.l0, p.lda)
}

// walkB returns the walk over rows [l,l+depth) and columns [j,j+cols) of op(B).
func (p *product[T]) walkB(l, depth, j, cols int) walk {
	if p.transB {
		return over(p.b[j*p.ldb+l:], cols, depth, p.ldb)
	}
	return over(p.b[l*p.ldb+j:], depth, cols, p.ldb)
}

// depthAfter returns the walk over the block of A, which is transposed, that
// follows the one at column l, or else the one ahead.
func (p *product[T]) depthAfter(t area, l int, ahead walk) walk {
	if t.l0 = l + p.depth; t.l0 >= t.l1 {
		return ahead
	}
	return p.walkA(t, section[T]{})
}

// groupAfter returns the walk over the next group of panels of B that is packed
// for area t, or else the first for the area after it, if the next one begins at
// row l and column j.
func (p *product[T]) groupAfter(t, after area, l, j int) walk {
	if j >= t.j1 {
		l, j = l+p.depth, t.j0
	}
	if l >= t.l1 {
		t, l, j = after, after.l0, after.j0
	}
	if l >= t.l1 || j >= t.j1 {
		return walk{}
	}
	return p.walkB(l, min(p.depth, t.l1-l), j, min(limits.group*p.kern.width(), t.j1-j))
}
