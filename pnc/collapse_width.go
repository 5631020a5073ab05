package pnc

import (
	"fmt"

	"pnclab/pnc/internal/elementary"
)

// CollapseWidth returns the hidden width w* beyond which a deep linear network that is trained
// with cross-entropy on one-hot samples of k classes, from orthogonal weights of the given
// scale ε, is expected to collapse even if there is a better arrangement of the classes.
// logit is the size S that the singular values of its logits reach, such as the factor
// that [BestScale] returns for [SimplexLogits].
//
//	w* = K (S^{1/L}/ε)^{2(L-2)}
//
// It is an estimate of the order. In trained networks the transition takes place between
// w*/5 and 5w*.
//
// # Derivation
//
// Neural collapse is the direction of the gradient G = (I - 11ᵀ/K)/K at zero, and its K-1
// singular values are alike: a network that grows along G collapses. What leads away from it
// is that it does not start at zero, and that differences grow.
//
// At first W_L ⋯ W_{l+1} and W_{l-1} ⋯ W_1 are ε^{L-l} and ε^{l-1} times matrices with K
// orthonormal rows or columns, so that for a network at least K wide
//
//	dZ/dt = Σ_l (W_L ⋯ W_{l+1})(W_L ⋯ W_{l+1})ᵀ G (W_{l-1} ⋯ W_1)ᵀ(W_{l-1} ⋯ W_1) = L ε^{2(L-1)} G,
//
// exactly, whatever the width: all classes grow alike, until Z is of the size ε^L at which the
// layers have changed. The logits Z(0) = ε^L P, on the other hand, are a product of two
// random frames of K directions in ℝ^w, for which E‖P‖_F² = K²/w. At that moment the
// singular values s ≈ ε^L thus differ, relatively, by about √(K/w).
//
// From then on layers are nearly balanced, and s^{-(1-2/L)} falls at the same rate for all
// singular values, see [MarginCost]: its differences remain what they were,
//
//	about (ε^L)^{-(1-2/L)} √(K/w) = ε^{-(L-2)} √(K/w).
//
// If that is much less than S^{-(1-2/L)}, they are all of the size S when the classes are
// separated, else the largest are there long before the others, which are then not needed.
// Equating the two gives w*. The bracket is how much each weight matrix grows in training.
// The factor of order one depends on what the derivation leaves out: the singular vectors
// of Z turn, and classes compete for the same directions. For depth 2 differences do not
// grow, and nothing is better than collapse.
//
// It panics if there are less than two classes, the depth is less than 3, or a size is not
// positive.
func CollapseWidth(k, depth int, scale, logit float64) float64 {
	if k < 2 || depth < 3 || !(scale > 0) || !(logit > 0) {
		panic(fmt.Sprintf("pnc: CollapseWidth: %d classes, depth %d, scale %g, logits of %g; at least 2 classes and depth 3, and positive sizes, are needed", k, depth, scale, logit))
	}
	growth := elementary.Pow(logit, 1/float64(depth)) / scale
	return float64(k) * elementary.Pow(growth, float64(2*(depth-2)))
}
