package gemm

// panels are the operands of a row or column of tiles: panel q holds the rows of
// A, or columns of B, of the q-th tile. Its element (i,l), where l counts along
// the depth, is data[q*step+i*across+l*along].
type panels[T Float] struct {
	data                []T
	across, along, step int
}

// buffers hold packed blocks of A and B, and results on their way to C.
type buffers[T Float] struct{ a, b, c []T }

// grow returns a slice of length n, s itself where it is long enough.
func grow[T Float](s []T, n int) []T {
	if cap(s) < n {
		// Slices of at least 32 KiB start at a page, smaller ones may not even
		// start at a vector.
		return make([]T, max(n, 1<<13))
	}
	return s[:n]
}

// rowsOfA returns rows [i0,i1) and columns [l,l+depth) of op(A) for a block of
// the given number of columns.
func (p *product[T]) rowsOfA(i0, i1, l, depth, cols int, buf *buffers[T]) panels[T] {
	switch {
	case p.sharedA != nil: // of all rows
		return p.packedA(p.sharedA[l/p.depth*p.sizeA(p.m, p.depth):], depth)
	case p.packsA(depth, cols):
		buf.a = grow(buf.a, p.sizeA(i1-i0, depth))
		p.packA(i0, i1, l, depth, buf.a)
		return p.packedA(buf.a, depth)
	case p.transA:
		return panels[T]{p.a[l*p.lda+i0:], 1, p.lda, p.kern.height()}
	}
	return panels[T]{p.a[i0*p.lda+l:], p.lda, 1, p.kern.height() * p.lda}
}

// packsA tells whether A is packed for blocks of the given depth and number of
// columns.
func (p *product[T]) packsA(depth, cols int) bool {
	stride := p.lda * sizeof[T]()
	if cols <= p.kern.width() { // little reuse
		return false
	}
	if p.transA {
		return depth*stride > 1<<18 // not all in the cache
	}
	// Rows a multiple of 2 KiB apart compete for the same sets of the cache: in
	// place it may then take twice the time, depending on where they lie.
	return stride%2048 == 0
}

// Rows of A are packed with some space between them, and panels of its transpose
// with some for copyRows, which may write more than the height of a panel.
func (p *product[T]) rowOfA(depth int) int   { return depth + 16 }
func (p *product[T]) panelOfA(depth int) int { return p.kern.height()*depth + p.kern.width() }

// sizeA returns the number of elements that packed rows take.
func (p *product[T]) sizeA(rows, depth int) int {
	if p.transA {
		return ceilDiv(rows, p.kern.height()) * p.panelOfA(depth)
	}
	return rows * p.rowOfA(depth)
}

// packA packs rows [i0,i1) and columns [l,l+depth) of op(A) into dst.
func (p *product[T]) packA(i0, i1, l, depth int, dst []T) {
	if p.transA {
		p.copyPanels(p.a[l*p.lda+i0:], p.lda, depth, i1-i0, p.kern.height(), dst, p.panelOfA(depth))
		return
	}
	for i := range i1 - i0 {
		copy(dst[i*p.rowOfA(depth):][:depth], p.a[(i0+i)*p.lda+l:])
	}
}

// packedA returns the rows that packA has packed into data.
func (p *product[T]) packedA(data []T, depth int) panels[T] {
	if p.transA {
		return panels[T]{data, 1, p.kern.height(), p.panelOfA(depth)}
	}
	return panels[T]{data, p.rowOfA(depth), 1, p.kern.height() * p.rowOfA(depth)}
}

// inPlaceB tells whether B is best used where it lies by blocks of the given
// number of rows: if it fits the cache, or is used too few times to be worth
// packing.
func (p *product[T]) inPlaceB(rows int) bool {
	if p.transB {
		return false
	}
	size, stride := p.k*p.n*sizeof[T](), p.ldb*sizeof[T]()
	return size <= 3<<19 && stride%4096 != 0 || size <= 1<<22 && rows <= 24
}

// packB packs rows [l,l+depth) and columns [j,j+cols) of op(B).
func (p *product[T]) packB(l, depth, j, cols int, buf *buffers[T]) panels[T] {
	width := p.kern.width()
	buf.b = grow(buf.b, roundUp(cols, width)*depth)
	p.packInto(buf.b, l, depth, j, cols)
	return panels[T]{buf.b, 1, width, width * depth}
}

// packInto packs rows [l,l+depth) and columns [j,j+cols) of op(B) into panels at dst.
func (p *product[T]) packInto(dst []T, l, depth, j, cols int) {
	width := p.kern.width()
	if !p.transB {
		p.copyPanels(p.b[l*p.ldb+j:], p.ldb, depth, cols, width, dst, width*depth)
		return
	}
	for c := 0; c < cols; c += width {
		p.transposePanel(p.b[(j+c)*p.ldb+l:], p.ldb, depth, min(width, cols-c), dst[c*depth:])
	}
}

// copyPanels packs depth rows of src into panels of the given width.
func (p *product[T]) copyPanels(src []T, ld, depth, cols, width int, dst []T, step int) {
	// Eight rows at a time across all panels: rows of src lie far apart, often in
	// the same set of the cache, and are best read in long runs.
	const chunk = 8
	for d := 0; d < depth; d += chunk {
		rows := min(chunk, depth-d)
		to := d * width
		for c := 0; c < cols; c += width {
			p.kern.copyRows(rows, min(width, cols-c), &src[d*ld+c], ld, &dst[to], width)
			to += step
		}
	}
}

// transposePanel packs cols rows of src, of depth elements, into one panel.
func (p *product[T]) transposePanel(src []T, ld, depth, cols int, dst []T) {
	kern, width := p.kern, p.kern.width()
	blocks := depth / kern.square
	done := 0 // columns
	for ; blocks > 0 && done+kern.square <= cols; done += kern.square {
		kern.transpose(blocks, &src[done*ld], ld, &dst[done], width)
	}
	for q := range cols {
		first := 0
		if q < done {
			first = blocks * kern.square
		}
		row := src[q*ld:][:depth]
		for d := first; d < depth; d++ {
			dst[d*width+q] = row[d]
		}
	}
}
