package pnc

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/diff/fd"

	"pnclab/pnc/internal/engine"
	"pnclab/pnc/internal/random"
	"pnclab/pnc/internal/samples"
)

// fivePoint is the fourth-order central difference formula.
var fivePoint = fd.Formula{
	Stencil: []fd.Point{
		{Loc: -2, Coeff: 1. / 12}, {Loc: -1, Coeff: -8. / 12}, {Loc: 1, Coeff: 8. / 12}, {Loc: 2, Coeff: -1. / 12},
	},
	Derivative: 1,
	Step:       2e-4,
}

// checkGradients compares the gradients of all parameters with finite differences of
// step h, in training mode, for both losses.
//
// The formula has the error h⁴f⁽⁵⁾/30 + 1.5ε/h. With h = 2e-4 that is 2e-12 + 5e-17
// f⁽⁵⁾, where fifth derivatives of BatchNorm on few samples reach 1e6; with h = 1e-6
// it is 3e-10. Where a ReLU or a maximum switches within a step, differences are
// wrong by a fraction of the gradient.
func checkGradients(t *testing.T, net *Network, data *Dataset, h, tolerance float64) {
	t.Helper()
	index := make([]int, data.Len())
	for i := range index {
		index[i] = i
	}
	formula := fivePoint
	formula.Step = h
	for _, loss := range []Loss{MSE, CrossEntropy} {
		e := engine.New[float64](net.engineLayers(), data.Len())
		e.Load(data.samples, data.Labels, index)
		value := func() float64 {
			e.Forward(e.Depth(), true)
			l, _ := e.Loss(engine.Loss(loss), 2)
			return l
		}
		value()
		e.Backward()
		type param struct{ value, gradient []float64 }
		var all []param
		e.EachParam(func(value, gradient []float64, _, _ int) { all = append(all, param{value, gradient}) })
		for k, p := range all {
			at, want := append([]float64(nil), p.value...), append([]float64(nil), p.gradient...)
			got := make([]float64, len(at))
			if len(at) == 0 {
				continue
			}
			fd.Gradient(got, func(x []float64) float64 {
				copy(p.value, x)
				return value()
			}, at, &fd.Settings{Formula: formula})
			copy(p.value, at)
			for i := range got {
				if math.Abs(got[i]-want[i]) > tolerance*(1+math.Abs(want[i])) {
					t.Fatalf("%v: gradient %d of %d of parameter %d = %g, finite differences give %g", loss, i, len(got), k, want[i], got[i])
				}
			}
		}
	}
}

// TestGradients checks the gradients of every kind of fully connected layer.
func TestGradients(t *testing.T) {
	const seed = 7
	t.Logf("seed %d", seed)
	data := Must(Blobs{Classes: 3, PerClass: 4, Dim: 5, Spread: 0.5}.Generate(seed))
	for _, arch := range []Architecture{
		Linear(4, 6), MLP(4, 6), Hybrid(4, 6, 1),
		{Depth: 3, Width: 6, Nonlinear: 2, Bias: true},
		{Depth: 3, Width: 6, Nonlinear: 2, Bias: true, BatchNorm: true},
		{Depth: 5, Width: 6, Residual: 1},
		{Depth: 6, Width: 6, Nonlinear: 5, BatchNorm: true, Residual: 2},
		{Depth: 4, Width: 6, Nonlinear: 3, Bias: true, Residual: 1, PostActivation: true},
		{Depth: 6, Width: 6, Nonlinear: 3, BatchNorm: true, Residual: 2, PostActivation: true},
	} {
		t.Run(fmt.Sprintf("%v bias=%v post=%v", arch, arch.Bias, arch.PostActivation), func(t *testing.T) {
			checkGradients(t, arch.Build(data, PyTorchDefault(), seed), data, 2e-4, 1e-9)
		})
	}
}

// randomImages returns images of random noise.
func randomImages(shape Shape, count, classes int, seed int) *Dataset {
	rnd := rand.New(rand.NewPCG(uint64(seed), 0))
	bytes, labels := make([]uint8, count*shape.Dim()), make([]int, count)
	for i := range bytes {
		bytes[i] = uint8(rnd.IntN(256))
	}
	for i := range labels {
		labels[i] = i % classes
	}
	return Must(newDataset("noise", samples.NewPixels(bytes, shape.Channels, shape.Height, shape.Width), labels, numberNames(classes))).Standardize()
}

// TestGradientsConvolution checks all combinations of the options of a convolutional
// layer, between another one and a classifier.
func TestGradientsConvolution(t *testing.T) {
	const seed = 3
	t.Logf("seed %d", seed)
	data := randomImages(Shape{2, 4, 4}, 6, 3, seed)
	for bits := range 1 << 6 {
		has := func(bit int) bool { return bits>>bit&1 == 1 }
		rnd := random.New(seed, random.Stream(bits))
		b := extractorBuilder{shape: data.Shape(), init: KaimingNormal(), rnd: rnd}
		b.conv("conv1", 2, 1).ReLU = has(0)
		channels, kernel, stride := 2, 3, 1
		name := fmt.Sprintf("relu=%v norm=%v skip=%v pool=%v max=%v other=%v", has(0), has(1), has(2), has(3), has(4), has(5))
		if has(5) { // a different shape, so that a skip needs a map
			channels, stride, kernel = 3, 2, 1
		}
		l := b.linear("conv2", b.shape, channels, kernel, stride)
		l.ReLU = has(0)
		if !has(1) {
			l.Norm, l.Bias = nil, []float64{0.1, -0.2, 0.3}[:channels]
		}
		if has(2) {
			l.Skip = &Skip{From: 1}
			if has(5) {
				m := b.linear("skip", b.shape, channels, 1, stride)
				l.Skip.Map = &m
			}
		}
		if has(3) {
			l.Pool = &Pool{Height: 2, Width: 1, Max: has(4)}
		} else if has(4) {
			continue
		}
		net := &Network{Layers: append(b.layers, l, Layer{Name: "classifier", W: KaimingNormal().weights(3, l.Out(), rnd)})}
		h, tolerance := 2e-4, 1e-9
		if has(0) || has(4) {
			h, tolerance = 1e-5, 1e-8
		}
		t.Run(name, func(t *testing.T) { checkGradients(t, net, data, h, tolerance) })
	}
}

// TestGradientsExtractor checks whole networks, one of them with two skips from the
// same features.
func TestGradientsExtractor(t *testing.T) {
	const seed = 4
	t.Logf("seed %d", seed)
	data := randomImages(Shape{2, 4, 4}, 6, 3, seed)
	build := func(a Architecture) *Network { return a.Build(data, KaimingNormal(), seed) }
	twice := build(ResNet(2, 1, 1, MLP(2, 4)))
	twice.Layers[1].Skip = &Skip{From: 1}
	for name, net := range map[string]*Network{
		"convolutional": build(ConvNet(2, 2, MLP(2, 4))),
		"residual":      build(ResNet(2, 2, 1, MLP(2, 4))),
		"skips":         twice,
		"matrix":        {Layers: []Layer{build(Linear(2, 4)).Layers[0], {W: KaimingNormal().weights(4, 4, random.New(1, 1)), Skip: &Skip{From: 1}}, build(Linear(2, 4)).Layers[1]}},
	} {
		t.Run(name, func(t *testing.T) { checkGradients(t, net, data, 1e-5, 1e-8) })
	}
}
