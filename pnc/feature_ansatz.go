//go:build !js

package pnc

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"pnclab/pnc/internal/linalg"
)

// FeatureAnsatz says how well the weights of a layer are explained by the neural feature
// ansatz. It is what [CheckFeatureAnsatz] returns of a layer.
type FeatureAnsatz struct {
	// Layer is l, from 1 to L for the classifier, and Name the name of the layer.
	Layer int
	Name  string
	// Cosine is ⟨A, B⟩/(‖A‖‖B‖) with A = W_lᵀW_l and B = G_l, between 0 and 1, as both
	// are positive semidefinite. Pearson is the correlation of their elements, the same
	// of A and B minus the means of all their elements. Both are NaN for matrices that
	// are zero, or constant, or not finite.
	Cosine, Pearson float64
	// RootCosine and RootPearson are those of W_lᵀW_l and G_l^{1/(L-l+1)}.
	RootCosine, RootPearson float64
}

// CheckFeatureAnsatz compares W_lᵀW_l with the average gradient outer product G_l of
// [GradientProducts], and with its root, for every fully connected layer that no
// convolution follows. The neural feature ansatz says that W_lᵀW_l is proportional to a
// power of G_l after training (Radhakrishnan, Beaglehole, Pandit, Belkin 2024).
//
// G_l = W_lᵀ M W_l, where M is the same average for the derivative by W_l z^{l-1}, shares
// the factors W_l with W_lᵀW_l, so that they are correlated before training, fully if M is
// a multiple of I, as it is for the classifier, where both matrices are the same. What
// training does is what is above the value of the initial network: check that too.
//
// # The power
//
// In a deep linear network that is balanced, W_{j+1}ᵀW_{j+1} = W_jW_jᵀ for all j, the power
// follows. Let H_j = W_jᵀW_j. From the top, G_L = H_L; and if G_{l+1} = H_{l+1}^m, then
//
//	G_l = W_lᵀ G_{l+1} W_l = W_lᵀ (W_lW_lᵀ)^m W_l = (W_lᵀW_l)^{m+1},
//
// so that G_l = H_l^{L-l+1}: the ansatz holds for G_l^{1/(L-l+1)} exactly. For the first
// layer this is the power 1/L of Tansley, Massart and Cartis (2025). Gradient flow keeps a
// balanced network balanced. An imbalance D_j = W_{j+1}ᵀW_{j+1} - W_jW_jᵀ, as between
// orthogonal hidden weights and a classifier with K rows, leaves
//
//	‖G_l - H_l^{m+1}‖ ≤ ‖W_l‖² ( ‖G_{l+1} - H_{l+1}^m‖ + m s^{m-1} ‖D_l‖ ),
//
// with m = L-l and the larger s of ‖H_{l+1}‖ and ‖W_lW_lᵀ‖, in Frobenius norms but for those
// of W_l and in s, which are spectral. ReLU has no such law; that the same root is compared
// there is a choice, for what it shows.
//
// The rank of G_l is K, that of H_l is not: directions that training has no use for keep the
// ε of orthogonal initial weights. So the cosine of a hidden layer with the root is below 1,
//
//	cos = 1/√(1 + Σ_{j>K} σ_j⁴ / Σ_{j≤K} σ_j⁴),
//
// with the singular values σ_j of W_l, of which those after the K-th are ε or less. Before
// training, where all of them are ε, this is √(K/d).
//
// # Accuracy
//
// Cosine and Pearson are accurate to some d·2⁻⁵². Eigenvalues of G_l below d·2⁻⁵² of the
// largest are rounding and count as zero, and those of the root below the (L-l+1)-th root
// of that, which is 0.005 for d = 64 and six layers, with them. The time is that of the
// gradients and of the eigenvectors of d×d matrices. CheckFeatureAnsatz panics if the
// network does not fit the data.
func CheckFeatureAnsatz(net *Network, data *Dataset) []FeatureAnsatz {
	var all []FeatureAnsatz
	for i, g := range GradientProducts(net, data) {
		if g == nil {
			continue
		}
		l := &net.Layers[i]
		h := linalg.Mul(true, false, l.W, l.W)
		a := FeatureAnsatz{Layer: i + 1, Name: l.Name}
		a.Cosine, a.Pearson = matrixCosines(h, g)
		a.RootCosine, a.RootPearson = a.Cosine, a.Pearson
		if power := net.Depth() - i; power > 1 {
			a.RootCosine, a.RootPearson = matrixCosines(h, matrixRoot(g, power))
		}
		all = append(all, a)
	}
	return all
}

// matrixCosines returns the cosine of the angle between two matrices as vectors, and the
// correlation of their elements.
func matrixCosines(a, b *mat.Dense) (cosine, pearson float64) {
	x, y := unitScale(a), unitScale(b)
	if x == nil || y == nil {
		return math.NaN(), math.NaN()
	}
	cosine = floats.Dot(x, y) / (floats.Norm(x, 2) * floats.Norm(y, 2))
	return min(1, cosine), stat.Correlation(x, y, nil)
}

// unitScale returns the elements of m divided by the largest, so that their squares are
// ordinary numbers; nil if m is zero or not finite.
func unitScale(m *mat.Dense) []float64 {
	x := append([]float64(nil), m.RawMatrix().Data...)
	largest := floats.Norm(x, math.Inf(1))
	if !(largest > 0) || math.IsInf(largest, 0) || floats.HasNaN(x) {
		return nil
	}
	floats.Scale(1/largest, x)
	return x
}

// matrixRoot returns a multiple of m^{1/power} for a positive semidefinite matrix m, and m
// if that is zero or not finite.
func matrixRoot(m *mat.Dense, power int) *mat.Dense {
	x := unitScale(m)
	if x == nil {
		return m
	}
	d, _ := m.Dims()
	var eigen mat.EigenSym
	if !eigen.Factorize(mat.NewSymDense(d, x), true) {
		panic("pnc: the eigenvalue decomposition for the root of a matrix did not converge")
	}
	var v mat.Dense
	eigen.VectorsTo(&v)
	values := eigen.Values(nil) // ascending
	for c, λ := range values {
		factor := 0.0
		if λ > float64(d)*0x1p-52*values[d-1] {
			factor = math.Pow(λ/values[d-1], 0.5/float64(power))
		}
		for r := range d {
			v.Set(r, c, factor*v.At(r, c))
		}
	}
	return linalg.Mul(false, true, &v, &v)
}
