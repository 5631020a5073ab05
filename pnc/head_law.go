package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
)

// HeadSlope returns ∂ log C_l/∂h: by how much a layer more in the head of a deep
// linear network changes the compression of layer l, by the closed form of
// [Predict]. It is positive where a longer head leaves the features of the layer
// less compressed. The width of the law is left out.
//
// # Derivation
//
// The extractor has l layers, the head h, and with the classifier the depth is
// L = l + h + 1. Let the samples have, along the column v_j of V, the variance a_j
// within the classes and b_j between them, and a, b in total outside V. By the
// closed form
//
//	C_l = A/B,  A = ε^{2l} a + Σ_j a_j S_j^{2l/L},  B = ε^{2l} b + Σ_j b_j S_j^{2l/L}.
//
// Only the powers of S contain h, with ∂/∂h S^{2l/L} = -(2l/L²) S^{2l/L} log S, so
//
//	∂ log C_l/∂h = (2l/L²) ( Σ_j b_j S_j^{2l/L} log S_j / B - Σ_j a_j S_j^{2l/L} log S_j / A ).
//
// # The sign
//
// Where the network fits its samples exactly, VᵀX = S⁻¹UᵀY/α has no variance within
// the classes: all a_j vanish, and the slope is a mean of the log S_j with positive
// weights. A longer head weakens the compression of the extractor if and only if
// that mean is positive: if the network as a whole amplifies what it was trained to
// see. Then each of its L layers amplifies by the L-th root, and the more they are
// the less is done in the first l. A network that damps strengthens it. All S_j have
// the factor 1/α, so there is a boundary, see [HeadBoundary]; for n orthonormal
// samples in each class S_j = √n/α and it is at α = √n.
//
// Where samples are not fitted exactly the sign is the same as long as the shares of
// B and of A that lie inside V, F_b and F_a, satisfy F_b > F_a and the S_j are
// alike: then the slope is (2l/L²)(F_b - F_a) log S. Deep in a network with a small ε
// what is left within the classes can be noise along V almost only; F_a > F_b turns
// the sign around.
//
// It panics as Predict does, or if l is not one of 0, ..., L-1.
func HeadSlope(data *Dataset, law Law, l int) float64 {
	return newHeadLaw(data, law, l).slope(0)
}

// HeadBoundary returns the α at which [HeadSlope] changes its sign: below it a longer
// head weakens the compression of layer l, above it strengthens it. The α of the law
// is not used. For data that are fitted exactly it is the geometric mean of the
// singular values of the solution of minimum norm for α = 1, with the weights of
// HeadSlope, and so between the smallest and the largest. For other data it can lie
// slightly outside this interval. It is found by bisection to 1e-12, and NaN if the slope does
// not change from positive to negative within a factor of 100 of them.
func HeadBoundary(data *Dataset, law Law, l int) float64 {
	law.Alpha = 1
	h := newHeadLaw(data, law, l)
	low, high := math.Log(h.s[len(h.s)-1]), math.Log(h.s[0])
	// Where all are equal rounding has the sign at the ends: widen once at least.
	for width := 1e-9; ; width *= 10 {
		if width > math.Log(100) {
			return math.NaN()
		}
		if h.slope(low-width) > 0 && h.slope(high+width) < 0 {
			low, high = low-width, high+width
			break
		}
	}
	for high-low > 1e-12 {
		if mid := (low + high) / 2; h.slope(mid) > 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Exp((low + high) / 2)
}

// headLaw holds what the derivative of C_l depends on: the singular values and, for
// the directions of V and last for all others, the variance of the samples within
// and between the classes.
type headLaw struct {
	s               []float64
	within, between []float64
	share           float64 // l/L
	depth           float64
	outside         float64 // ε^{2l}
}

func newHeadLaw(data *Dataset, law Law, l int) *headLaw {
	if law.Depth < 2 || l < 0 || l >= law.Depth {
		panic(fmt.Sprintf("pnc: no features of layer %d by the closed form for depth %d", l, law.Depth))
	}
	v, s := law.signal(data)
	x := data.X()
	along := linalg.Mul(false, false, x, v)
	rest := linalg.Mul(false, true, along, v)
	rest.Sub(x, rest)
	var parts []LayerFeatures
	for j := range s {
		parts = append(parts, LayerFeatures{layerName(j), mat.DenseCopyOf(along.Slice(0, data.Len(), j, j+1))})
	}
	h := &headLaw{s: s, share: float64(l) / float64(law.Depth), depth: float64(law.Depth), outside: math.Pow(law.Scale, float64(2*l))}
	for _, m := range measureRows("", append(parts, LayerFeatures{"outside", rest}), data, Scatter).Layers {
		h.within, h.between = append(h.within, m.TrSigmaW), append(h.between, m.TrSigmaB)
	}
	return h
}

// slope returns ∂ log C_l/∂h with all singular values divided by e^shift.
func (h *headLaw) slope(shift float64) float64 {
	r := len(h.s)
	a, b := h.outside*h.within[r], h.outside*h.between[r]
	var da, db float64
	for j, s := range h.s {
		log := math.Log(s) - shift
		power := math.Exp(2 * h.share * log)
		a, b = a+h.within[j]*power, b+h.between[j]*power
		da, db = da+h.within[j]*power*log, db+h.between[j]*power*log
	}
	// Data that are fitted exactly have no a_j but rounding, and without noise no A.
	if a > 0 {
		db -= b * da / a
	}
	return 2 * h.share / h.depth * db / b
}
