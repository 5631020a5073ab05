package pnc

import (
	"fmt"
	"math"

	"pnclab/pnc/internal/elementary"
)

// Shrinkage returns s, 0 < s < 1: after training from a small orthogonal
// initialisation, the K smallest singular values of every hidden weight of a deep
// linear network of depth L are sε, while those between them and the K largest are
// ε. It panics if the depth is less than 2.
//
//	L   2       3       4       5       6       8       12
//	s   0.7071  0.8336  0.8844  0.9116  0.9285  0.9483  0.9667
//
// # Derivation
//
// Near W = 0 the output of the network is negligible, and gradient flow on
// ‖αW_{L:1}X - Y‖²/N has the constant driving term G = (2α/N) Y Xᵀ. For orthonormal
// samples, n in each class, G = g U Vᵀ with K equal singular values g = 2α√n/N. Let
// W_l(0) = εO_l with O_l orthogonal, and rotate the bases so that O_1, …, O_{L-1} = I
// and W_L(0) = εU Aᵀ. If d ≫ K, the columns of A are orthogonal to those of V: class k
// lives in the plane of v_k and a_k, in which the hidden weights are 2×2 matrices M_l
// and the classifier is a row r. In units of ε and of the time τ = g ε^{L-2} t,
//
//	dM_l/dτ = p_l q_lᵀ,  p_l = (r M_{L-1} ⋯ M_{l+1})ᵀ,  q_l = M_{l-1} ⋯ M_1 v,
//
// starting at M_l = I, r = aᵀ. Here q_1 = v, so M_1 a = a at all times; let m = M_1 v.
// The conserved quantities M_{l+1}ᵀM_{l+1} - M_l M_lᵀ = 0 and
// rᵀr - M_{L-1} M_{L-1}ᵀ = -v vᵀ give r = mᵀ with its two components exchanged, and
// make N = M_{L-1} ⋯ M_2, up to the same exchange, a matrix that commutes with
//
//	M_1 M_1ᵀ = m mᵀ + a aᵀ = λ₊ u uᵀ + λ₋ w wᵀ,  λ₊ ≥ 1 ≥ λ₋.
//
// Hence p_1 = Nᵀrᵀ = (λ₊^{L/2-1} u uᵀ - λ₋^{L/2-1} w wᵀ) m = dm/dτ, where the minus
// sign comes from the determinant of the exchange. With dλ/dτ = 2 (u·m)(u·dm/dτ) and
// (u·m)² = λ₊(λ₊-1)/(λ₊-λ₋), likewise for w,
//
//	dλ₊/dτ = 2 λ₊^{L/2} (λ₊-1)/(λ₊-λ₋),  dλ₋/dτ = -2 λ₋^{L/2} (1-λ₋)/(λ₊-λ₋).
//
// The quotient of the two separates. When λ₊ has become large, as the K large
// singular values have at the end of training, λ₋ = s² is the point at which the
// principal value
//
//	⨍_{s²}^∞ dx / (x^{L/2} (x-1)) = 0.
//
// With x = 1/y² this is log(T²-1) + ∫_0^T 2y (1-y^{L-2})/(1-y²) dy = 0 for T = 1/s,
// whose left side increases with T. The top left singular vector of W_1 turns to
// u = m/|m|, with the cosine s to O_1 v and √(1-s²) to a.
func Shrinkage(depth int) float64 {
	if depth < 2 {
		panic(fmt.Sprintf("pnc: Shrinkage: depth %d; at least 2 is needed", depth))
	}
	return 1 / principalPoint(depth, 0)
}

// principalPoint returns T > 1 with log(T²-1) + g(T) = log(1-τ²) + g(τ) for 0 ≤ τ < 1,
// where g(t) = ∫_0^t 2y (1-y^{L-2})/(1-y²) dy: the principal value in the derivation
// of [Shrinkage] vanishes between 1/T² and 1/τ².
func principalPoint(depth int, tau float64) float64 {
	want := elementary.Log(1-tau*tau) + saddleIntegral(depth, tau)
	low, high := 1.0, math.Sqrt2
	for range 60 {
		t := (low + high) / 2
		if elementary.Log(t*t-1)+saddleIntegral(depth, t) < want {
			low = t
		} else {
			high = t
		}
	}
	return (low + high) / 2
}

// saddleIntegral returns g(t) of [principalPoint].
func saddleIntegral(depth int, t float64) float64 { // 2y(1-y^p)/(1-y²) = 2 Σ_{j=1}^p y^j/(1+y)
	g, power := 0.0, 1.0
	integral := math.Log1p(t) // of y^j/(1+y) from 0 to t, here for j = 0
	for j := 1; j <= depth-2; j++ {
		power *= t
		integral = power/float64(j) - integral
		g += 2 * integral
	}
	return g
}

// SaddleEpochs returns how many epochs of full-batch gradient descent with learning
// rate η a deep linear network of depth L ≥ 3 stays at the saddle near W = 0, from
// orthogonal weights of scale ε, before all its layers learn simultaneously:
//
//	T = N / (2α√n η) · 1 / ((L-2) (sε)^{L-2})
//
// for nearly orthonormal samples, n in each of k classes, and s of [Shrinkage]. In the
// notation of its derivation the difference λ₋^{1-L/2} - λ₊^{1-L/2} has the derivative
// L-2, so that λ₊ diverges at τ = s^{2-L}/(L-2). An initialisation with all layers
// aligned would have s = 1, the shortest possible time. It panics if the depth is
// less than 3: two layers leave the saddle exponentially, not at a definite time.
func SaddleEpochs(n, k int, law Law, learningRate float64) float64 {
	if law.Depth < 3 {
		panic(fmt.Sprintf("pnc: SaddleEpochs: depth %d; at least 3 is needed", law.Depth))
	}
	if law.Alpha == 0 {
		law.Alpha = 1
	}
	drive := 2 * law.Alpha / (math.Sqrt(float64(n)) * float64(k)) // 2α√n/N
	power := float64(law.Depth - 2)
	return 1 / (drive * learningRate * power * math.Pow(Shrinkage(law.Depth)*law.Scale, power))
}
