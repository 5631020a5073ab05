//go:build !js

package pnc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/eigen"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/linalg"
)

// procrustesSamples bounds the samples of a Procrustes distance, and so the order, twice
// that, of the matrix whose eigenvalues it takes: a second for a pair of layers.
const procrustesSamples = 1024

// shapeOf returns n samples z, row by row, centred and scaled to unit Frobenius norm, as an
// n×r matrix with r the smaller of n and their dimension: more features are replaced by
// coordinates in the space that the samples span, which changes no inner product.
func shapeOf(z []float64, n int, unit float64) []float64 {
	if !normalizeRows(z, n, unit) {
		return linalg.NaNs(1)
	}
	d := len(z) / n
	if d <= n {
		return z
	}
	x := mat.NewDense(n, d, z)
	return linalg.Mul(false, false, x, linalg.ThinQ(mat.DenseCopyOf(x.T()))).RawMatrix().Data
}

// procrustesDistance returns the Procrustes distance of two shapes,
//
//	min_Q ‖X - YQ‖_F = √(2 - 2‖XᵀY‖_*)
//
// over orthogonal matrices Q, the shape with fewer features being filled up with zeros, and
// with the nuclear norm, the sum of singular values (Schönemann 1966). It is a metric
// (Williams, Kunz, Kornblith, Linderman 2021); its square is the distance of Ding, Denain
// and Steinhardt (2021), who normalise in the same way. Both are between 0 and √2 or 2.
//
// Singular values are those eigenvalues of the symmetric matrix of XᵀY and its transpose
// beside its diagonal that are positive, accurate to a few 2⁻⁵³ of the largest, which is at
// most 1: the square is accurate to r·2⁻⁵², so that distances below √(r·2⁻⁵²), 10⁻⁶ at most,
// are rounding.
func procrustesDistance(x, y []float64, n int) float64 {
	a, b := len(x)/n, len(y)/n
	order := a + b
	m := make([]float64, order*order)
	// Rows from a on have yᵀx below the diagonal, which is all that eigen reads.
	gemm.Mul(true, false, b, a, n, 1, y, b, x, a, 0, m[a*order:], order)
	values, ok := eigen.Values(order, m)
	if !ok {
		return math.NaN()
	}
	nuclear := 0.0
	for _, v := range values {
		nuclear += max(0, v)
	}
	return math.Sqrt(max(0, 2-2*nuclear))
}
