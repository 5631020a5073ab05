package linalg

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// SingularValues returns the singular values of m in descending order; they are
// NaN if m holds NaN or Inf, on which gonum's decomposition panics.
func SingularValues(m *mat.Dense) []float64 {
	r, c := m.Dims()
	// With the largest element scaled to one, tiny features do not underflow.
	largest := mat.Norm(m, 1) // the largest column sum, NaN or Inf if any element is
	if math.IsNaN(largest) || math.IsInf(largest, 0) {
		return NaNs(min(r, c))
	}
	if largest == 0 {
		return make([]float64, min(r, c))
	}
	var scaled mat.Dense
	scaled.Scale(1/largest, m)
	var svd mat.SVD
	if !svd.Factorize(&scaled, mat.SVDNone) {
		return NaNs(min(r, c))
	}
	values := svd.Values(nil)
	floats.Scale(largest, values)
	return values
}

// NaNs returns a slice of n NaN.
func NaNs(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = math.NaN()
	}
	return v
}

// PseudoInverse returns the Moore-Penrose inverse of m. Singular values below
// max(rows, cols)·2⁻⁵²·σ_max count as zero.
func PseudoInverse(m *mat.Dense) *mat.Dense {
	var svd mat.SVD
	if !svd.Factorize(m, mat.SVDThin) {
		panic("pnc: the singular value decomposition for a pseudo-inverse did not converge")
	}
	var u, v, inverse mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	rows, cols := m.Dims()
	s := svd.Values(nil)
	for j, sv := range s {
		scale := 0.0
		if sv > float64(max(rows, cols))*0x1p-52*s[0] {
			scale = 1 / sv
		}
		for i := range cols {
			v.Set(i, j, scale*v.At(i, j))
		}
	}
	inverse.Mul(&v, u.T())
	return &inverse
}
