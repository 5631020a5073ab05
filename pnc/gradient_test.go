package pnc

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
)

// fivePoint is the central formula of fourth order.
var fivePoint = fd.Formula{
	Stencil: []fd.Point{
		{Loc: -2, Coeff: 1. / 12}, {Loc: -1, Coeff: -8. / 12}, {Loc: 1, Coeff: 8. / 12}, {Loc: 2, Coeff: -1. / 12},
	},
	Derivative: 1,
	Step:       2e-4,
}

// TestGradients compares the gradients of all parameters with
// differences, in training mode, for every kind of layer and both losses.
func TestGradients(t *testing.T) {
	const seed = 7
	t.Logf("seed %d", seed)
	data := Must(Blobs{Classes: 3, PerClass: 4, Dim: 5, Spread: 0.5}.Generate(seed))
	index := make([]int, data.Len())
	for i := range index {
		index[i] = i
	}
	for _, arch := range []Architecture{
		Linear(4, 6), MLP(4, 6), Hybrid(4, 6, 1),
		{Depth: 3, Width: 6, Nonlinear: 2, Bias: true},
		{Depth: 3, Width: 6, Nonlinear: 2, Bias: true, BatchNorm: true},
	} {
		for _, loss := range []Loss{MSE, CrossEntropy} {
			t.Run(fmt.Sprintf("%v bias=%v %v", arch, arch.Bias, loss), func(t *testing.T) {
				net := arch.Build(data, PyTorchDefault(), seed)
				e := newEngine[float64](net, 2, data.Len())
				e.load(data, index)
				value := func() float64 {
					e.forward(len(e.layers), true)
					l, _ := e.loss(loss)
					return l
				}
				value()
				e.backward()
				var all []*param[float64]
				for i := range e.layers {
					e.layers[i].eachParam(func(p *param[float64]) { all = append(all, p) })
				}
				for _, p := range all {
					at, want := append([]float64(nil), p.value...), append([]float64(nil), p.grad...)
					got := make([]float64, len(at))
					if len(at) == 0 {
						continue
					}
					fd.Gradient(got, func(x []float64) float64 {
						copy(p.value, x)
						return value()
					}, at, &fd.Settings{Formula: fivePoint})
					copy(p.value, at)
					for i := range got {
						// The five-point formula errs by h⁴f⁽⁵⁾/30 + 1.5ε/h ≈ 2e-12 + 5e-17 f⁽⁵⁾ with
						// h = 2e-4; fifth derivatives of BatchNorm on few samples reach 1e6.
						if math.Abs(got[i]-want[i]) > 1e-9*(1+math.Abs(want[i])) {
							t.Fatalf("gradient %d of %d = %g, by differences %g", i, len(got), want[i], got[i])
						}
					}
				}
			})
		}
	}
}
