package pnc

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// rounding is how far the rounding of features may have moved their class means.
//
// Features that were stored with unit roundoff u (2⁻⁵³ in float64, 2⁻²⁴ in float32) are
// off by at most half the spacing of numbers of their size,
//
//	h(z) = u·2^⌊log₂|z|⌋ ≤ u|z|,
//
// or by half the smallest number of the format if that is more. Where the samples of a
// class have a feature of hardly any spread, all are off in the same way, and so is their
// mean: by up to h. Where their standard deviation is at least a spacing, 2h, rounding
// errors are nearly independent and uniform (Widrow, Kollár 2008): the mean of n of them
// has the standard deviation h/√(3n), of which three count here, and a bias of up to 0.06h
// is left where samples are spread evenly and not like a Gaussian.
// So the mean of class k is off by up to
//
//	r_k² = Σ_j f_kj h_kj²,   f_kj = 1, or max(3/n_k, 0.06²) for a spread of at least 2h_kj
//
// with h_kj at |μ_kj| plus two standard deviations; r_k is at most uR_k for constant
// features, where R_k² is the mean square norm of the features of the class. The arithmetic
// here, in float64, adds 2⁻⁵³R_k.
//
// Distances of two means up to r_k + r_k', and lengths up to twice r, say nothing about
// the features: they count as zero, and what would be divided by them is undefined.
type rounding struct {
	of  []float64 // r_k of every class
	all float64   // the root of their mean square
}

// independent is the spread, in units of half a spacing, from which on rounding errors
// count as independent; biasLeft is what may be left of their bias, in the same units.
const (
	independent = 2
	biasLeft    = 0.06
)

// rounding returns how far class means may be off.
func (s *scatter) rounding() rounding {
	if s.rounded != nil {
		return *s.rounded
	}
	k, _ := s.mean.Dims()
	r := rounding{of: make([]float64, k)}
	sizes, _ := s.sizes()
	for i, n := range s.count {
		share := min(1, max(3/n, biasLeft*biasLeft))
		square, mean, within := 0.0, s.mean.RawRowView(i), s.within.RawRowView(i)
		for j, m := range mean {
			deviation := math.Sqrt(within[j] / n)
			h := s.halfSpacing(math.Abs(m) + 2*deviation)
			if deviation >= independent*h {
				square += share * h * h
			} else {
				square += h * h
			}
		}
		r.of[i] = math.Sqrt(square) + unit64*sizes[i]
	}
	r.all = floats.Norm(r.of, 2) / math.Sqrt(float64(k))
	s.rounded = &r
	return r
}

// halfSpacing returns half the distance of neighbouring numbers of the size of v ≥ 0 in
// the format that features were stored in.
func (s *scatter) halfSpacing(v float64) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return s.tiny / 2
	}
	_, exponent := math.Frexp(v)
	return max(s.tiny/2, math.Ldexp(s.unit, exponent-1))
}
