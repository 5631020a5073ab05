package pnc

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/eigen"
	"pnclab/pnc/internal/gemm"
)

// spectrum accumulates what the singular values of the N×d feature matrix of a
// layer follow from: the features themselves as long as that is little, and the
// d×d Gram matrix ZᵀZ beyond.
//
// The singular values of a stored matrix are accurate to about ε‖Z‖. Those from
// the Gram matrix are the square roots of its eigenvalues, accurate to ε‖Z‖²: a
// singular value σ is off by about ε‖Z‖²/2σ and by √ε‖Z‖ ≈ 1.5e-8‖Z‖ at worst. The
// sum of d of them, and so the point where it reaches 95 %, moves by less than
// 1.5e-8·d of the largest.
type spectrum struct {
	samples, dim int
	stored       []float64 // samples×dim, or nil
	gram         []float64 // dim×dim up to the diagonal, or nil
	z            []float64
	crew         *crew
}

const (
	// storeLimit is the number of features, 8 bytes each, that are kept for an
	// exact decomposition.
	storeLimit = 1 << 20
	// widest is the dimension of the largest Gram matrix, 128 MB.
	widest = 4096
)

// hasSpectrum reports whether the singular values of so many features can be had
// in bounded time and memory.
func hasSpectrum(samples, dim int) bool { return samples*dim <= storeLimit || dim <= widest }

func newSpectrum(samples, dim int) *spectrum {
	s := &spectrum{samples: samples, dim: dim, crew: newCrew()}
	if samples*dim <= storeLimit {
		s.stored = make([]float64, 0, samples*dim)
	} else {
		s.gram = make([]float64, dim*dim)
	}
	return s
}

func addSpectrum[T gemm.Float](s *spectrum, b block[T]) {
	s.z = resized(s.z, len(b.z))
	s.crew.run(b.dim, grainFor(b.size), func(from, to, _ int) {
		convert(s.z[from*b.size:to*b.size], b.z[from*b.size:to*b.size])
	})
	if s.gram != nil {
		const rows = 256
		for from := 0; from < b.dim; from += rows {
			to := min(from+rows, b.dim)
			gemm.Mul(false, true, to-from, to, b.size, 1, s.z[from*b.size:], b.size, s.z, b.size, 1, s.gram[from*b.dim:], b.dim)
		}
		return
	}
	for i := range b.size {
		for r := range b.dim {
			s.stored = append(s.stored, s.z[r*b.size+i])
		}
	}
}

// values returns the singular values in descending order, min(N, d) of them. It
// is called once, at the end.
func (s *spectrum) values() []float64 {
	if s.gram == nil {
		return singularValues(mat.NewDense(len(s.stored)/s.dim, s.dim, s.stored))
	}
	v, ok := eigen.Values(s.dim, s.gram)
	if !ok {
		return nanSlice(min(s.samples, s.dim))
	}
	for i := range v {
		v[i] = math.Sqrt(max(0, v[i])) // rounding may leave a tiny negative
	}
	slices.Reverse(v)
	return v[:min(s.samples, s.dim)]
}

// singularValues returns the singular values of m in descending order; they are
// NaN if m holds NaN or Inf, on which gonum's decomposition panics.
func singularValues(m *mat.Dense) []float64 {
	r, c := m.Dims()
	// Scaled to largest element one, tiny features do not underflow on the way.
	largest := mat.Norm(m, 1) // the largest column sum, NaN or Inf if an element is
	if math.IsNaN(largest) || math.IsInf(largest, 0) {
		return nanSlice(min(r, c))
	}
	if largest == 0 {
		return make([]float64, min(r, c))
	}
	var scaled mat.Dense
	scaled.Scale(1/largest, m)
	var svd mat.SVD
	if !svd.Factorize(&scaled, mat.SVDNone) {
		return nanSlice(min(r, c))
	}
	values := svd.Values(nil)
	floats.Scale(largest, values)
	return values
}

func nanSlice(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = math.NaN()
	}
	return v
}

// NumericalRank returns the least r such that the r largest of the singular
// values σ, which are in descending order, sum to at least the given share of
// the sum of all (Wang et al. 2025, figure on rank and accuracy: share 0.95). It
// returns 0 if all are zero or one is NaN, and panics if the share is not in
// (0, 1].
func NumericalRank(sigma []float64, share float64) int {
	if !(share > 0 && share <= 1) {
		panic(fmt.Sprintf("pnc: NumericalRank: share %v is not in (0, 1]", share))
	}
	var sum float64
	for _, s := range sigma {
		sum += s
	}
	if !(sum > 0) {
		return 0
	}
	var part float64
	for r, s := range sigma {
		part += s
		if part >= share*sum {
			return r + 1
		}
	}
	return len(sigma)
}
