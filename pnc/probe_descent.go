package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// descend returns W after o.Steps steps of gradient descent from 0 towards the
// solution of a W = b, with a step of η = o.Rate/λ_max,
//
//	W ← W - η (a W - b),   W_t = Q diag((1 - (1 - ηλ)^t)/λ) Qᵀ b
//
// for a = Q diag(λ) Qᵀ, positive semidefinite. It costs one eigenvalue decomposition
// for any number of steps.
func (o ProbeOptions) descend(a *mat.SymDense, b *mat.Dense) (*mat.Dense, error) {
	var eigen mat.EigenSym
	if !eigen.Factorize(a, true) {
		return nil, fmt.Errorf("the eigenvalue decomposition of the scatter of its features did not converge")
	}
	var q, w mat.Dense
	eigen.VectorsTo(&q)
	values := eigen.Values(nil)
	rate := o.Rate
	if rate == 0 {
		rate = 1
	}
	largest := values[len(values)-1]
	if !(largest > 0) {
		return nil, fmt.Errorf("the scatter of its features vanishes")
	}
	w.Mul(q.T(), b)
	for i, v := range values {
		// in units of λ_max; rounding can leave eigenvalues below zero
		gain := descentGain(rate, max(0, v/largest), o.Steps) / largest
		row := w.RawRowView(i)
		for j := range row {
			row[j] *= gain
		}
	}
	var out mat.Dense
	out.Mul(&q, &w)
	return &out, nil
}

// descentGain returns (1 - (1 - ηλ)^t)/λ, which is ηt at λ = 0, to a few ε.
func descentGain(eta, lambda float64, steps int) float64 {
	t := float64(steps)
	switch x := eta * lambda; {
	case lambda == 0:
		return eta * t
	case x < 0.5: // 1 - (1-x)^t would cancel
		return -math.Expm1(t*math.Log1p(-x)) / lambda
	default: // |1-x|^t is at most a half, or x > 3/2 and it alternates
		return (1 - math.Pow(1-x, t)) / lambda
	}
}
