package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/elementary"
	"pnclab/pnc/internal/linalg"
)

// PredictSeparation returns the separation fuzziness D̃_l = tr(SS_W SS_B⁺) of the
// features z^0..z^{L-1} of a trained deep linear network by the closed form of
// [Predict], from the data alone. A Scale of 0 in the law gives the limit of small
// initial weights, in which layers 1, 2, ... have forgotten everything outside V.
//
// The law of equi-separation says that D̃ falls by the same factor in every layer (He, Su
// 2023). The compression C of these networks does. D̃ need not: it obeys another rule.
//
// # What a linear layer can do to D̃
//
// Let SS_B = B Bᵀ, with the K-1 columns of B spanning the centred class means, and let the
// layers up to l map x to Tx, with M = TᵀT. Then SS_W and SS_B become T SS_W Tᵀ and
// TB(TB)ᵀ, the pseudo-inverse of the latter is TB (BᵀMB)⁻² (TB)ᵀ, and so
//
//	D̃ = tr(G SS_W Gᵀ),  G = (BᵀMB)⁻¹ BᵀM,  GB = I.
//
// G is the least-squares fit of the means to a sample, with weights M, and D̃ the variance
// of its coefficients. Three statements follow.
//
//   - It stays where M maps the span of the means into itself, for then G is the same as
//     for M = I. An isometry does, and so does a layer that amplifies all means alike and
//     damps what is orthogonal to them, which makes C as small as one likes.
//   - It is never below the variance of the best fit, which by the theorem of Gauss and
//     Markov has the weights M = SS_W⁻¹: the [SeparationFloor] of the data, the same for
//     all that an invertible map makes of them, since the eigenvalues of SS_W⁻¹ SS_B are.
//     So it cannot fall by a factor in every layer for ever, unless that is 0.
//   - It rises where a layer amplifies directions of the means that vary more within the
//     classes than others.
//
// # The closed form
//
// Layer l has M = V S^{2l/L} Vᵀ + e (I - V Vᵀ) with e = ε^{2l}. With b = VᵀB, and c what
// I - VVᵀ leaves of B,
//
//	BᵀMB = bᵀS^{2l/L}b + e cᵀc,  BᵀM = bᵀS^{2l/L}Vᵀ + e cᵀ
//
// give G and D̃ for any data. This is what the function computes.
//
// Data that the network fits exactly have no scatter within the classes along V. If E is
// that outside,
//
//	D̃_l = e² tr(N⁻¹ cᵀE c N⁻¹),  N = bᵀS^{2l/L}b + e cᵀc.
//
// Where the second term of N is the smaller one and the S_j are alike, D̃ falls in every
// layer by (ε²/S^{2/L})², the square of the factor of C: both laws hold, and the classes
// are separated twice as fast as they are compressed. Of exactly orthonormal samples D̃ is
// 0 from the input on (cᵀE = 0): there is nothing left to separate, while C falls.
//
// Centred data that it cannot fit, mean zero and N > d in general, have K-1 directions V,
// those of linear discriminant analysis: V is the range of SS_T⁺B, hence SS_W V in that of
// B. With R = c b⁻¹ this is VᵀSS_W V = P and (I-VVᵀ) SS_W V = RP; let Q be the rest of the
// scatter outside V, (I-VVᵀ) SS_W (I-VVᵀ) = RPRᵀ + Q. Then in G SS_W Gᵀ all terms with P
// cancel but one:
//
//	D̃_l = tr(b⁻¹P b⁻ᵀ) + e² tr(b⁻¹ N⁻¹ RᵀQR N⁻¹ b⁻ᵀ),  N = S^{2l/L} + e RᵀR.
//
// The first term is the floor, which does not depend on l. D̃ falls towards it, what is left
// above it again by the square of the factor of C, and stays there. Neither ε nor the
// depth changes how far it falls in all, SeparationFloor over D̃ of the data.
//
// If the means are not centred, V has K directions for K-1 differences of means. Then b is
// not square, and even for e = 0
//
//	G = (bᵀS^{2l/L}b)⁻¹ bᵀS^{2l/L}Vᵀ
//
// depends on l: the weights S^{2l/L}, which training chose to fit the labels, are not P⁻¹,
// which would be the best. D̃ can rise from layer to layer while C falls.
//
// # Where it ends: width
//
// In the first of these cases D̃ falls without end. In a trained network it does so in the
// first half of the layers only. In the notation of [Shrinkage] the hidden weights of the
// plane of one class have the squared singular values ε²λ₊ along u and ε²λ₋ along w, and by
// the conserved quantities the classifier has
//
//	W_LᵀW_L = ε² (diag(λ₊, λ₋) - ν νᵀ),  |ν| = 1,  ν_u²/λ₊ + ν_w²/λ₋ = 1,
//
// the last since its rank is 1. Samples that are fitted exactly have no scatter within the
// classes in what it reads. But that is not u alone: it gives 0 for z ∝ (ν_u/λ₊, ν_w/λ₋), and
// so to have no scatter at the output takes some along u. Traced back to the input, through
// L-1 layers, the components of x - μ along u and w have the ratio (ν_u/ν_w)
// (λ₋/λ₊)^{(L+1)/2}. With λ₊ = σ²/ε² large, σ_j = S_j^{1/L} and λ₋ = s², there is scatter
//
//	p_j² = (1-s²) s^{2L} (ε²/σ_j²)^{L+1} t/(w-K)
//
// along v_j, where t is the scatter within the classes outside V and w the width of the hidden
// layers, in which the direction w of class j is random. Being along V it is amplified as the means
// are, so that its part of D̃ is the same in all layers:
//
//	for n orthonormal samples in each class  (K-1) nK (1-1/n)/(w-K) · (1-s²) s^{2L} q^{L+1},
//
// with the factor q of C. The law above, q^{2l}, is below it from l = (L+1)/2 on. If a
// width of at least d is given, PredictSeparation includes it, with the shrinkage that
// Predict has, both on average over orthogonal initial weights.
//
// # Accuracy
//
// The relative error is that of rounding, a few 2⁻⁵³ times the condition number of BᵀMB,
// as long as D̃ is well above (2⁻⁵³)². What the law itself neglects, see Predict, enters D̃
// with twice the relative error that it has in C. The random directions that a width brings
// in are few: of one network the last part is off by a third or so. Directions of the means whose eigenvalue
// of BᵀMB is below d·2⁻⁵² times the largest count as zero, as in LayerMeasures.Separation.
// PredictSeparation panics as Predict does.
func PredictSeparation(data *Dataset, law Law) []float64 {
	if law.Depth < 2 {
		panic(fmt.Sprintf("pnc: PredictSeparation: depth %d; at least 2 is needed", law.Depth))
	}
	v, s := law.signal(data)
	x := data.X()
	n, d := x.Dims()
	k := data.K()
	along := linalg.Mul(false, false, x, v)
	outside := linalg.Mul(false, true, along, v)
	outside.Sub(x, outside)
	b, within := meansAndRest(along, data)
	c, withinOutside := meansAndRest(outside, data)
	cc := linalg.Mul(false, true, c, c)
	cWithin := linalg.Mul(false, true, c, withinOutside) // K×N

	out := make([]float64, law.Depth)
	for l := range out {
		e := elementary.Pow(law.Scale, float64(2*l)) * law.outside(l, d, k)
		weighted := mat.DenseCopyOf(b) // b S^{2l/L}, one row per class
		for j, sv := range s {
			weight := elementary.Pow(sv, 2*float64(l)/float64(law.Depth))
			for i := range k {
				weighted.Set(i, j, weight*weighted.At(i, j))
			}
		}
		normal := linalg.Mul(false, true, weighted, b)
		right := linalg.Mul(false, true, weighted, within) // K×N
		normal.Apply(func(i, j int, v float64) float64 { return v + e*cc.At(i, j) }, normal)
		right.Apply(func(i, j int, v float64) float64 { return v + e*cWithin.At(i, j) }, right)
		inverse := pseudoInverseSym(normal, d)
		out[l] = squaredNorm(linalg.Mul(false, false, inverse, right)) / float64(n)
		if l > 0 && law.Width >= d {
			for j, sv := range s {
				spread := math.Sqrt(law.misalignment(sv) * squaredNorm(withinOutside) / float64(n) / float64(law.Width-k))
				for i := range k {
					weighted.Set(i, j, spread*weighted.At(i, j))
				}
			}
			out[l] += squaredNorm(linalg.Mul(false, false, inverse, weighted))
		}
	}
	return out
}

// misalignment returns (1-s²) s^{2L} (ε²/S^{2/L})^{L+1} for a singular value S of the
// solution of minimum norm.
func (law Law) misalignment(sv float64) float64 {
	depth := float64(law.Depth)
	s2 := Shrinkage(law.Depth) * Shrinkage(law.Depth)
	q := law.Scale * law.Scale / elementary.Pow(sv, 2/depth)
	return (1 - s2) * elementary.Pow(s2, depth) * elementary.Pow(q, depth+1)
}

// squaredNorm returns the sum of the squares of the elements.
func squaredNorm(m *mat.Dense) float64 {
	norm := mat.Norm(m, 2)
	return norm * norm
}

// SeparationFloor returns the least D̃ = tr(SS_W SS_B⁺) that any linear map of the data has
// which keeps the class means apart: Σ_j 1/λ_j over the positive eigenvalues λ_j of
// SS_W⁻¹ SS_B, which by the theorem of Gauss and Markov the map SS_W^{-1/2} attains, see
// [PredictSeparation]. No layer of a deep linear network is below the floor of its data, and
// every layer whose matrix is invertible has the same floor as the one before.
//
// In terms of the samples: let the columns of Z be orthonormal combinations of the centred
// labels and s_j² the share of each, in their principal directions, that the best linear fit
// with an intercept leaves. Then λ_j = (1-s_j²)/s_j², and
//
//	floor = Σ_j s_j²/(1-s_j²),
//
// which also holds where SS_W is singular: the floor is 0 if the labels can be fitted
// exactly, as of N ≤ d independent samples. For classes of the same size it is at least
// (K-1) r/(1-r) with r of LayerMeasures.Residual, the mean of the s_j².
//
// Singular values of the centred data below max(N, d)·2⁻⁵² times the largest count as zero.
// Directions in which the class means coincide, which no pseudo-inverse sees, are left out.
// The absolute error of a share is a few 2⁻⁵³ s_j.
func SeparationFloor(data *Dataset) float64 {
	x := mat.DenseCopyOf(data.X())
	n, d := x.Dims()
	mean := make([]float64, d)
	for i := range n {
		floats.Add(mean, x.RawRowView(i))
	}
	floats.Scale(1/float64(n), mean)
	for i := range n {
		floats.Sub(x.RawRowView(i), mean)
	}
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDThin) {
		panic("pnc: SeparationFloor: the singular value decomposition of the data did not converge")
	}
	var u mat.Dense
	svd.UTo(&u)
	rank := 0
	values := svd.Values(nil)
	for rank < len(values) && values[rank] > float64(max(n, d))*0x1p-52*values[0] {
		rank++
	}
	if rank == 0 {
		return math.NaN() // all samples are the same
	}
	q := mat.DenseCopyOf(u.Slice(0, n, 0, rank))

	sizes := data.ClassSizes()
	z := mat.NewDense(n, data.K(), nil)
	for i, class := range data.Labels {
		for k, size := range sizes {
			z.Set(i, k, -math.Sqrt(float64(size))/float64(n))
		}
		z.Set(i, class, z.At(i, class)+1/math.Sqrt(float64(sizes[class])))
	}
	fit := linalg.Mul(false, false, q, linalg.Mul(true, false, q, z))
	z.Sub(z, fit)
	var floor float64
	for _, s := range linalg.SingularValues(z) {
		if left := s * s; left < 1-float64(max(n, d))*0x1p-52 {
			floor += left / (1 - left)
		}
	}
	return floor
}

// meansAndRest returns, for features z of the samples, the K×d matrix of class means that
// are centred at the mean of all samples and weighted by √(n_k/N), and the N×d matrix of the
// samples less the mean of their class.
func meansAndRest(z *mat.Dense, data *Dataset) (means, rest *mat.Dense) {
	n, d := z.Dims()
	sizes := data.ClassSizes()
	means, rest = mat.NewDense(len(sizes), d, nil), mat.DenseCopyOf(z)
	for i, k := range data.Labels {
		floats.Add(means.RawRowView(k), z.RawRowView(i))
	}
	all := make([]float64, d)
	for k, size := range sizes {
		floats.AddScaled(all, 1/float64(n), means.RawRowView(k))
		floats.Scale(1/float64(size), means.RawRowView(k))
	}
	for i, k := range data.Labels {
		floats.Sub(rest.RawRowView(i), means.RawRowView(k))
	}
	for k, size := range sizes {
		floats.Sub(means.RawRowView(k), all)
		floats.Scale(math.Sqrt(float64(size)/float64(n)), means.RawRowView(k))
	}
	return means, rest
}

// pseudoInverseSym returns the pseudo-inverse of a symmetric matrix that has no negative
// eigenvalues but those of rounding. Eigenvalues below d·2⁻⁵² times the largest count as zero.
func pseudoInverseSym(m *mat.Dense, d int) *mat.Dense {
	n, _ := m.Dims()
	sym := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			sym.SetSym(i, j, (m.At(i, j)+m.At(j, i))/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(sym, true) {
		panic("pnc: the eigenvalue decomposition did not converge")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	values := eigen.Values(nil) // ascending
	scaled := mat.DenseCopyOf(&vectors)
	for j, v := range values {
		inverse := 0.0
		if v > float64(d)*0x1p-52*values[n-1] {
			inverse = 1 / v
		}
		for i := range n {
			scaled.Set(i, j, inverse*scaled.At(i, j))
		}
	}
	return linalg.Mul(false, true, scaled, &vectors)
}
