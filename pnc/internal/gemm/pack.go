package gemm

// panels are the operands of a column or row of tiles: panel q holds the rows of A,
// or the columns of B, of the q-th tile. Its element (i,l), where l counts along
// the depth, is data[q*step+i*across+l*along].
type panels[T Float] struct {
	data                []T
	across, along, step int
}

// buffers hold packed blocks of A and B, results on their way to C, and what is to
// be prefetched for later tiles.
type buffers[T Float] struct {
	a, b, c []T
	walk    walk
	path    path
}

// grow returns a slice of at least n elements, using the memory of s if it suffices.
func grow[T Float](s []T, n int) []T {
	if cap(s) < n {
		// Slices of 32 KiB or more start at a page boundary; smaller ones may not
		// even start at a multiple of a vector's size.
		return make([]T, max(n, 1<<13))
	}
	return s[:n]
}

// rowsOfA returns the rows of an area and columns [l,l+depth) of op(A).
func (p *product[T]) rowsOfA(t area, l, depth int, shared section[T], buf *buffers[T]) panels[T] {
	switch {
	case len(shared.a) > 0:
		return p.packedA(p.blockOfA(t.i0, l, depth, shared), depth)
	case p.packsA(depth, t.j1-t.j0):
		buf.a = grow(buf.a, p.sizeA(t.i1-t.i0, depth))
		p.packA(t.i0, t.i1, l, depth, buf.a)
		return p.packedA(buf.a, depth)
	case p.transA:
		return panels[T]{p.a[l*p.lda+t.i0:], 1, p.lda, p.kern.height()}
	}
	return panels[T]{p.a[t.i0*p.lda+l:], p.lda, 1, p.kern.height() * p.lda}
}

// packsA reports whether A is packed for blocks of the given depth and number of
// columns.
func (p *product[T]) packsA(depth, cols int) bool {
	switch {
	case cols <= p.kern.width(): // little reuse
		return false
	case !p.transA: // Tiles are faster if A is stored by columns.
		return cols >= limits.group*p.kern.width() || collide[T](p.lda)
	}
	// Unpacked, every cache line of A is read again for each column of tiles.
	outsize := depth*p.lda*sizeof[T]() > limits.smallA
	return outsize && (cols > limits.group*p.kern.width() || collide[T](p.lda))
}

// collide reports whether rows at that distance, in elements, compete for the same
// sets of the cache, which may double the time of a product.
func collide[T Float](stride int) bool { return stride*sizeof[T]()%2048 == 0 }

// Stride returns a leading dimension for rows of n elements with which products are
// fast: n, or a little more where rows would compete for the same sets of the cache.
func Stride[T Float](n int) int {
	if collide[T](n) {
		n += line / sizeof[T]()
	}
	return n
}

// panelOfA returns the number of elements that a packed panel of A occupies. It has
// room at the end because copyRows may write more than the height of a panel.
func (p *product[T]) panelOfA(depth int) int { return p.kern.height()*depth + p.kern.width() }

// sizeA returns the number of elements that packed rows of A occupy.
func (p *product[T]) sizeA(rows, depth int) int {
	return ceilDiv(rows, p.kern.height()) * p.panelOfA(depth)
}

// packA packs rows [i0,i1) and columns [l,l+depth) of op(A) into panels at dst.
func (p *product[T]) packA(i0, i1, l, depth int, dst []T) {
	height := p.kern.height()
	if p.transA {
		p.copyPanels(p.a[l*p.lda+i0:], p.lda, depth, i1-i0, height, dst, p.panelOfA(depth))
		return
	}
	for i := i0; i < i1; i += height {
		p.transposePanel(p.a[i*p.lda+l:], p.lda, depth, min(height, i1-i), height, dst)
		dst = dst[min(len(dst), p.panelOfA(depth)):]
	}
}

// packedA returns the panels that packA has packed into data.
func (p *product[T]) packedA(data []T, depth int) panels[T] {
	return panels[T]{data, 1, p.kern.height(), p.panelOfA(depth)}
}

// inPlaceB reports whether blocks of the given number of rows use B without packing
// it: because it fits into the cache, or because it is reused too little.
func (p *product[T]) inPlaceB(rows int) bool {
	if p.transB {
		return false
	}
	size := p.k * p.n * sizeof[T]()
	return size <= limits.smallB && p.ldb*sizeof[T]()%4096 != 0 || size <= limits.largeB && rows <= limits.fewRows
}

// packB packs rows [l,l+depth) and columns [j,j+cols) of op(B) into panels in buf.
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
		p.transposePanel(p.b[(j+c)*p.ldb+l:], p.ldb, depth, min(width, cols-c), width, dst[c*depth:])
	}
}

// copyPanels packs depth rows of src into panels of the given width.
func (p *product[T]) copyPanels(src []T, ld, depth, cols, width int, dst []T, step int) {
	// Eight rows at a time across all panels: rows of src are far apart, often in
	// the same sets of the cache, and are best read in long runs.
	const chunk = 8
	for d := 0; d < depth; d += chunk {
		rows := min(chunk, depth-d)
		to := d * width
		for c := 0; c < cols; c += width {
			p.copyPanel(src[d*ld+c:], ld, rows, min(width, cols-c), width, dst[to:])
			to += step
		}
	}
}

// copyPanel packs a few rows of src into one panel.
func (p *product[T]) copyPanel(src []T, ld, rows, cols, width int, dst []T) {
	if tall := p.kern.packTall; tall != nil && cols == p.kern.height() && cols == width {
		if blocks := rows / p.kern.tallRows; blocks > 0 {
			tall(blocks, &src[0], ld, &dst[0])
			done := blocks * p.kern.tallRows
			if rows -= done; rows == 0 {
				return
			}
			src, dst = src[done*ld:], dst[done*width:]
		}
	}
	p.kern.copyRows(rows, cols, &src[0], ld, &dst[0], width)
}

// transposePanel packs rows of src, of depth elements, as the columns of one panel
// of the given width.
func (p *product[T]) transposePanel(src []T, ld, depth, rows, width int, dst []T) {
	const together = 4
	run := p.kern.run
	if rows < together || depth < run {
		for q := range rows {
			to := dst[q:]
			for d, v := range src[q*ld:][:depth] {
				to[d*width] = v
			}
		}
		return
	}
	whole := depth / run * run
	// The chunk of columns is chosen so that the part of the panel that it fills
	// stays in the first-level cache while all rows are copied to it.
	chunk := max(1, limits.panelPart/(width*sizeof[T]())/run) * run
	for d := 0; d < depth; d += chunk {
		blocks := min(chunk, whole-d) / run
		for r := 0; r < rows; r += together {
			r := min(r, rows-together) // the last rows overlap with those before
			if blocks > 0 {
				p.kern.transpose(blocks, &src[r*ld+d], ld, &dst[d*width+r], width)
			}
			if last := depth - run; d+chunk >= depth && whole < depth { // and so do the last columns
				p.kern.transpose(1, &src[r*ld+last], ld, &dst[last*width+r], width)
			}
		}
	}
}
