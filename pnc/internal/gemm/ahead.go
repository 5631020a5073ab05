package gemm

import "unsafe"

// Matrices too large for the cache arrive from memory with a delay of hundreds of
// operations. Kernels hide it: while they compute a tile, they prefetch cache lines
// that will be needed later.

const (
	line      = 64 // bytes in a cache line
	aheadStep = 4  // steps along the depth for each line that a kernel prefetches
)

// path tells a kernel what to prefetch: the address of the first line and the
// distance in bytes from one to the next. Any address is safe, because nothing is
// read from it, but the processor takes long over addresses that are not mapped.
type path = [2]uintptr

// walk is a list of lines to prefetch: runs of equal length, one after another, whose
// lines are a fixed distance apart.
type walk struct {
	start     uintptr // address of the run
	by        uintptr // bytes from one line of a run to the next
	length    int     // lines in a run
	done      int     // lines of the current run already taken
	runs      int     // runs left, including the current one
	nextStart uintptr // bytes from one run to the next
}

// over returns the walk over rows of cols elements that are ld elements apart.
func over[T Float](x []T, rows, cols, ld int) walk {
	if rows <= 0 || cols <= 0 {
		return walk{}
	}
	start := uintptr(unsafe.Pointer(&x[0]))
	bytes, stride := uintptr(cols*sizeof[T]()), uintptr(ld*sizeof[T]())
	if bytes >= stride { // without gaps: as one long row
		return walk{start: start, by: line, length: int((uintptr(rows)*bytes + line - 1) / line), runs: 1}
	}
	lines := int((start%line + bytes + line - 1) / line)
	if lines >= 64 {
		return walk{start: start, by: line, length: lines, runs: rows, nextStart: stride}
	}
	// Rows are short: walk down their columns of lines.
	return walk{start: start, by: stride, length: rows, runs: lines, nextStart: line}
}

// next takes the next n lines, or the rest of the run if that is less. It returns
// the address of the first and the distance in bytes between them; ok is false if
// the walk has ended.
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

// fetch gives the next n lines of the walk to the kernel to prefetch.
func (b *buffers[T]) fetch(n int) {
	at, by, ok := b.walk.next(n)
	if !ok {
		at = uintptr(unsafe.Pointer(b)) // is in the cache, so it costs nothing
	}
	b.path = path{at, by}
}

// walkA returns the walk over the first block of A that an area needs.
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

// depthAfter returns the walk over the block of A that follows the one at column l
// of op(A) in area t, or ahead if that is the last. It is for transposed A.
func (p *product[T]) depthAfter(t area, l int, ahead walk) walk {
	if t.l0 = l + p.depth; t.l0 >= t.l1 {
		return ahead
	}
	return p.walkA(t, section[T]{})
}

// groupAfter returns the walk over the next group of panels of B to be packed: that
// of area t at row l and column j, or the first of the area after it if t has no
// more.
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
