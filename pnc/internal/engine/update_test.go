package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/samples"
)

// compareSteps compares five steps on all kinds of parameters with a formula applied to
// the gradients that Backward computes: kernels of more elements than a span has, 2048,
// biases, BatchNorm and a matrix. The formula may keep two arrays for each of them. Each
// element takes a few operations on numbers of order one; the gradients agree to the
// order of summation, and atol is what that changes at most in a step.
func compareSteps(t *testing.T, seed uint64, atol float64, prepare func(e *Engine[float64]), step func(e *Engine[float64], t int), formula func(p, g, m, v []float64, t int)) {
	t.Helper()
	const rtol = 1e-11
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
	reference, e := New[float64](layers, n), New[float64](layers, n)
	prepare(e)
	var kept [][]float64
	longest := 0
	for i := range 5 {
		for _, engine := range []*Engine[float64]{reference, e} {
			engine.Load(set, labels, index)
			engine.Forward(2, true)
			engine.Loss(MSE, 1)
		}
		reference.Backward()
		k := 0
		reference.EachParam(func(p, g []float64, _, _ int) {
			if i == 0 {
				kept = append(kept, make([]float64, len(p)), make([]float64, len(p)))
			}
			formula(p, g, kept[2*k], kept[2*k+1], i+1)
			longest = max(longest, len(p))
			k++
		})
		step(e, i+1)
		var want [][]float64
		reference.EachParam(func(p, _ []float64, _, _ int) { want = append(want, p) })
		k = 0
		e.EachParam(func(p, _ []float64, _, _ int) {
			approx.All(t, fmt.Sprintf("step %d, parameter %d", i+1, k), p, want[k], rtol, atol)
			k++
		})
	}
	if longest <= spanLength {
		t.Errorf("no parameter is longer than a span of %d", spanLength)
	}
}

func TestDescend(t *testing.T) {
	s := SGD{LearningRate: 1e-3, Momentum: 0.9, WeightDecay: 0.1}
	compareSteps(t, 4, 1e-13, func(*Engine[float64]) {}, func(e *Engine[float64], _ int) { e.Descend(s) },
		func(p, g, v, _ []float64, _ int) {
			for i := range p {
				v[i] = s.Momentum*v[i] + g[i] + s.WeightDecay*p[i]
				p[i] -= s.LearningRate * v[i]
			}
		})
}

// TestDescendAdam has algorithm 1 of Kingma and Ba (2015), and algorithm 2 of Loshchilov
// and Hutter (2019), as they are printed. An error of g is multiplied by η/ε at most.
func TestDescendAdam(t *testing.T) {
	for _, decoupled := range []bool{false, true} {
		a := Adam{LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.99, Eps: 1e-3, WeightDecay: 0.1, Decoupled: decoupled}
		compareSteps(t, 5, 1e-13, (*Engine[float64]).PrepareAdam,
			func(e *Engine[float64], t int) {
				a.Step = t
				e.DescendAdam(a)
			},
			func(p, g, m, v []float64, t int) {
				for i := range p {
					gradient, decay := g[i], 0.0
					if decoupled {
						decay = a.WeightDecay * p[i]
					} else {
						gradient += a.WeightDecay * p[i]
					}
					m[i] = a.Beta1*m[i] + (1-a.Beta1)*gradient
					v[i] = a.Beta2*v[i] + (1-a.Beta2)*gradient*gradient
					mHat := m[i] / (1 - math.Pow(a.Beta1, float64(t)))
					vHat := v[i] / (1 - math.Pow(a.Beta2, float64(t)))
					p[i] -= a.LearningRate * (mHat/(math.Sqrt(vHat)+a.Eps) + decay)
				}
			})
	}
}
