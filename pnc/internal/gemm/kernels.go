package gemm

import "pnclab/pnc/internal/gemm/isa"

//go:generate go run ./gen

// kernels are the inner loops of one path for one element type. Strides are in
// elements.
type kernels[T Float] struct {
	// lanes is the number of elements in a vector. A tile is one or two
	// vectors wide.
	lanes int

	// heights are the numbers of rows of a tile, tallest first; the last is 1.
	heights []int

	// byRows and byColumns compute the tallest tiles, one and two vectors wide. byRows
	// requires csa = 1, byColumns rsa = 1.
	byRows, byColumns [2]tileFunc[T]

	// short[i][v-1] computes heights[1+i] rows of v vectors.
	short [][2]tileFunc[T]

	// masked says that tiles read nothing of B beyond their columns.
	masked bool

	// copyRows copies rows of cols elements, at most the width of a tile. It may
	// write more than cols elements of a row, but no more than that width.
	copyRows func(rows, cols int, src *T, lds int, dst *T, ldd int)

	// packTall, unless it is nil, copies rows with as many elements as the tallest
	// tile has rows, one directly after another. Unlike copyRows, it writes nothing
	// beyond them.
	packTall func(blocks int, src *T, lds int, dst *T)
	tallRows int // rows in a block

	// transpose writes the transpose of 4 rows of run*blocks elements.
	transpose func(blocks int, src *T, lds int, dst *T, ldd int)
	run       int
}

// tileFunc computes a tile of C from k columns of A and k rows of B:
//
//	C = α·A·B + β·C
//
// Element (i,l) of A is at a[i*rsa+l*csa], row l of B at b[l*rsb], row i of C at
// c[i*rsc]. Only the first cols elements of the tile's last vector are written, and
// if masked is set only these are read of B, otherwise whole vectors. C is not read if
// β = 0. k is at least 1. The tallest tiles prefetch the path ahead.
type tileFunc[T Float] func(k int, a *T, rsa, csa int, b *T, rsb int, c *T, rsc, cols int, alpha, beta T, ahead *path)

// width returns the number of columns of the widest tile.
func (k *kernels[T]) width() int { return 2 * k.lanes }

// height returns the number of rows of the tallest tile.
func (k *kernels[T]) height() int { return k.heights[0] }

// kernelsOf returns the kernels of the path in use.
func kernelsOf[T Float]() *kernels[T] {
	path := isa.Current()
	if k, ok := any(&kernels32[path]).(*kernels[T]); ok {
		return k
	}
	return any(&kernels64[path]).(*kernels[T])
}
