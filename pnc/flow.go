package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
	"pnclab/pnc/internal/ode"
)

// GradientFlow returns what training with infinitely small steps makes of a deep linear
// network: the measures of z^0..z^{L-1} at the given times, in units of learning rate times
// epochs, from its initial weights, the data and α. It is the prediction of every layer at
// every time, for initial weights of any size, where [Predict] knows the end of training
// from small ones only. Training with a learning rate η differs from it by O(η).
//
// # Derivation
//
// Gradient flow on ‖αWX - Y‖²/N, W = W_L ⋯ W_1, is
//
//	dW_l/dt = -(W_L ⋯ W_{l+1})ᵀ Γ (W_{l-1} ⋯ W_1)ᵀ,  Γ = (2α/N)(αWX - Y)Xᵀ,
//
// and conserves W_{l+1}ᵀW_{l+1} - W_l W_lᵀ. If these vanish between hidden layers, as for
// orthogonal weights of one scale and a width of at most d, two matrices determine all
// layers: T = W_1 and Z = W_L ⋯ W_2. For W_lᵀ ⋯ W_2ᵀ W_2 ⋯ W_l = (TTᵀ)^{l-1} by the
// induction of [OneMatrix], and in the same way W_L ⋯ W_{l+1} (W_L ⋯ W_{l+1})ᵀ =
// Z (TTᵀ)^{-(l-1)} Zᵀ for l < L. So their own flow is closed,
//
//	dT/dt = -Zᵀ Γ
//	dZ/dt = -Σ_{l=2}^{L-1} Z (TTᵀ)^{-(l-1)} Zᵀ Γ Tᵀ (TTᵀ)^{l-2} - Γ Tᵀ (TTᵀ)^{L-2},
//
// with W = ZT. The depth is an exponent, nothing more. Features follow from T by
// OneMatrix.
//
// If the classifier were balanced too, and U and V already those of the solution, T and Z
// would have a singular value s^{1/L} and s^{(L-1)/L} for each of W, and for orthonormal samples
//
//	ds/dt = (2α²/N) L s^{2-2/L} (s* - s)
//
// (Saxe, McClelland, Ganguli 2014), see [ModeTime].
//
// # Why there is no closed form for the end
//
// With A = TᵀT the classifier has, up to a rotation, WᵀW = A^{(L-1)/2} ωωᵀ A^{(L-1)/2} where
// A = ε²(I - EEᵀ) + ωωᵀ: ω, d×K, is the classifier, and E, d×K with orthonormal columns,
// what it was at first, both turned by what the hidden layers have become. Within the span
// of the samples these are 2NK unknowns. The fit of the samples makes NK conditions,
// orthonormal columns K(K+1)/2: conserved quantities and fit leave a family of end states, of
// which the path selects one. Even for orthonormal samples and small weights it takes the
// integral over the path of [Shrinkage] to say which. To first order in ε²/σ² and on average
// over initial weights the end is known in closed form, see [ScaleDeviation].
//
// # Accuracy
//
// The estimated error of every step of the integration is 1e-9 of the largest weight, and
// the flow contracts errors where it converges: C is accurate to about 1e-6. It returns an
// error if the flow diverges. GradientFlow panics if the network is not linear, does not fit
// the data or is not balanced between hidden layers to 1e-8, or if times decrease.
func GradientFlow(net *Network, data *Dataset, alpha float64, times ...float64) ([]*Evaluation, error) {
	net.mustBeLinear("GradientFlow")
	net.mustFit(data)
	depth := net.Depth()
	if depth < 2 {
		panic(fmt.Sprintf("pnc: GradientFlow: depth %d; at least 2 is needed", depth))
	}
	for l := 0; l+2 < depth; l++ {
		w := net.Layers[l].W
		if b := balancedness(w, net.Layers[l+1].W) / math.Pow(mat.Norm(w, 2), 2); !(b < 1e-8) {
			panic(fmt.Sprintf("pnc: GradientFlow: layers %d and %d are not balanced, by %.2g of their square; start from orthogonal weights, at most as wide as the data", l+1, l+2, b))
		}
	}
	first := net.Layers[0].W
	w, d := first.Dims()
	flow := newFlow(data, alpha, depth)
	y := make([]float64, w*d+data.K()*w)
	copy(y, mat.DenseCopyOf(first).RawMatrix().Data)
	copy(y[w*d:], net.Product(depth, 2).RawMatrix().Data)
	solver := &ode.Solver{Y: y, Tolerance: 1e-9, F: func(dst, y []float64) {
		flow.slope(mat.NewDense(w, d, dst[:w*d]), mat.NewDense(data.K(), w, dst[w*d:]),
			mat.NewDense(w, d, y[:w*d]), mat.NewDense(data.K(), w, y[w*d:]))
	}}
	var now float64
	var evs []*Evaluation
	for _, t := range times {
		if t < now {
			panic(fmt.Sprintf("pnc: GradientFlow: time %g after %g", t, now))
		}
		if err := solver.Advance(t - now); err != nil {
			return nil, fmt.Errorf("gradient flow between the times %g and %g: %w", now, t, err)
		}
		now = t
		evs = append(evs, fromFirst(fmt.Sprintf("gradient flow, time %g", t), mat.NewDense(w, d, append([]float64(nil), y[:w*d]...)), depth, data, Collapse))
	}
	return evs, nil
}

// flow holds what the gradient of the loss with respect to W depends on: Γ = W second - first.
type flow struct {
	first, second *mat.Dense // (2α/N) YXᵀ, K×d, and (2α²/N) XXᵀ, d×d
	depth         int
}

func newFlow(data *Dataset, alpha float64, depth int) *flow {
	x := data.X()
	scale := 2 * alpha / float64(data.Len())
	f := &flow{linalg.Mul(true, false, data.OneHot(), x), linalg.Mul(true, false, x, x), depth}
	f.first.Scale(scale, f.first)
	f.second.Scale(scale*alpha, f.second)
	return f
}

// slope writes dT/dt and dZ/dt.
func (f *flow) slope(dt, dz, t, z *mat.Dense) {
	gamma := linalg.Mul(false, false, linalg.Mul(false, false, z, t), f.second)
	gamma.Sub(gamma, f.first)
	dt.Mul(z.T(), gamma)
	dt.Scale(-1, dt)

	var gram mat.SymDense
	gram.SymOuterK(1, t) // TTᵀ
	var cholesky mat.Cholesky
	if !cholesky.Factorize(&gram) {
		dz.Scale(math.NaN(), z) // the step was too long
		return
	}
	right := linalg.Mul(false, true, gamma, t) // Γ Tᵀ (TTᵀ)^{l-2}
	left := mat.DenseCopyOf(z.T())             // (TTᵀ)^{-(l-1)} Zᵀ
	dz.Zero()
	var term mat.Dense
	for l := 2; l < f.depth; l++ {
		if err := cholesky.SolveTo(left, left); err != nil {
			dz.Scale(math.NaN(), z)
			return
		}
		term.Mul(linalg.Mul(false, false, z, left), right)
		dz.Sub(dz, &term)
		right = linalg.Mul(false, false, right, mat.DenseCopyOf(&gram))
	}
	dz.Sub(dz, right)
}

// ModeTime returns the time, learning rate times epochs, in which gradient flow takes a
// singular value of W from one value to another, both between 0 and its target s*,
//
//	∫ ds / (r L s^{2-2/L} (s* - s)),
//
// for layers that are balanced and aligned with v, the singular vector: see [GradientFlow].
// The rate is r = (2α²/N) vᵀXXᵀv, which is 2α²/N for N orthonormal samples, and 2/(K s*²)
// for the solution Y X⁺/α of any samples that it fits, in K classes of one size, as far as
// XXᵀ does not couple v with other directions.
//
// For L = 2 this is a logistic curve; for L > 2 a small s costs s^{2/L-1}/((L-2) r s*): the
// plateau. With s = s*/(1 + e^{-y}) the integrand is s^{2/L-1}/s*, which Simpson's rule
// integrates to a relative error of 1e-8. It panics unless 0 < from ≤ to < target.
func ModeTime(depth int, rate, target, from, to float64) float64 {
	if !(0 < from && from <= to && to < target) {
		panic(fmt.Sprintf("pnc: ModeTime: from %g to %g with target %g; these must be positive and increase", from, to, target))
	}
	logit := func(s float64) float64 { return math.Log(s / (target - s)) }
	start, end := logit(from), logit(to)
	steps := 2 * int(math.Ceil((end-start)*50))
	if steps == 0 {
		return 0
	}
	h := (end - start) / float64(steps)
	var sum float64
	for i := range steps + 1 {
		weight := float64(2 + 2*(i%2))
		if i == 0 || i == steps {
			weight = 1
		}
		s := target / (1 + math.Exp(-(start + float64(i)*h)))
		sum += weight * math.Pow(s, 2/float64(depth)-1)
	}
	return sum * h / 3 / (target * rate * float64(depth))
}
