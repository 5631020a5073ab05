package pnc

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
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

	noise float64 // Σ_k n_k/N Σ_j h_kj²/3, what independent rounding errors add to tr Σ_W
}

// independent is the spread, in units of half a spacing, from which on rounding errors
// count as independent; biasLeft is what may be left of their bias, in the same units.
const (
	independent = 2
	biasLeft    = 0.06
)

// newRounding returns how far class means may be off, for the numbers of samples of the
// classes, their means, K×d, and Σ_{i in k} (z_ij - μ_kj)², of features that were stored
// with unit roundoff unit and smallest positive number tiny.
func newRounding(count []float64, mean, within *mat.Dense, unit, tiny float64) *rounding {
	r := &rounding{of: make([]float64, len(count))}
	for i, n := range count {
		share := min(1, max(3/n, biasLeft*biasLeft))
		var square, size float64
		spread := within.RawRowView(i)
		for j, m := range mean.RawRowView(i) {
			deviation := math.Sqrt(spread[j] / n)
			h := halfSpacing(math.Abs(m)+2*deviation, unit, tiny)
			r.noise += n * h * h / 3
			if deviation >= independent*h {
				square += share * h * h
			} else {
				square += h * h
			}
			size += m*m + spread[j]/n
		}
		r.of[i] = math.Sqrt(square) + unit64*math.Sqrt(size)
	}
	r.noise /= floats.Sum(count)
	r.all = floats.Norm(r.of, 2) / math.Sqrt(float64(len(count)))
	return r
}

// halfSpacing returns half the distance of neighbouring numbers of the size of v ≥ 0.
func halfSpacing(v, unit, tiny float64) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return tiny / 2
	}
	_, exponent := math.Frexp(v)
	return max(tiny/2, math.Ldexp(unit, exponent-1))
}

// Unit roundoffs, half the distance between 1 and the next larger number, and the
// smallest positive float32.
const (
	unit64 = 0x1p-53
	unit32 = 0x1p-24
	tiny32 = 0x1p-149
)
