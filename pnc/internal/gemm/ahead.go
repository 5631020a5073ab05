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
