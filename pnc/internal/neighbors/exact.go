package neighbors

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
)

// distances computes the squared distances between all rows of a matrix by a matrix
// product,
//
//	|x - y|² = |x|² + |y|² - 2⟨x, y⟩,   x, y centred,
//
// which is many times faster than summing squared differences but loses digits where
// |x - y| is much smaller than |x|, as between features that have collapsed to their
// class mean. It therefore bounds its error, and callers that need the order of
// close distances recompute these from the differences.
type distances struct {
	z       *mat.Dense
	centred *mat.Dense
	squares []float64 // |x|² of the centred rows
	// relative is η in  error ≤ η (|x|² + |y|²).  With u = 2⁻⁵³, the dot product, in
	// any order of summation, is within d·u·|x||y|, a square within d·u·|x|², and
	// centring adds 2u(|x|+|y|)²; so is the sum of squared differences that it is
	// compared with. (|x|+|y|)² ≤ 2(|x|²+|y|²), and all constants are rounded up.
	relative float64
}

func newDistances(z *mat.Dense) *distances {
	n, d := z.Dims()
	a := &distances{
		z:        z,
		centred:  mat.DenseCopyOf(z),
		squares:  make([]float64, n),
		relative: 4 * float64(d+8) * 0x1p-53,
	}
	mean := make([]float64, d)
	for j := range mean {
		mean[j] = stat.Mean(mat.Col(nil, j, z), nil)
	}
	for i := range n {
		for j, m := range mean {
			row := a.centred.RawRowView(i)
			row[j] -= m
			a.squares[i] += row[j] * row[j]
		}
	}
	return a
}

// rows calls visit for every row i, from several goroutines, with the squared
// distances of row i to all rows. The error of element j is at most slack(i, j). The
// slice is valid only during the call.
func (a *distances) rows(visit func(i int, squared []float64)) {
	const memory = 1 << 22 // numbers
	n, d := a.centred.Dims()
	size := min(max(16, min(512, memory/n)), n)
	block := make([]float64, size*n)
	x := a.centred.RawMatrix()
	for lo := 0; lo < n; lo += size {
		m := min(size, n-lo)
		gemm.Mul(false, true, m, n, d, -2, x.Data[lo*x.Stride:], x.Stride, x.Data, x.Stride, 0, block, n)
		crew.Blocks(m, 8, func(from, to int) {
			for r := from; r < to; r++ {
				row := block[r*n : (r+1)*n]
				for j, s := range a.squares {
					row[j] += a.squares[lo+r] + s
				}
				visit(lo+r, row)
			}
		})
	}
}

// slack returns a bound on the error of the squared distance of rows i and j.
func (a *distances) slack(i, j int) float64 { return a.relative * (a.squares[i] + a.squares[j]) }

// exact returns the squared distance of rows i and j from their differences.
func (a *distances) exact(i, j int) float64 {
	return SquaredDistance(a.z.RawRowView(i), a.z.RawRowView(j))
}

// Exact returns the k nearest neighbours of every row of z.
func Exact(z *mat.Dense, k int) *Lists {
	n, _ := z.Dims()
	all := newDistances(z)
	lists := newCandidates(n, k)
	all.rows(func(i int, squared []float64) {
		// At least k samples are within limit, so a sample whose lower bound exceeds
		// it is not a neighbour.
		var limit float64
		for _, j := range smallestValues(squared, k, i) {
			limit = max(limit, squared[j]+all.slack(i, j))
		}
		for j, s := range squared {
			if s-all.slack(i, j) <= limit && j != i {
				lists.insert(i, j, all.exact(i, j))
			}
		}
	})
	return lists.lists()
}

// smallestValues returns the indices of the k smallest values, except the index
// except.
func smallestValues(values []float64, k, except int) []int {
	at := make([]int, 0, k) // in ascending order of the values
	limit := math.Inf(1)
	for j, v := range values {
		if v >= limit && len(at) == k || j == except {
			continue
		}
		if len(at) < k {
			at = append(at, j)
		}
		p := len(at) - 1
		for ; p > 0 && values[at[p-1]] > v; p-- {
			at[p] = at[p-1]
		}
		at[p] = j
		limit = values[at[len(at)-1]]
	}
	return at
}
