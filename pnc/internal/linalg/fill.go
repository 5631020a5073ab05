package linalg

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Fill sets every element of m to the next value, row by row.
func Fill(m *mat.Dense, value func() float64) {
	rows, cols := m.Dims()
	for i := range rows {
		for j := range cols {
			m.Set(i, j, value())
		}
	}
}

// Haar returns a rows×cols matrix, rows ≥ cols, with orthonormal columns that is
// uniformly distributed: the Q of a Gaussian matrix's QR decomposition with the
// signs fixed by a positive diagonal of R (Mezzadri 2007).
func Haar(rows, cols int, rnd *rand.Rand) *mat.Dense {
	g := mat.NewDense(rows, cols, nil)
	Fill(g, rnd.NormFloat64)
	return ThinQ(g)
}

// CheckFinite panics if z, which has one sample per row, contains NaN or Inf.
func CheckFinite(z *mat.Dense) {
	n, _ := z.Dims()
	for i := range n {
		for j, v := range z.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				panic(fmt.Sprintf("pnc: feature %d of sample %d is %v", j, i, v))
			}
		}
	}
}
