package pnc

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
)

// linearProbe is a linear classifier with bias: W is K×d.
type linearProbe struct {
	w    *mat.Dense
	bias []float64
}

// fitProbe returns the least-squares probe of features with the given class means and
// scatter matrix about the global mean, of which it reads the upper triangle and which it
// overwrites, with a ridge relative to the mean variance of a feature. solve returns the
// solution W of aW = b and may overwrite both.
func fitProbe(s *scatter, gram []float64, ridge float64, solve func(a *mat.SymDense, b *mat.Dense) (*mat.Dense, error)) (*linearProbe, error) {
	k, d := s.mean.Dims()
	var trace float64
	for j := range d {
		trace += gram[j*d+j]
	}
	if math.IsNaN(trace) || math.IsInf(trace, 0) {
		return nil, errors.New("its features, or their squares, are beyond the range of numbers; take Float64 for the forward pass, scale the samples, or see whether training diverged")
	}
	for j := range d {
		gram[j*d+j] += ridge * trace / float64(d)
	}
	if trace == 0 { // features that are all the same: any probe will do
		return &linearProbe{mat.NewDense(k, d, nil), make([]float64, k)}, nil
	}
	// Σ_i (z_i - μ) y_iᵀ has the columns n_k (μ_k - μ).
	cross := mat.NewDense(d, k, nil)
	centred := s.centred()
	for i := range k {
		for j, v := range centred.RawRowView(i) {
			cross.Set(j, i, s.count[i]*v)
		}
	}
	w, err := solve(mat.NewSymDense(d, gram), cross)
	if err != nil {
		return nil, err
	}
	p := &linearProbe{mat.DenseCopyOf(w.T()), make([]float64, k)}
	total, global := floats.Sum(s.count), s.global()
	for i := range k {
		p.bias[i] = s.count[i]/total - floats.Dot(p.w.RawRowView(i), global)
	}
	return p, nil
}

// leastSquares returns the solution W of aW = b. It overwrites a and b.
func leastSquares(a *mat.SymDense, b *mat.Dense) (*mat.Dense, error) {
	var factor linalg.Cholesky
	if !factor.Factorize(a) {
		return nil, errors.New("the scatter of its features is not positive definite; a larger Ridge helps")
	}
	factor.Solve(b)
	return b, nil
}
