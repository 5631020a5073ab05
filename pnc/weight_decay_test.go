package pnc

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// TestObjective compares a step of training with the gradient of Objective by finite
// differences, with every kind of parameter but those of BatchNorm, which training
// normalises by the batch.
func TestObjective(t *testing.T) {
	data := Must(Blobs{Classes: 3, PerClass: 4, Dim: 5, Spread: 0.5}.Generate(1))
	for _, loss := range []Loss{MSE, CrossEntropy} {
		settings := &Settings{Loss: loss, Alpha: 2, WeightDecay: 0.3, LearningRate: 1e-3, Epochs: 1, Method: Full}
		net := Architecture{Depth: 3, Width: 4, Nonlinear: 1, Bias: true}.Build(data, PyTorchDefault(), 2)
		stepped := net.Clone()
		Must(Train(t.Context(), stepped, data, settings))
		for l := range net.Layers {
			for _, part := range []struct {
				name         string
				values, next []float64
			}{
				{"W", net.Layers[l].W.RawMatrix().Data, stepped.Layers[l].W.RawMatrix().Data},
				{"bias", net.Layers[l].Bias, stepped.Layers[l].Bias},
			} {
				start := append([]float64(nil), part.values...)
				gradient := fd.Gradient(nil, func(x []float64) float64 {
					copy(part.values, x)
					return Objective(net, data, settings)
				}, start, &fd.Settings{Formula: fd.Central})
				copy(part.values, start)
				for i, g := range gradient {
					// Central differences are off by some 1e-10, the step by 2⁻⁵³/η.
					approx.Equal(t, fmt.Sprintf("%v, layer %d, %s[%d]", loss, l+1, part.name, i), (start[i]-part.next[i])/1e-3, g, 1e-6, 1e-8)
				}
			}
		}
	}
	normed := MLP(3, 4).Build(data, Gaussian(0.5), 1)
	with, without := &Settings{WeightDecay: 2}, &Settings{}
	want := 8.0 // of the scales of two layers of four
	for _, l := range normed.Layers {
		want += squaredNorm(l.W)
	}
	approx.Equal(t, "penalty with BatchNorm", Objective(normed, data, with)-Objective(normed, data, without), want, 1e-12, 0)
}

// TestShrunkenScale compares with a minimum on a grid, with what is known at the thresholds,
// and with trained networks.
func TestShrunkenScale(t *testing.T) {
	for _, depth := range []int{2, 3, 4, 7} {
		const cost = 5.0
		energy := func(s, decay float64) float64 {
			return (s-1)*(s-1) + decay*float64(depth)*cost/2*math.Pow(s, 2/float64(depth))
		}
		global, local := DecayThresholds(cost, depth)
		for _, share := range []float64{0, 0.1, 0.5, 0.9, 0.99} {
			decay := share * global
			s, e := ShrunkenScale(cost, depth, decay)
			best, at := math.Inf(1), 0.0
			for i := range 100001 {
				if v := energy(float64(i)/1e5, decay); v < best {
					best, at = v, float64(i)/1e5
				}
			}
			name := fmt.Sprintf("depth %d, %g of the threshold", depth, share)
			approx.Equal(t, name+": scale", s, at, 0, 1e-5)
			approx.Equal(t, name+": objective", e, best, 0, 1e-9) // the grid's: E″ of order 1 times (0.5e-5)²
			z := Identity(1).weights(5, 5, nil)
			bs, be := BestScale(z, SchattenCost(z, depth), depth, MSE, decay)
			approx.Equal(t, name+": BestScale", bs, s, 0, 1e-6)          // where E is flat to rounding
			approx.Equal(t, name+": its objective", be, e, 1e-13, 1e-25) // zero, without decay, but for rounding of s
		}
		// The minimum at the first threshold is as high as that at 0; up to the second it
		// exists, with a slope of zero, and not beyond.
		s, e := ShrunkenScale(cost, depth, global*(1-1e-12))
		approx.Equal(t, fmt.Sprintf("depth %d: at the first threshold", depth), e, 1, 1e-10, 0)
		approx.Equal(t, fmt.Sprintf("depth %d: scale there", depth), s, float64(depth-2)/float64(depth-1), 0, 1e-6)
		if s, e := ShrunkenScale(cost, depth, local*1.0001); s != 0 || e != 1 {
			t.Errorf("depth %d: beyond the second threshold: %v, %v", depth, s, e)
		}
		s, _ = ShrunkenScale(cost, depth, local*(1-1e-8))
		// At a double root s is off by the square root of the distance, relatively.
		approx.Equal(t, fmt.Sprintf("depth %d: scale at the second", depth), s, float64(depth-2)/float64(2*depth-2), 0, 1e-3)
	}
	expectPanic(t, "depth 1", func() { ShrunkenScale(1, 1, 0.1) })
	expectPanic(t, "depth 1", func() { DecayThresholds(1, 1) })
}

// TestShrunkenScaleTrained trains a deep linear and a ReLU network from collapse.
func TestShrunkenScaleTrained(t *testing.T) {
	data := Must(OneHot{Classes: 4, PerClass: 1}.Generate(1))
	for _, nonlinear := range []int{0, 2} {
		settings := &Settings{WeightDecay: 0.05, LearningRate: 0.2, Epochs: 3000}
		net := Architecture{Depth: 3, Width: 4, Nonlinear: nonlinear}.Build(data, Identity(1), 1)
		Must(Train(t.Context(), net, data, settings))
		s, e := ShrunkenScale(4, 3, 0.05)
		for i, v := range linalg.SingularValues(net.Forward(data, 3)[0]) {
			approx.Equal(t, fmt.Sprintf("singular value %d", i+1), v, s, 1e-10, 0)
		}
		approx.Equal(t, "objective", Objective(net, data, settings), e, 1e-12, 0)
	}
}

// TestBestScale compares the scale of cross-entropy with a grid.
func TestBestScale(t *testing.T) {
	for _, depth := range []int{2, 3, 6} {
		for _, decay := range []float64{1e-4, 1e-3, 1e-2} {
			z := SimplexLogits(6, 3)
			cost := SchattenCost(z, depth)
			s, e := BestScale(z, cost, depth, CrossEntropy, decay)
			loss := func(s float64) float64 { // five other classes: one opposite, four in other pairs
				return math.Log1p(math.Exp(-2*s)+4*math.Exp(-s)) + decay*float64(depth)/2*cost*math.Pow(s, 2/float64(depth))
			}
			best, at := math.Log(6), 0.0
			for i := range 200001 {
				if v := loss(float64(i) / 1e4); v < best {
					best, at = v, float64(i)/1e4
				}
			}
			name := fmt.Sprintf("depth %d, decay %g", depth, decay)
			approx.Equal(t, name+": scale", s, at, 0, 1e-4)
			approx.Equal(t, name+": objective", e, best, 0, 1e-8) // (1e-4)²/2 of the grid
		}
	}
	if s, e := BestScale(SimplexLogits(4, 1), 3, 4, CrossEntropy, 10); s != 0 || e != math.Log(4) {
		t.Errorf("too much decay: %v, %v", s, e)
	}
	expectPanic(t, "shape", func() { BestScale(mat.NewDense(2, 3, nil), 1, 2, MSE, 0) })
	expectPanic(t, "zero", func() { BestScale(mat.NewDense(2, 2, nil), 1, 2, MSE, 0) })
}
