package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/elementary"
	"pnclab/pnc/internal/linalg"
)

// SchattenCost returns Σ_i σ_i^{2/L} over the singular values of m, which is the power 2/L
// of its Schatten-2/L (quasi-)norm: what a deep linear network of depth L pays for m.
//
// # Derivation
//
// Of all factors W_L ⋯ W_1 = M, with at least as many hidden units as M has rank,
//
//	min Σ_l ‖W_l‖_F² = L Σ_i σ_i(M)^{2/L}.
//
// Not less: by the inequality of the arithmetic and the geometric mean, Σ‖W_l‖² is at
// least L (∏‖W_l‖_F²)^{1/L}, and by Hölder's inequality for Schatten norms, which is true
// of exponents below 1 as well (Horn, Johnson 1991, Theorem 3.3.14), ∏‖W_l‖_F is at least
// the Schatten-2/L norm of the product. Not more: if M = U S Vᵀ, the factors U S^{1/L},
// S^{1/L}, ..., S^{1/L} Vᵀ attain it. Weight decay is thus a penalty on the end-to-end map,
// the nuclear norm for L = 2, and for L ≥ 3 a concave one, which approaches the rank as L
// grows (Shang, Liu, Cheng 2016; for unconstrained features Súkeník, Mondelli, Lampert 2024).
//
// Singular values below max(rows, cols)·2⁻⁵²·σ_1 count as zero: a small power of what
// rounding left of a zero would be near 1. SchattenCost panics if the depth is less than 1.
func SchattenCost(m *mat.Dense, depth int) float64 {
	if depth < 1 {
		panic(fmt.Sprintf("pnc: SchattenCost: depth %d; at least 1 is needed", depth))
	}
	rows, cols := m.Dims()
	sigma := linalg.SingularValues(m)
	var sum float64
	for _, s := range sigma {
		if !(s <= float64(max(rows, cols))*0x1p-52*sigma[0]) {
			sum += elementary.Pow(s, 2/float64(depth))
		}
	}
	return sum
}

// RepresentationCost returns κ = (∏_l ‖W_l‖_F²)^{1/L}, the mean squared norm of the
// weights of a network once every layer has its best scale: layers without bias and
// normalisation can be multiplied by positive factors of product 1, which change no
// output, and by the inequality of the means Σ‖W_l‖² is least, Lκ, where they are alike.
// For the same function times s it is κ s^{2/L}. For a deep linear network it is at least
// [SchattenCost] of the product, and equal to it if the layers are balanced.
//
// It panics if a layer has anything but a matrix and a ReLU.
func RepresentationCost(net *Network) float64 {
	var sum float64
	for _, l := range net.Layers {
		if l.Bias != nil || l.Norm != nil || l.Conv != nil || l.Skip != nil || l.Pool != nil {
			panic("pnc: RepresentationCost: a layer has more than a matrix and a ReLU; it does not scale with its weights alone")
		}
		sum += 2 * elementary.Log(mat.Norm(l.W, 2))
	}
	return elementary.Exp(sum / float64(net.Depth()))
}

// Margin returns the smallest difference between the logit of a sample's class and any
// other, min_i min_{k≠y_i} z_{i,y_i} - z_{i,k}, of N×K logits; it is positive if all
// samples are classified correctly. It panics if the numbers of rows and labels differ.
func Margin(logits *mat.Dense, labels []int) float64 {
	n, k := logits.Dims()
	if n != len(labels) {
		panic(fmt.Sprintf("pnc: Margin: %d rows of logits for %d labels", n, len(labels)))
	}
	margin := math.Inf(1)
	for i, y := range labels {
		row := logits.RawRowView(i)
		for j := range k {
			if j != y {
				margin = min(margin, row[y]-row[j])
			}
		}
	}
	return margin
}

// MarginCost returns the [SchattenCost] of the logits of one-hot, or orthonormal, samples
// once they are scaled to a margin of 1, Σ_i (σ_i/γ)^{2/L} with the margin γ. It does not
// depend on the scale of the logits, and is +Inf if a sample is not classified correctly.
//
// # What it decides
//
// Gradient flow on the cross-entropy of a deep linear network without weight decay, once
// the loss is small enough, converges in direction to a point that satisfies the
// Karush-Kuhn-Tucker conditions of: least Σ‖W_l‖² such that all margins are at least 1 (Lyu, Li
// 2020; Ji, Telgarsky 2020). For balanced layers that is a stationary point of this cost.
// The same cost decides between arrangements of the classes under weak weight decay: the
// factor of the logits grows like log(1/λ), and the penalty is that of the margin.
//
// # Depth 2
//
// Here it is the nuclear norm, and neural collapse is the best there is. Summing the K(K-1)
// conditions on the margins gives tr((KI - 11ᵀ)Z) ≥ K(K-1)γ. The left side is at most K‖Z‖_*,
// since no singular value of KI - 11ᵀ exceeds K. So the cost is at least K-1, which the
// simplex attains (all K-1 singular values γ). This proof ends with the nuclear norm, and from
// depth 3 on there are cheaper arrangements, see [SimplexLogits], [TriangularLogits] and
// [PolygonLogits].
//
// # On the way
//
// The cost is about the end of training. Depth favours low rank from the beginning too: for
// balanced layers a singular value of Z, with singular vectors u and v, follows
//
//	ds/dt = L s^{2-2/L} uᵀGv,  G = -∂loss/∂Z
//
// (Arora, Cohen, Hu, Luo 2019). While the logits of one-hot samples are small, G is
// (I - 11ᵀ/K)/K, with K-1 singular values alike. If u = v is in its range, s grows by the
// same factor as any other for L = 2. For L ≥ 3, s^{-(1-2/L)} falls at the rate (L-2)/K, whatever s:
// what is largest at first escapes first, and the ratio to the others grows without bound.
// Garrod, Keating and Thrampoulidis (2026) call this a repulsion of the singular values.
// The singular vectors of random initial weights turn while that happens, which this formula
// does not describe.
func MarginCost(logits *mat.Dense, labels []int, depth int) float64 {
	margin := Margin(logits, labels)
	if !(margin > 0) {
		return math.Inf(1)
	}
	return SchattenCost(logits, depth) / elementary.Pow(margin, 2/float64(depth))
}
