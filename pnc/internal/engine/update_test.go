package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/samples"
)

// TestDescend compares two steps on all kinds of parameters with the formula of SGD
// applied to the gradients that Backward computes: kernels of more elements than a
// span has, 2048, biases, BatchNorm and a matrix. Each element takes a few operations
// on numbers of order one; the gradients agree to the order of summation.
func TestDescend(t *testing.T) {
	const seed, rtol = 4, 1e-11
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	in := Shape{16, 4, 4}
	ones := func(n int, v float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = v
		}
		return x
	}
	layers := []Layer{
		{Name: "conv", W: mat.NewDense(32, 9*16, normals(rnd, 32*9*16)), Conv: &Conv{In: in, Kernel: 3, Stride: 1}, ReLU: true,
			Norm: &Norm{Gamma: ones(32, 1), Beta: ones(32, 0), RunningMean: ones(32, 0), RunningVar: ones(32, 1), Eps: 1e-5, StatMomentum: 0.1}},
		{Name: "classifier", W: mat.NewDense(5, 32*16, normals(rnd, 5*32*16)), Bias: normals(rnd, 5)},
	}
	const n = 12
	set := samples.Dense{Dense: mat.NewDense(n, in.Dim(), normals(rnd, n*in.Dim()))}
	labels, index := make([]int, n), make([]int, n)
	for i := range labels {
		labels[i], index[i] = i%5, i
	}
	sgd := SGD{LearningRate: 1e-3, Momentum: 0.9, WeightDecay: 0.1}
	reference, e := New[float64](layers, n), New[float64](layers, n)
	var velocity [][]float64
	longest := 0
	for step := range 2 {
		for _, engine := range []*Engine[float64]{reference, e} {
			engine.Load(set, labels, index)
			engine.Forward(2, true)
			engine.Loss(MSE, 1)
		}
		reference.Backward()
		k := 0
		reference.EachParam(func(p, g []float64, _, _ int) {
			if step == 0 {
				velocity = append(velocity, make([]float64, len(p)))
			}
			for i := range p {
				velocity[k][i] = sgd.Momentum*velocity[k][i] + g[i] + sgd.WeightDecay*p[i]
				p[i] -= sgd.LearningRate * velocity[k][i]
			}
			longest = max(longest, len(p))
			k++
		})
		e.Descend(sgd)
		var want [][]float64
		reference.EachParam(func(p, _ []float64, _, _ int) { want = append(want, p) })
		k = 0
		e.EachParam(func(p, _ []float64, _, _ int) {
			approx.All(t, fmt.Sprintf("step %d, parameter %d", step, k), p, want[k], rtol, 1e-13)
			k++
		})
	}
	if longest <= spanLength {
		t.Errorf("no parameter is longer than a span of %d", spanLength)
	}
}
