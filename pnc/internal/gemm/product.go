package gemm

import "unsafe"

// product is a matrix product in progress. The depth k is split into blocks
// whose sums are added to C one after the other; the split depends on k alone,
// so that neither the number of goroutines nor the place of an element in C
// changes its bits.
type product[T Float] struct {
	kern           *kernels[T]
	transA, transB bool
	m, n, k        int
	alpha, beta    T
	a, b, c        []T
	lda, ldb, ldc  int
	depth          int                // of a block; the last may be less
	then           func(from, to int) // for finished rows, or nil

	// What goroutines share, if anything: a section of op(B) of that many columns,
	// packed in panels, or all of op(A), packed by blocks of its depth.
	shared  []T
	wide    int
	sharedA []T
}

// maxDepth bounds the depth of a block. More depth means fewer passes over C;
// less means that the blocks of A and B in use stay in the cache.
const maxDepth = 384

// splitDepth returns the depth of the equal blocks that k is split into.
func splitDepth(k int) int {
	blocks := ceilDiv(k, maxDepth)
	return roundUp(ceilDiv(k, blocks), 8)
}

// roundUp returns the least multiple that is not below n.
func roundUp(n, multiple int) int { return ceilDiv(n, multiple) * multiple }

// block computes rows [i0,i1) and columns [j0,j1) of C from columns [l0,l1) of
// op(A). B is taken from the section that is packed, or else used where it lies or
// packed into buf.
func (p *product[T]) block(i0, i1, j0, j1, l0, l1 int, buf *buffers[T]) {
	width := p.kern.width()
	for l := l0; l < l1; l += p.depth {
		depth := min(p.depth, l1-l)
		beta := p.beta
		if l > 0 {
			beta = 1
		}
		a := p.rowsOfA(i0, i1, l, depth, j1-j0, buf)
		for j := j0; j < j1; {
			cols := min(group*width, j1-j)
			inPlace := p.shared == nil && p.inPlaceB(i1-i0)
			if rest := cols % width; inPlace && rest > 0 && !p.kern.masked {
				// Tiles would read beyond the rest: pack it, after the others.
				inPlace = cols > rest
				cols = max(rest, cols-rest)
			}
			var b panels[T]
			switch {
			case p.shared != nil:
				b = panels[T]{p.shared[(l-l0)*p.wide+(j-j0)*depth:], 1, width, width * depth}
			case inPlace:
				b = panels[T]{p.b[l*p.ldb+j:], 1, p.ldb, width}
			default:
				b = p.packB(l, depth, j, cols, buf)
			}
			p.tiles(i0, i1, j, j+cols, depth, beta, a, b)
			j += cols
		}
	}
}

// group is the number of panels of B packed together. They share the second
// level of the cache with a block of A.
const group = 8

// tiles computes rows [i0,i1) and columns [j0,j1) of C from one block of A and B.
func (p *product[T]) tiles(i0, i1, j0, j1, depth int, beta T, a, b panels[T]) {
	kern := p.kern
	width, height, lanes := kern.width(), kern.height(), kern.lanes
	for j := j0; j < j1; j += width {
		cols, vectors := min(width, j1-j), 1
		if cols > lanes {
			cols, vectors = cols-lanes, 2
		}
		i, first := i0, 0 // first element of the tile's panel of A
		for t, h := range kern.heights {
			tile := kern.tiles[t][vectors-1]
			for ; i+h <= i1; i += h {
				tile(depth, &a.data[first], a.across, a.along, &b.data[0], b.along,
					&p.c[i*p.ldc+j], p.ldc, cols, p.alpha, beta)
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
