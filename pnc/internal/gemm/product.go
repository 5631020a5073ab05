package gemm

import "unsafe"

// product is a matrix product in progress. The depth k is split into blocks
// whose sums are added to C one after another. The split depends only on k, so that
// neither the number of goroutines nor the place of an element in C changes its
// bits.
type product[T Float] struct {
	kern           *kernels[T]
	transA, transB bool
	m, n, k        int
	alpha, beta    T
	a, b, c        []T
	lda, ldb, ldc  int
	depth          int                // of a block; the last one may have less
	then           func(from, to int) // for finished rows, or nil
}

// splitDepth returns the depth of the equal blocks that k is split into.
func splitDepth(k int) int {
	if k <= limits.maxDepth {
		return (k + 15) &^ 15
	}
	blocks := ceilDiv(k, limits.maxDepth)
	return roundUp(ceilDiv(k, blocks), 16)
}

// roundUp returns the least multiple that is not below n.
func roundUp(n, multiple int) int { return ceilDiv(n, multiple) * multiple }

// area is rows [i0,i1) and columns [j0,j1) of C and [l0,l1) of the depth.
type area struct{ i0, i1, j0, j1, l0, l1 int }

// block computes an area. If A or B is not among what is shared, it is used in place
// or packed into buf. Meanwhile the walk ahead, and what the area after this one
// needs, are prefetched.
func (p *product[T]) block(t, after area, ahead walk, shared section[T], buf *buffers[T]) {
	width := p.kern.width()
	inPlace := len(shared.b) == 0 && p.inPlaceB(t.i1-t.i0)
	packs := len(shared.b) == 0 && !inPlace
	buf.walk = ahead
	for l := t.l0; l < t.l1; l += p.depth {
		depth := min(p.depth, t.l1-l)
		beta := p.beta
		if l > 0 {
			beta = 1
		}
		a := p.rowsOfA(t, l, depth, shared, buf)
		if p.transA && len(shared.a) == 0 {
			buf.walk = p.depthAfter(t, l, ahead)
		}
		for j := t.j0; j < t.j1; {
			cols := t.j1 - j
			if packs {
				cols = min(cols, limits.group*width)
			}
			direct := inPlace
			if rest := cols % width; direct && rest > 0 && !p.kern.masked {
				// Tiles would read whole vectors, beyond the rest: pack it, after the others.
				direct = cols > rest
				cols = max(rest, cols-rest)
			}
			var b panels[T]
			switch {
			case len(shared.b) > 0:
				b = panels[T]{shared.b[(l-shared.row)*shared.wide+(j-shared.column)*depth:], 1, width, width * depth}
			case direct:
				b = panels[T]{p.b[l*p.ldb+j:], 1, p.ldb, width}
			default:
				b = p.packB(l, depth, j, cols, buf)
			}
			if packs {
				buf.walk = p.groupAfter(t, after, l, j+cols)
			}
			p.tiles(t.i0, t.i1, j, j+cols, depth, beta, a, b, buf)
			j += cols
		}
	}
}

// tiles computes rows [i0,i1) and columns [j0,j1) of C from one block of A and B.
func (p *product[T]) tiles(i0, i1, j0, j1, depth int, beta T, a, b panels[T], buf *buffers[T]) {
	kern := p.kern
	width, height, lanes := kern.width(), kern.height(), kern.lanes
	for j := j0; j < j1; j += width {
		cols, vectors := min(width, j1-j), 1
		if cols > lanes {
			cols, vectors = cols-lanes, 2
		}
		tall := kern.byColumns[vectors-1]
		if a.along == 1 {
			tall = kern.byRows[vectors-1]
		}
		i, first := i0, 0 // first element of the tile's panel of A
		for t, h := range kern.heights {
			tile := tall
			if t > 0 {
				tile = kern.short[t-1][vectors-1]
			}
			for ; i+h <= i1; i += h {
				buf.fetch(depth / aheadStep)
				tile(depth, &a.data[first], a.across, a.along, &b.data[0], b.along,
					&p.c[i*p.ldc+j], p.ldc, cols, p.alpha, beta, &buf.path)
				if first += h * a.across; h == height {
					first += a.step - h*a.across
				}
			}
		}
		b.data = b.data[min(b.step, len(b.data)):]
	}
}

func sizeof[T Float]() int {
	var x T
	return int(unsafe.Sizeof(x))
}
