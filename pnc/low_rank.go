package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/elementary"
)

// SimplexLogits returns K×K logits of margin 1 in which the classes form simplices, as many
// as groups says, in orthogonal subspaces. With one group it is neural collapse, I - 11ᵀ/K;
// with K/2 groups the classes are pairs of opposite points, the arrangement with which Garrod
// and Keating (2025) prove that deep neural collapse is not optimal.
//
// The rank is K - g for g groups, all singular values are alike, and for g > 1, where the
// margin is that between groups, the [MarginCost] is
//
//	(K-g) (K/(K-g))^{2/L}.
//
// It is below the K-1 of neural collapse, for pairs, if 2^{2/L} K/2 < K-1, which is L ≥ 4 for
// K = 4, and L ≥ 3 for K ≥ 6. (In their count, L does not include the features, W_1 here.) It
// panics if K is not a multiple of the groups, or groups have less than two classes.
func SimplexLogits(k, groups int) *mat.Dense {
	if groups < 1 || k%groups != 0 || k/groups < 2 {
		panic(fmt.Sprintf("pnc: SimplexLogits: %d classes in %d groups; groups must have the same size, at least 2", k, groups))
	}
	size := k / groups
	margin := 1.0
	if groups > 1 {
		margin = 1 - 1/float64(size)
	}
	z := mat.NewDense(k, k, nil)
	for i := range k {
		for j := range k {
			if i/size == j/size {
				z.Set(i, j, -1/(float64(size)*margin))
			}
		}
		z.Set(i, i, (1-1/float64(size))/margin)
	}
	return z
}

// PolygonLogits returns K×K logits of margin 1 in which the classes are the corners of a
// regular polygon: cos(2π(i-j)/K)/(1 - cos(2π/K)). No smaller rank than 2 can classify three
// classes or more. The [MarginCost] is
//
//	2 (K/2 / (1 - cos(2π/K)))^{2/L}.
//
// It panics for less than three classes.
func PolygonLogits(k int) *mat.Dense {
	if k < 3 {
		panic(fmt.Sprintf("pnc: PolygonLogits: %d classes; at least 3 are needed", k))
	}
	turn := 2 * math.Pi / float64(k)
	z := mat.NewDense(k, k, nil)
	for i := range k {
		for j := range k {
			z.Set(i, j, math.Cos(turn*float64(i-j))/(1-math.Cos(turn)))
		}
	}
	return z
}

// TriangularLogits returns logits of margin 1 for the K = r(r-1)/2 classes {a, b}, the pairs
// of r points, in which the feature of a class is e_a + e_b - 2·1/r ∈ ℝ^r. The inner products
// are those of a strongly regular graph, the triangular graph: they depend only on how many
// points two pairs share. The rank is r-1, near √(2K), all singular values are r-2, and the
// [MarginCost] is
//
//	(r-1) (r-2)^{2/L}.
//
// For r = 4 these are the three pairs of opposite points of an octahedron. It panics for r < 4,
// where the margin would not be positive or the classes form a simplex.
func TriangularLogits(r int) *mat.Dense {
	if r < 4 {
		panic(fmt.Sprintf("pnc: TriangularLogits: %d points; at least 4 are needed", r))
	}
	b := pairs(r)
	k, _ := b.Dims()
	z := mat.NewDense(k, k, nil)
	z.Mul(b, b.T())
	z.Apply(func(_, _ int, v float64) float64 { return v - 4/float64(r) }, z)
	return z
}

// pairs returns the K×r matrix whose rows are the pairs of r points, as sums of two unit
// vectors.
func pairs(r int) *mat.Dense {
	m := mat.NewDense(r*(r-1)/2, r, nil)
	i := 0
	for a := range r {
		for b := range a {
			m.Set(i, a, 1)
			m.Set(i, b, 1)
			i++
		}
	}
	return m
}

// TriangularNetwork returns a ReLU network of depth L ≥ 3 that maps one-hot samples of the
// K = r(r-1)/2 classes of [TriangularLogits] to s times their labels, exactly, and whose
// hidden weights have rank r, near √(2K), where those of a collapsed network have rank K.
// The idea is that of Súkeník, Mondelli and Lampert (2024), who show with strongly regular
// graphs that deep neural collapse is not optimal for ReLU networks with weight decay. What
// it costs is derived here and has not been compared with the formulas of their proofs.
//
// # Construction
//
// Let B be the K×r matrix of the pairs. The features of class {a, b} are e_a + e_b in layers
// 1 to L-2: W_1 = Bᵀ, W_2 = ... = W_{L-2} = I_r, on which the ReLU does nothing. Layer L-1 has
// W_{L-1} = B (I - 11ᵀ/4), and before its ReLU the K×K matrix
//
//	B (I - 11ᵀ/4) Bᵀ = BBᵀ - 11ᵀ,
//
// since B1 = 2·1. It has rank r at most, and as two pairs share 2 points, 1 or none, its elements are 1
// on the diagonal and 0 or -1 elsewhere. The ReLU makes the identity of it, of rank K, which
// the classifier W_L = I_K passes on.
//
// # What it costs
//
// All of this holds if layers have positive factors of product s. With the best ones all
// ‖W_l‖² are alike and the [RepresentationCost] is that of the factor 1 times s^{2/L}. The
// squared norms there are ‖B‖² = 2K, r for each of W_2..W_{L-2}, K for the classifier, and
// for layer L-1, since BᵀB = (r-2)I + 11ᵀ has the eigenvalues r-2 and, along 1, 2(r-1),
//
//	‖B(I - 11ᵀ/4)‖² = (r-1)(r-2) + 2(r-1)(1-r/4)² = r²(r-1)/8 = rK/4,
//
// so that κ = (K³ r^{L-2}/2)^{1/L}. A network whose features collapse has κ = K, W_l = I_K in
// all layers, and no less if layers are linear, by [SchattenCost]. Both compare at the same
// output, so that for any weight decay, by [ShrunkenScale], the [Objective] is lower at low
// rank if and only if r^{L-2} < 2K^{L-3}, which is
//
//	2^{L-4} r < (r-1)^{L-3}.
//
// With five matrices, 2r < (r-1)², that is true for all r ≥ 4, K = 6, 10, 15, ... With four,
// r < r-1, it never is, and κ/K approaches 1 from above as r grows; nor is it with three. This
// arrangement does not settle those depths: others may be cheaper.
//
// Layers are r or K wide, K before the classifier. TriangularNetwork panics if r < 4, the
// depth is less than 3 or the scale is not positive.
func TriangularNetwork(r, depth int, scale float64) *Network {
	if r < 4 || depth < 3 || !(scale > 0) {
		panic(fmt.Sprintf("pnc: TriangularNetwork: %d points, depth %d, scale %g; at least 4 points and depth 3, and a positive scale, are needed", r, depth, scale))
	}
	b := pairs(r)
	k, _ := b.Dims()
	net := &Network{Name: fmt.Sprintf("triangular graph, %d classes, depth %d", k, depth)}
	add := func(w *mat.Dense) {
		name := fmt.Sprintf("hidden%d", len(net.Layers)+1)
		net.Layers = append(net.Layers, Layer{Name: name, W: w, ReLU: true})
	}
	add(mat.DenseCopyOf(b.T()))
	for range depth - 3 {
		add(Identity(1).weights(r, r, nil))
	}
	last := mat.DenseCopyOf(b)
	last.Apply(func(_, _ int, v float64) float64 { return v - 0.5 }, last) // B 11ᵀ/4 = 1 1ᵀ/2
	add(last)
	net.Layers = append(net.Layers, Layer{Name: "classifier", W: Identity(1).weights(k, k, nil)})

	norm := math.Sqrt(RepresentationCost(net)) * elementary.Pow(scale, 1/float64(depth))
	for _, l := range net.Layers {
		l.W.Scale(norm/mat.Norm(l.W, 2), l.W)
	}
	return net
}
