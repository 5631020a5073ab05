package pnc

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
)

// TestCollapseWidthStart checks the two statements on which the estimate rests: the first
// step is along G, with the same factor for all classes at any width, and the initial logits
// have the stated mean square.
func TestCollapseWidthStart(t *testing.T) {
	const k, scale, rate = 4, 0.5, 1e-5
	data := Must(OneHot{Classes: k, PerClass: 1}.Generate(1))
	g := SimplexLogits(k, 1)
	g.Scale(1./k, g)
	for _, depth := range []int{3, 5} {
		for _, width := range []int{k, 9, 40} {
			var square float64
			const seeds = 200
			for seed := range seeds {
				net := Linear(depth, width).Build(data, Orthogonal(scale), seed)
				start := net.Product(depth, 1)
				square += squaredNorm(start) / seeds
				if seed > 3 {
					continue
				}
				// Small logits: the gradient at zero, with α = 10⁻⁴, is α times that of the formula.
				Must(Train(t.Context(), net, data, &Settings{Loss: CrossEntropy, Alpha: 1e-4, LearningRate: rate / 1e-4, Epochs: 1, Method: Full}))
				step := net.Product(depth, 1)
				step.Sub(step, start)
				var want mat.Dense
				want.Scale(rate*float64(depth)*math.Pow(scale, float64(2*depth-2)), g)
				step.Sub(step, &want)
				// Second order of the step, and logits of 1e-4 in the gradient.
				if d := mat.Norm(step, 2) / mat.Norm(&want, 2); d > 2e-4 {
					t.Errorf("depth %d, width %d, seed %d: the first step is off by %.2g", depth, width, seed, d)
				}
			}
			// ‖P‖² varies by about √2·K²/w·√(2)/K over draws, 0 at w = K.
			approx.Equal(t, fmt.Sprintf("depth %d, width %d: mean square of the logits", depth, width),
				square, math.Pow(scale, float64(2*depth))*k*k/float64(width), 4*2./k/math.Sqrt(seeds), 0)
		}
	}
	approx.Equal(t, "three matrices", CollapseWidth(10, 3, 0.5, 8), 10*16, 1e-14, 0)
	approx.Equal(t, "four matrices", CollapseWidth(10, 4, 1, 16), 10*16, 1e-14, 0)
	for _, f := range []func(){
		func() { CollapseWidth(1, 3, 1, 1) }, func() { CollapseWidth(4, 2, 1, 1) },
		func() { CollapseWidth(4, 3, 0, 1) }, func() { CollapseWidth(4, 3, 1, math.NaN()) },
	} {
		expectPanic(t, "arguments", f)
	}
}

// TestCollapseWidth trains networks on both sides of the width, far enough from it.
func TestCollapseWidth(t *testing.T) {
	const k, depth, decay = 10, 3, 0.001
	collapsed, pairs := SimplexLogits(k, 1), SimplexLogits(k, k/2)
	s, high := BestScale(collapsed, SchattenCost(collapsed, depth), depth, CrossEntropy, decay)
	_, low := BestScale(pairs, SchattenCost(pairs, depth), depth, CrossEntropy, decay)
	for _, scale := range []float64{0.7, 1} {
		star := CollapseWidth(k, depth, scale, s)
		for _, c := range []struct {
			width    int
			collapse bool
		}{{int(4 * star), true}, {max(k, int(star/4)), false}} {
			for seed := range 2 {
				data := Must(OneHot{Classes: k, PerClass: 1}.Generate(1))
				net := Linear(depth, c.width).Build(data, Orthogonal(scale), seed+1)
				settings := &Settings{Loss: CrossEntropy, LearningRate: 0.3, WeightDecay: decay, Epochs: 15000}
				Must(Train(t.Context(), net, data, settings))
				e := Objective(net, data, settings)
				t.Logf("scale %g, width %d (w* = %.0f), seed %d: %.3f of the way from pairs to collapse", scale, c.width, star, seed, (e-low)/(high-low))
				if (math.Abs(e/high-1) < 1e-3) != c.collapse {
					t.Errorf("scale %g, width %d: objective %.6f, of collapse %.6f", scale, c.width, e, high)
				}
			}
		}
	}
}
