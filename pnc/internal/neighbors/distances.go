package neighbors

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// distances computes the squared distances between rows of a matrix. A matrix product
// computes them all,
//
//	|x - y|² = |x|² + |y|² - 2⟨x, y⟩,   x, y centred,
//
// many times faster than sums of squared differences do, but loses digits where
// |x - y| is much smaller than |x|, as between features that have collapsed to their
// class mean. Its error is at most η(|x|² + |y|²), η = 4(d+8)u with the unit u of its
// arithmetic: the dot product, in any order of summation, is within d·u·|x||y|, a square
// within d·u·|x|², and centring adds 2u(|x|+|y|)²; so is the sum of squared differences
// that it is compared with. (|x|+|y|)² ≤ 2(|x|²+|y|²), and all constants are rounded up.
// Whoever needs the order of close distances computes these from the differences.
type distances struct {
	z    *mat.Dense
	mean []float64 // of the rows
}

func newDistances(z *mat.Dense) *distances {
	n, d := z.Dims()
	a := &distances{z, make([]float64, d)}
	for i := range n {
		floats.AddScaled(a.mean, 1/float64(n), z.RawRowView(i))
	}
	return a
}

// exact returns the squared distance of rows i and j from their differences.
func (a *distances) exact(i, j int) float64 {
	return SquaredDistance(a.z.RawRowView(i), a.z.RawRowView(j))
}
