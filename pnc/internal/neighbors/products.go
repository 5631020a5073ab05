package neighbors

import (
	"math"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
)

// products bounds the squared distances between all rows of a matrix by matrix products in
// T. With x the rows, multiplied by a power of two such that the largest number is near
// one, the squared distance of x_i and x_j is at least
//
//	-2⟨x_i, x_j⟩ + low_i + low_j,  low_i = (1-η)|x_i|² - δ,
//
// and at most wide_i + wide_j more than that, wide_i = 2(η|x_i|² + δ). In units of
// u(|x_i|² + |x_j|²), with the unit u of T, the dot product, in any order of summation, is
// off by d, rounding of rows to T adds 4, of squares 1, and of the three sums of bounds
// and limits 8. In double precision squares, d, and the sum of squared differences that
// the result is compared with, d/2 + 8, round as well; in single precision these are
// negligible. η is 1.1(d+16)u in single and 4(d+8)u in double precision. δ is for what is
// lost below the smallest normal number.
type products[T gemm.Float] struct {
	of        *distances
	x         []T
	low, wide []T
	scale     float64 // of x
}

func newProducts[T gemm.Float](a *distances) *products[T] {
	n, d := a.z.Dims()
	eta, smallest := 4*float64(d+8)*0x1p-53, 0x1p-1022
	if _, single := any(T(0)).(float32); single {
		eta, smallest = 1.1*float64(d+16)*0x1p-24, 0x1p-126
	}
	delta := 4 * float64(d+8) * smallest
	var largest float64
	for i := range n {
		for j, v := range a.z.RawRowView(i) {
			largest = max(largest, math.Abs(v-a.mean[j]))
		}
	}
	_, exponent := math.Frexp(largest)
	p := &products[T]{of: a, x: make([]T, n*d), low: make([]T, n), wide: make([]T, n), scale: math.Ldexp(1, -exponent)}
	crew.Blocks(n, 64, func(from, to int) {
		for i := from; i < to; i++ {
			var square float64
			x := p.row(i)
			for j, v := range a.z.RawRowView(i) {
				x[j] = T((v - a.mean[j]) * p.scale)
				square += float64(x[j]) * float64(x[j])
			}
			p.low[i] = T((1-eta)*square - delta)
			p.wide[i] = T(2 * (eta*square + delta))
		}
	})
	return p
}

// row returns x_i.
func (p *products[T]) row(i int) []T {
	d := len(p.of.mean)
	return p.x[i*d : (i+1)*d : (i+1)*d]
}

// bounds returns bounds of the squared distance of x_i and x_j, of which -2⟨x_i, x_j⟩ is
// given.
func (p *products[T]) bounds(i, j int, product T) (low, high T) {
	low = product + p.low[i] + p.low[j]
	return low, low + p.wide[i] + p.wide[j]
}

// middle returns what i adds to the middle of the bounds.
func (p *products[T]) middle(i int) T { return p.low[i] + p.wide[i]/2 }

// exact returns the squared distance of x_i and x_j from the differences of the rows.
func (p *products[T]) exact(i, j int) float64 { return p.of.exact(i, j) * p.scale * p.scale }

// productsMemory is the number of products that are computed at a time.
const productsMemory = 1 << 21

// within calls found(i, j, -2⟨x_i, x_j⟩) for every sample i and every other sample j for which
//
//	-2⟨x_i, x_j⟩ + low_j ≤ limit_i.
//
// Calls for different i are concurrent, and found may lower the limit of its i. enough is that
// of visit.
func (p *products[T]) within(limit []T, found func(i, j int, product T), enough func(m int) bool) bool {
	row := func(i, first int, products []T) {
		low, most := p.low[first:], limit[i]
		low = low[:len(products)]
		for c, v := range products {
			if v+low[c] <= most && first+c != i {
				found(i, first+c, v)
				most = limit[i]
			}
		}
	}
	column := func(i, first int, products []T) {
		low, limit := p.low[i], limit[first:]
		limit = limit[:len(products)]
		for c, v := range products {
			if v+low <= limit[c] {
				found(first+c, i, v)
			}
		}
	}
	return p.visit(row, column, enough)
}

// visit computes -2⟨x_i, x_j⟩ for all pairs and passes each of them twice: in a call
// row(i, first, products) for j = first, first+1, ... and in such a call for j, or in a call
// column(i, first, products). Calls for different i of row, and for different j of column,
// are concurrent. enough, if not nil, is called when all pairs of the rows up to m, the
// first ones, have been passed, and ends the visit if it returns false.
func (p *products[T]) visit(row, column func(i, first int, products []T), enough func(m int) bool) bool {
	n, d := p.of.z.Dims()
	size := min(max(64, min(512, productsMemory/n)), n)
	block := make([]T, size*n)
	for lo := 0; lo < n; lo += size {
		m, columns := min(size, n-lo), n-lo
		gemm.Mul(false, true, m, columns, d, -2, p.x[lo*d:], d, p.x[lo*d:], d, 0, block, columns)
		crew.Blocks(m, 8, func(from, to int) {
			for r := from; r < to; r++ {
				row(lo+r, lo, block[r*columns:(r+1)*columns])
			}
		})
		crew.Blocks(columns-m, 1024, func(from, to int) {
			for r := range m {
				column(lo+r, lo+m+from, block[r*columns+m+from:r*columns+m+to])
			}
		})
		if lo == 0 && enough != nil && !enough(m) {
			return false
		}
	}
	return true
}
