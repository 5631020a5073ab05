package pnc

import (
	"fmt"
	"math"
)

// ScaleDeviation returns by how much initial weights that are not small change C_0 ..
// C_{L-1}, relative to [Predict] with the width: C_l/C_l(Predict) - 1, for nearly
// orthonormal samples, n in each of k classes, of dimension dim.
//
// # Derivation
//
// Predict takes the end-to-end map to be the minimum-norm solution, and its K singular
// values to be shared equally by the layers. Both hold up to the ratio of the weights
// that do not learn to those that do,
//
//	q = ε²/σ² = ε² α^{2/L}/n^{1/L} = u^{2/L},   u = α ε^L/√n,
//
// which is also the factor by which a layer compresses. In the notation and the units of
// the derivation of [Shrinkage], training takes place in the plane of v, a direction of
// a class, and a, that which the classifier reads at first. With λ₊ and λ₋ the
// eigenvalues of M_1ᵀM_1, and with weights as balanced as they were at first, the
// end-to-end row o, of squared length
//
//	|o|² = (λ₊^L (λ₊-1) + λ₋^L (1-λ₋)) / (λ₊-λ₋),
//
// follows from the rank of the classifier alone: rᵀr = B - e eᵀ for B with eigenvalues
// λ₊, λ₋ and a unit vector e is of rank one only if eᵀB⁻¹e = 1, which determines e.
// While the output is negligible, λ₋ follows from λ₊ by the principal value there, and
//
//	o·v = (λ₊^{L/2} (λ₊-1) - λ₋^{L/2} (1-λ₋)) / (λ₊-λ₋).
//
// The rest of o is along a. As the samples are fitted, o·v becomes 1/u, and the part of
// o along a disappears from the span of the samples, but not from the rest of the space,
// which has the share ρ = (d-N)/d of a on average. So at the end
//
//	(1-ρ) |o|² + ρ (o·v)² = 1/u²,
//
// which determines λ₊. The squared length of a class mean at layer l is that of v,
//
//	b_l = λ₊^l cos²φ + λ₋^l sin²φ,
//
// where φ is the angle between v and the top right singular vector of M_1: that of the
// flow, sin²φ = (1-λ₋)/(λ₊-λ₋), without samples in the plane (ρ = 1), and nearly zero,
// sin²φ = λ₋^L (1-λ₋)/(λ₊-λ₋)/|o|², if they span it (ρ = 0). Between the two, sin²φ is
// their mean with weights ρ and 1-ρ, as it is to first order in q. Predict has b_l =
// u^{-2l/L}. To first order, for l ≥ 1,
//
//	C_l/C_l(Predict) - 1 = -(1-s²) q ((1+ρ) l/L - ρ).
//
// Layers compress more than predicted, by the same factor each but the first, which
// compresses less where samples leave most of the space free.
//
// Like Shrinkage, this assumes gradient flow, classes that do not influence each other
// and d ≫ K, and at the end u ≪ 1: as u approaches 1 the initial output is no longer
// small beside the labels. It is NaN for u ≥ 1. It panics if the depth is less than 2, if
// the samples cannot be orthonormal, and if hidden layers are not as wide as the data (a
// Width of 0 means that they are): W_1 is not a multiple of an orthogonal matrix then.
func ScaleDeviation(n, k, dim int, law Law) []float64 {
	if law.Depth < 2 || n*k > dim || law.Width != 0 && law.Width != dim {
		panic(fmt.Sprintf("pnc: ScaleDeviation: depth %d, width %d, %d samples in dimension %d; the depth is at least 2, the width is the dimension, and there are at most as many samples", law.Depth, law.Width, n*k, dim))
	}
	if law.Alpha == 0 {
		law.Alpha = 1
	}
	depth := float64(law.Depth)
	u := law.Alpha * math.Pow(law.Scale, depth) / math.Sqrt(float64(n))
	rho := float64(dim-n*k) / float64(dim)
	deviation := make([]float64, law.Depth)
	for l := 1; l < law.Depth; l++ {
		deviation[l] = math.NaN()
	}
	if !(u < 1) {
		return deviation
	}
	m := learnedMode(law.Depth, rho, u)
	for l := 1; l < law.Depth; l++ {
		deviation[l] = 1/(m.power(l)*math.Pow(u, 2*float64(l)/depth)) - 1
	}
	return deviation
}

// mode describes what one class has made of the hidden weights, in units of ε².
type mode struct {
	high, low float64 // λ₊ ≥ 1 ≥ λ₋
	sin2      float64 // sin²φ
}

// power returns b_l.
func (m mode) power(l int) float64 {
	return math.Pow(m.high, float64(l))*(1-m.sin2) + math.Pow(m.low, float64(l))*m.sin2
}

// learnedMode solves (1-ρ)|o|² + ρ(o·v)² = 1/u² for λ₊ by bisection of its logarithm: the
// left side increases with λ₊ from 1-ρ, and at λ₊ = 4u^{-4/L}, where λ₊^{L/2} is 2^L/u²,
// it is above 1/u².
func learnedMode(depth int, rho, u float64) (m mode) {
	low, high := 0.0, math.Log(4)-4*math.Log(u)/float64(depth)
	for range 100 {
		at := (low + high) / 2
		var output float64
		if m, output = modeAt(depth, rho, math.Exp(at)); output < 1/(u*u) {
			low = at
		} else {
			high = at
		}
	}
	return m
}

// modeAt returns the mode with the given λ₊, and the left side of the equation for it.
func modeAt(depth int, rho, high float64) (m mode, output float64) {
	t := principalPoint(depth, 1/math.Sqrt(high))
	low := 1 / (t * t)
	l := float64(depth)
	rise, fall := (high-1)/(high-low), (1-low)/(high-low)
	square := math.Pow(high, l)*rise + math.Pow(low, l)*fall
	along := math.Pow(high, l/2)*rise - math.Pow(low, l/2)*fall
	m = mode{high, low, rho*fall + (1-rho)*math.Pow(low, l)*fall/square}
	return m, (1-rho)*square + rho*along*along
}
