//go:build !js

package pnc

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
)

// WeightAngles says how the class means of the features z^l lie to the directions that
// the next weights W_{l+1} amplify most. It is what [MeasureAngles] returns of a layer.
type WeightAngles struct {
	// Layer is l, 0 for the input, and Name the name of the features.
	Layer int
	Name  string
	// Angles holds the principal angles in radians, between 0 and π/2 in ascending
	// order: as many as the smaller of Means and Directions. They are NaN where the
	// directions are undefined because Gap is zero up to rounding.
	Angles []float64
	// Means is p, the dimension of the span of the class means minus their mean, at
	// most K-1. Directions is q, the number of right singular vectors, and Dim the
	// number of features d.
	Means, Directions, Dim int
	// Gap is (σ_q - σ_{q+1})/σ_1 of W_{l+1}, with 0 for singular values that a matrix
	// does not have. Rounding turns the directions by about 2⁻⁵²/Gap.
	Gap float64
}

// Overlap returns the mean of cos² of the angles, ‖PQ‖²/min(p, q) with the projections P
// and Q on both subspaces: 1 if one contains the other, 0 if they are orthogonal, NaN if
// there are no angles. Subspaces in random position have the overlap [WeightAngles.Chance]
// on average.
func (a WeightAngles) Overlap() float64 {
	sum := 0.0
	for _, θ := range a.Angles {
		sum += math.Cos(θ) * math.Cos(θ)
	}
	return sum / float64(len(a.Angles))
}

// Chance returns max(p, q)/d, the overlap of subspaces in random position: E[P] = (p/d) I
// for one that is uniformly distributed, so that E‖PQ‖² = E tr(PQ) = pq/d. It is NaN if there
// are no angles.
func (a WeightAngles) Chance() float64 {
	if min(a.Means, a.Directions) == 0 {
		return math.NaN()
	}
	return float64(max(a.Means, a.Directions)) / float64(a.Dim)
}

// MeasureAngles returns the principal angles between the span of the class means of the
// features z^l, minus the mean of the class means, and the span of the right singular
// vectors v_1, ..., v_q of W_{l+1} with the largest singular values, for l = 0, ..., L-1.
// Rangamani, Lindegaard, Galanti and Poggio (2023) found that these subspaces align in the
// upper layers of trained classifiers.
//
// q is the given number of directions, or the dimension p of the span of the means if that
// is 0, and never more than the rank of W_{l+1}. p is the natural choice for networks whose
// logits have K-1 dimensions. A deep linear network that fits one-hot labels amplifies K
// directions alike, of which no K-1 are the largest: give K.
//
// The principal angles of subspaces with orthonormal bases A and B are θ_i with
//
//	cos θ_i = σ_i(AᵀB),   sin θ_i = σ_{r+1-i}(B - A AᵀB),   i = 1, ..., r,
//
// where r is the dimension of the second subspace, the smaller one. Cosines determine large
// angles and sines small ones (Björck, Golub 1973), so that all have an absolute error of
// some 2⁻⁵² for given bases. That of the means turns by rounding about as much as 2⁻⁵² times
// the ratio of the largest to the smallest singular value of the centred means; values that
// rounding alone may cause count as zero.
//
// BatchNorm is in evaluation mode. Features that go into a convolution are left out: kernels
// act on patches of images, not on features. The memory does not depend on the number of
// samples. MeasureAngles panics if the network does not fit the data or if directions is
// negative.
func MeasureAngles(net *Network, data *Dataset, directions int) []WeightAngles {
	net.mustFit(data)
	if directions < 0 {
		panic("pnc: MeasureAngles: a negative number of directions; 0 means as many as the class means span")
	}
	var o MeasureOptions
	for l := range net.Layers {
		if net.Layers[l].Conv == nil {
			o.Layers = append(o.Layers, l)
		}
	}
	if o.Layers == nil {
		return nil
	}
	src := networkFeatures(net, data, o.withDefaults(net, data))
	first, _, err := firstPass(context.Background(), src, Scatter)
	if err != nil {
		panic("pnc: " + err.Error()) // without a deadline nothing can fail
	}
	all := make([]WeightAngles, len(first))
	for i, l := range src.layers {
		all[i] = WeightAngles{Layer: l.index, Name: l.name, Dim: l.dim}
		all[i].measure(first[i].scatter.meansBasis(), net.Layers[l.index].W, directions)
	}
	return all
}

// measure fills in the angles between means, an orthonormal basis as d×p matrix or nil, and
// the right singular vectors of w.
func (a *WeightAngles) measure(means, w *mat.Dense, directions int) {
	if means == nil {
		return
	}
	_, a.Means = means.Dims()
	if directions == 0 {
		directions = a.Means
	}
	singular, v := rightSingular(w)
	out, in := w.Dims()
	rounding := float64(max(out, in)) * 0x1p-52
	for a.Directions < min(directions, len(singular)) && singular[a.Directions] > rounding*singular[0] {
		a.Directions++
	}
	if a.Directions == 0 {
		return
	}
	next := 0.0
	if a.Directions < len(singular) {
		next = singular[a.Directions]
	}
	a.Gap = (singular[a.Directions-1] - next) / singular[0]
	if !(a.Gap > rounding) {
		a.Angles = linalg.NaNs(min(a.Means, a.Directions))
		return
	}
	a.Angles = principalAngles(means, mat.DenseCopyOf(v.Slice(0, in, 0, a.Directions)))
}

// meansBasis returns an orthonormal basis of the span of the centred class means as d×p
// matrix, nil if they coincide up to rounding or are not finite.
func (s *scatter) meansBasis() *mat.Dense {
	k, d := s.mean.Dims()
	singular, v := rightSingular(s.centred())
	least := floats.Norm(s.rounding().of, 2)
	p := 0
	for p < min(k-1, d) && singular != nil && singular[p] > max(least, float64(max(k, d))*0x1p-52*singular[0]) {
		p++
	}
	if p == 0 {
		return nil
	}
	return mat.DenseCopyOf(v.Slice(0, d, 0, p))
}

// rightSingular returns the singular values of m in descending order and its right singular
// vectors as columns; nil if m is zero or not finite.
func rightSingular(m *mat.Dense) ([]float64, *mat.Dense) {
	largest := mat.Norm(m, 1) // NaN or Inf if any element is
	if !(largest > 0) || math.IsInf(largest, 0) {
		return nil, nil
	}
	var svd mat.SVD
	var scaled, v mat.Dense
	scaled.Scale(1/largest, m)
	if !svd.Factorize(&scaled, mat.SVDThinV) {
		return nil, nil
	}
	svd.VTo(&v)
	return svd.Values(nil), &v
}

// principalAngles returns the angles between the spans of the columns of a and b, which are
// orthonormal, in ascending order.
func principalAngles(a, b *mat.Dense) []float64 {
	_, p := a.Dims()
	if _, q := b.Dims(); q > p {
		a, b = b, a
	}
	product := linalg.Mul(true, false, a, b)
	cosines := linalg.SingularValues(product)
	rest := linalg.Mul(false, false, a, product)
	rest.Sub(b, rest)
	sines := linalg.SingularValues(rest)
	angles := make([]float64, len(cosines))
	for i, c := range cosines {
		if c*c < 0.5 {
			angles[i] = math.Acos(c)
		} else {
			angles[i] = math.Asin(min(1, sines[len(sines)-1-i]))
		}
	}
	return angles
}
