package pnc

import (
	"fmt"
	"math"

	"pnclab/pnc/internal/linalg"
)

// PredictAssumptions returns the Assumptions that a deep linear network of the
// given width, initialised orthogonally with scale ε, satisfies after training. It
// uses only the data and needs no training. The width must be at least the dimension
// d of the data. SingularValues are not predicted.
//
// Balance stays what it was at initialisation: gradient flow conserves
// W_{l+1}ᵀW_{l+1} - W_l W_lᵀ, which is ε² times the difference of two projections.
// In a network of width w their ranks are w and d at the first layer, w and w
// between the others, and K and w at the classifier, so that
//
//	‖W_2ᵀW_2 - W_1W_1ᵀ‖ = ε²√(w-d),  0, …, 0,  ‖W_LᵀW_L - W_{L-1}W_{L-1}ᵀ‖ = ε²√(w-K);
//
// for L = 2 it is ε²√(K + d - 2Kd/w) on average over initial weights. The norms that
// divide them follow from the singular values of a hidden weight: K times σ = S^{1/L}
// with S those of the end-to-end map W = Y X⁺/α, K times sε with s of [Shrinkage],
// and ε.
//
// The residual is the network's effect on directions that no sample has. There W_1
// keeps its initial value εO_1, while W_L ⋯ W_2 has grown to U σ^{L-1} uᵀ, with u
// the top left singular vectors of W_1. These have the cosine √(1-s²) to directions
// that are random in the space of dimension w. For a random unit vector a,
// aᵀO_1(I - X X⁺) has the mean square (d - rank X)/w, and so
//
//	r² = ε² (1-s²) (d - rank X)/w · Σ_k S_k^{2-2/L}
//
// on average. Like Shrinkage, this neglects K/w and ε²/σ² against 1 and the initial
// output against Y, and assumes gradient flow.
//
// It panics if the width is less than d or the depth is less than 2.
func PredictAssumptions(data *Dataset, law Law, width int) *Assumptions {
	d, k := float64(data.Dim()), float64(data.K())
	w, depth, eps := float64(width), float64(law.Depth), law.Scale
	if width < data.Dim() {
		panic(fmt.Sprintf("pnc: PredictAssumptions: width %d is less than the dimension %d of the data", width, data.Dim()))
	}
	if law.Alpha == 0 {
		law.Alpha = 1
	}
	s := Shrinkage(law.Depth)
	var squares, drive float64 // Σ σ², Σ σ^{2L-2}
	for _, v := range linalg.SingularValues(MinNormSolution(data, law.Alpha)) {
		squares += math.Pow(v, 2/depth)
		drive += math.Pow(v, 2-2/depth)
	}
	rank := 0
	sigma := linalg.SingularValues(data.X())
	for _, v := range sigma {
		if v > float64(max(data.Len(), data.Dim()))*0x1p-52*sigma[0] {
			rank++
		}
	}
	norm := func(dim float64) float64 { return math.Sqrt(squares + eps*eps*(dim-2*k+k*s*s)) }
	a := &Assumptions{
		Theta:    Theta(data),
		Residual: eps * math.Sqrt((1-s*s)*(d-float64(rank))/w*drive),
		Eps:      eps, MiddleMean: eps,
		Balancedness:         make([]float64, law.Depth-1),
		RelativeBalancedness: make([]float64, law.Depth-1),
	}
	last := law.Depth - 2
	a.Balancedness[0], a.Balancedness[last] = eps*eps*math.Sqrt(w-d), eps*eps*math.Sqrt(w-k)
	if last == 0 {
		a.Balancedness[0] = eps * eps * math.Sqrt(k+d-2*k*d/w)
	}
	a.RelativeBalancedness[last] = a.Balancedness[last] / norm(w)
	a.RelativeBalancedness[0] = a.Balancedness[0] / norm(d)
	a.Delta = a.Balancedness[last]
	return a
}
