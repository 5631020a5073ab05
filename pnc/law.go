package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/elementary"
	"pnclab/pnc/internal/linalg"
)

// Law holds the constants of the closed form for the features of a trained deep
// linear network.
type Law struct {
	// Depth is L, the number of layers including the classifier.
	Depth int
	// Scale is ε, the singular value that training does not change: the scale of an
	// orthogonal initialisation.
	Scale float64
	// Alpha is α, the factor of the logits in the loss; 0 means 1.
	Alpha float64
	// Width is w, the width of the hidden layers. 0 means the assumptions of the
	// theorem, which do not depend on the width, see [Predict].
	Width int
}

// Predict returns the measures of the features z^0..z^{L-1} that a deep linear
// network has after training, from the data alone: the closed form implied by the
// assumptions of Wang et al. 2025 with ρ = 0 and balanced weights wherever possible.
//
// # Derivation
//
// Assume that the end-to-end matrix is the minimum-norm solution, that consecutive
// weights are balanced, and that all but K singular values of every hidden weight
// equal ε:
//
//	W_L ⋯ W_1 = W = Y X⁺ / α,   W_{l+1}ᵀ W_{l+1} = W_l W_lᵀ.
//
// Balanced weights share their singular values and have matching singular
// vectors, so with the thin SVD W = U S Vᵀ each of the L factors contributes the
// L-th root of S along the K directions of V, and the first l of them map
//
//	x ↦ U_l S^{l/L} Vᵀx + ε^l R_l (I - V Vᵀ) x,
//
// where the columns of U_l are orthonormal, R_l is an isometry on the complement
// of V, and their ranges are orthogonal. Rotations U_l, R_l change no distance and
// no angle, so all pairs of features satisfy
//
//	⟨z_i^l, z_j^l⟩ = x_iᵀ V S^{2l/L} Vᵀ x_j + ε^{2l} x_iᵀ (I - V Vᵀ) x_j
//
// and every measure that depends on inner products only, among them C_l and D_l,
// is that of the features (S^{l/L} Vᵀx, ε^l (I - V Vᵀ)x), which Predict measures.
//
// At l = 0 this is the data itself. Balance cannot be exact at the classifier, whose
// rank is K: there W_Lᵀ W_L - W_{L-1} W_{L-1}ᵀ = -ε² (I - V Vᵀ) up to rotation, so
// that δ = ε² √(d - K), which does not affect the features before it. The law holds
// for any data; where samples cannot be fitted exactly, W is the minimum-norm
// least-squares solution. It does not describe the classifier, so NC3 is NaN and NC4
// counts labels. Predict panics if the depth is less than 2.
//
// # Width
//
// If the width w is given, one of two effects that the assumptions leave out is
// included, on average over orthogonal initial weights. In a network at least as
// wide as the data, K of the directions outside V have shrunk from ε to sε, with s
// of [Shrinkage]. In a narrower one, where they shrink less, W_1 passes on only w - K
// of the d - K dimensions outside V. Inner products there are multiplied by
//
//	1 - K/(w-K) (1 - s^{2l})  for w ≥ d,   (w-K)/(d-K)  for w < d   at l ≥ 1.
func Predict(data *Dataset, law Law) *Evaluation { return PredictWith(data, law, Everything) }

// PredictWith is [Predict] with a choice of measures, as [MeasureWith] has it; 0 means
// Everything. [Scatter], which has C and D, takes a fraction of the time.
func PredictWith(data *Dataset, law Law, what Measures) *Evaluation {
	if law.Depth < 2 {
		panic(fmt.Sprintf("pnc: Predict: depth %d; at least 2 is needed", law.Depth))
	}
	x := data.X()
	n, d := x.Dims()
	v, s := law.signal(data)
	r := len(s)
	var along, rest mat.Dense
	along.Mul(x, v) // N×r, Vᵀx
	rest.Mul(&along, v.T())
	rest.Sub(x, &rest) // N×d, (I - VVᵀ)x

	layers := make([]LayerFeatures, law.Depth)
	for l := range layers {
		z := mat.NewDense(n, r+d, nil)
		decay := elementary.Pow(law.Scale, float64(l)) * math.Sqrt(law.outside(l, d, data.K()))
		for i := range n {
			row := z.RawRowView(i)
			for j := range r {
				row[j] = elementary.Pow(s[j], float64(l)/float64(law.Depth)) * along.At(i, j)
			}
			for j := range d {
				row[r+j] = decay * rest.At(i, j)
			}
		}
		layers[l] = LayerFeatures{layerName(l), z}
	}
	return measureRows(fmt.Sprintf("closed form, ε = %g", law.Scale), layers, data, what)
}

// PredictSeeds returns the predictions for the data that the source generates from
// the seeds 1 to n, for comparison with the runs of [Experiment.Seeds].
func PredictSeeds(source Source, law Law, n int) ([]*Evaluation, error) {
	evs := make([]*Evaluation, n)
	for i := range evs {
		data, err := source.Generate(i + 1)
		if err != nil {
			return nil, err
		}
		evs[i] = Predict(data, law)
	}
	return evs, nil
}

// signal returns V, d×r, and the r singular values of the solution of minimum norm.
// Values that are nothing but rounding have no direction and are left out, as where
// centred data make the rows of Y X⁺ add up to zero.
func (law Law) signal(data *Dataset) (v *mat.Dense, s []float64) {
	alpha := law.Alpha
	if alpha == 0 {
		alpha = 1
	}
	w := MinNormSolution(data, alpha)
	var svd mat.SVD
	if !svd.Factorize(w, mat.SVDThin) {
		panic("pnc: the singular value decomposition of the minimum-norm solution did not converge")
	}
	v = new(mat.Dense)
	svd.VTo(v)
	s = svd.Values(nil)
	d, r := v.Dims()
	// W is a product of a d×N matrix of norm ‖W‖: its rounding is N ε of that at most.
	for r > 1 && s[r-1] <= float64(max(data.Len(), d))*0x1p-52*s[0] {
		r--
	}
	return mat.DenseCopyOf(v.Slice(0, d, 0, r)), s[:r]
}

// outside returns the factor by which the width changes inner products outside V at
// layer l, for data of dimension d in k classes.
func (law Law) outside(l, d, k int) float64 {
	if law.Width == 0 || l == 0 {
		return 1
	}
	rest := float64(law.Width - k)
	if law.Width < d {
		return max(0, rest/float64(d-k))
	}
	return 1 - min(1, float64(k)/rest)*(1-elementary.Pow(Shrinkage(law.Depth), float64(2*l)))
}

// MinNormSolution returns the K×d matrix Y X⁺/α, the minimum-norm end-to-end map
// among those that minimise ‖α W X - Y‖_F. Singular values of X below max(N,
// d)·2⁻⁵²·σ_max count as zero.
func MinNormSolution(data *Dataset, alpha float64) *mat.Dense {
	var w mat.Dense
	w.Mul(linalg.PseudoInverse(data.X()), data.OneHot()) // (d×N)(N×K), with X⁺ of the N×d matrix
	w.Scale(1/alpha, &w)
	return mat.DenseCopyOf(w.T())
}

// OrthonormalC returns C_0..C_{L-1} for exactly orthonormal samples, n in each of
// k classes: the corollary
//
//	C_l = (n-1) K/(K-1) · (α^{2/L} ε² / n^{1/L})^l
//
// of [Predict]. Then W = Yᵀ-columns over α has K equal singular values √n/α; the
// part of a sample along V is the share 1/√n of its class, and the rest has squared
// norm 1 - 1/n and mean zero within the class, so tr Σ_W = ε^{2l}(1 - 1/n) and tr
// Σ_B = (n/α²)^{l/L} (K-1)/(nK).
func OrthonormalC(n, k int, law Law) []float64 {
	if law.Alpha == 0 {
		law.Alpha = 1
	}
	depth := float64(law.Depth)
	rate := math.Pow(law.Alpha*law.Alpha/float64(n), 1/depth) * law.Scale * law.Scale
	c := make([]float64, law.Depth)
	for l := range c {
		c[l] = float64(n-1) * float64(k) / float64(k-1) * math.Pow(rate, float64(l))
	}
	return c
}

// MeansPower returns D_0..D_{L-1} from the second corollary of [Predict]: for
// balanced classes and ε → 0 the Gram matrix of the class means at layer l is, up
// to a factor, the matrix power
//
//	G^{1 - l/L},   G = (Y (XᵀX)⁻¹ Yᵀ)⁻¹,
//
// since VᵀX = S⁻¹Uᵀ Y/α makes the Gram matrix of the means (W Wᵀ)^{l/L - 1} with
// W Wᵀ = G⁻¹/α². The power moves from the data's Gram matrix at l = 0 to the
// identity at l = L: the class means turn orthogonal along a geodesic, which is
// why D grows almost linearly. It panics if the samples are linearly dependent.
func MeansPower(data *Dataset, depth int) []float64 {
	w := MinNormSolution(data, 1)
	var wwt mat.SymDense
	wwt.SymOuterK(1, w)
	var eigen mat.EigenSym
	if !eigen.Factorize(&wwt, true) {
		panic("pnc: MeansPower: the eigenvalue decomposition did not converge")
	}
	values := eigen.Values(nil)
	if values[0] <= 0 {
		panic("pnc: MeansPower: linearly dependent samples")
	}
	var q mat.Dense
	eigen.VectorsTo(&q)
	k, _ := q.Dims()
	d := make([]float64, depth)
	for l := range d {
		// rows of Q Λ^{(l/L-1)/2} have the Gram matrix (WWᵀ)^{l/L-1}
		root := mat.DenseCopyOf(&q)
		for j := range k {
			scale := math.Pow(values[j], (float64(l)/float64(depth)-1)/2)
			for i := range k {
				root.Set(i, j, scale*root.At(i, j))
			}
		}
		rounded := make([]float64, k)
		for i := range rounded {
			rounded[i] = 2 * unit64 * mat.Norm(root.RowView(i), 2)
		}
		d[l], _ = discrimination(root, rounded)
	}
	return d
}

// DiscriminationBound returns the lower bounds of D_0..D_{L-1},
//
//	D_l ≥ 1 - 32 (θ + 4δ)(2 - (l+1)/L) - n^{-Ω(1)}   (Wang et al. 2025, Theorem, part ii),
//
// without the last term, whose constant is not known: a bound for large n only. It
// is informative where θ + 4δ is less than about 1/32.
func DiscriminationBound(theta, delta float64, depth int) []float64 {
	b := make([]float64, depth)
	for l := range b {
		b[l] = 1 - 32*(theta+4*delta)*(2-float64(l+1)/float64(depth))
	}
	return b
}

// OneMatrix returns the measures of z^0..z^{L-1} that follow from the first
// weight matrix of a deep linear network alone, with
//
//	⟨z_i^l, z_j^l⟩ = x_iᵀ (W_1ᵀ W_1)^l x_j.
//
// Gradient flow conserves W_{l+1}ᵀW_{l+1} - W_l W_lᵀ (Arora, Cohen, Hazan 2018).
// After an orthogonal initialisation with hidden width d equal to the dimension of
// the data these vanish for l ≤ L-2, and
//
//	W_{l:1}ᵀ W_{l:1} = W_{l-1:1}ᵀ (W_{l-1} W_{l-1}ᵀ) W_{l-1:1} = … = (W_1ᵀ W_1)^l
//
// by induction: throughout training, exactly for a vanishing step, and with an error
// proportional to the step otherwise. OneMatrix panics if the network is not linear.
func OneMatrix(net *Network, data *Dataset) *Evaluation {
	net.mustBeLinear("OneMatrix")
	return fromFirst("from W₁ alone", net.Layers[0].W, net.Depth(), data, Everything)
}

// fromFirst is OneMatrix for a first weight matrix, with a choice of measures.
func fromFirst(name string, w *mat.Dense, depth int, data *Dataset, what Measures) *Evaluation {
	var svd mat.SVD
	if !svd.Factorize(w, mat.SVDThin) {
		panic("pnc: OneMatrix: the singular value decomposition did not converge")
	}
	var v, along mat.Dense
	svd.VTo(&v)
	s := svd.Values(nil)
	x := data.X()
	along.Mul(x, &v)
	n, r := along.Dims()
	layers := []LayerFeatures{{layerName(0), x}}
	for l := 1; l < depth; l++ {
		z := mat.NewDense(n, r, nil)
		for i := range n {
			for j := range r {
				z.Set(i, j, math.Pow(s[j], float64(l))*along.At(i, j))
			}
		}
		layers = append(layers, LayerFeatures{layerName(l), z})
	}
	return measureRows(name, layers, data, what)
}
