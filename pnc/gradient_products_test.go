//go:build !js

package pnc

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
)

// outputFrom returns the logits of a network whose features z^from are replaced by those
// given, while z[l] are those of the layers before. It follows the formula of a layer.
func outputFrom(net *Network, z [][]float64, from int, replaced []float64) []float64 {
	z = slices.Clone(z)
	z[from] = replaced
	affine := func(l *Layer, x []float64) []float64 {
		out, _ := l.W.Dims()
		y := make([]float64, out)
		for i := range y {
			y[i] = floats.Dot(l.W.RawRowView(i), x)
			if l.Bias != nil {
				y[i] += l.Bias[i]
			}
			if n := l.Norm; n != nil {
				y[i] = n.Gamma[i]*(y[i]-n.RunningMean[i])/math.Sqrt(n.RunningVar[i]+n.Eps) + n.Beta[i]
			}
		}
		return y
	}
	for m := from + 1; m <= net.Depth(); m++ {
		l := &net.Layers[m-1]
		y := affine(l, z[m-1])
		if l.Skip != nil {
			add := z[l.Skip.From]
			if l.Skip.Map != nil {
				add = affine(l.Skip.Map, add)
			}
			floats.Add(y, add)
		}
		for i := range y {
			if l.ReLU {
				y[i] = max(0, y[i])
			}
		}
		z[m] = y
	}
	return z[net.Depth()]
}

// TestGradientProducts compares with finite differences of another forward pass, for every
// kind of fully connected layer after some training, behind convolutions too.
//
// The five-point formula with h = 1e-6 has the error 1.5·2⁻⁵²/h = 3e-10 times the logits
// in each element of a Jacobian, and no other one, as networks are piecewise linear. Where
// a ReLU switches within a step it is wrong by much more; on these samples none does.
func TestGradientProducts(t *testing.T) {
	const seed = 12
	t.Logf("seed %d", seed)
	vectors := Must(Blobs{Classes: 3, PerClass: 5, Dim: 7, Spread: 0.5}.Generate(seed))
	images := randomImages(Shape{2, 4, 4}, 12, 3, seed)
	mapped := MLP(5, 6).Build(vectors, PyTorchDefault(), seed)
	skip := MLP(2, 6).Build(vectors, PyTorchDefault(), seed+1).Layers[0] // 7 to 6 features
	skip.W = mat.DenseCopyOf(skip.W.Slice(0, 6, 0, 6))
	skip.ReLU = false
	mapped.Layers[2].Skip = &Skip{From: 1, Map: &skip}
	mapped.Layers[3].Skip = &Skip{From: 1} // two from the same features
	width := ConvNet(2, 2, MLP(4, 5)).Build(images, KaimingNormal(), seed)
	behind := ConvNet(2, 2, MLP(4, width.Layers[firstMatrix(width)-2].Out())).Build(images, KaimingNormal(), seed)
	behind.Layers[firstMatrix(behind)].Skip = &Skip{From: firstMatrix(behind) - 1} // what the first matrix takes
	for _, test := range []struct {
		name string
		net  *Network
		data *Dataset
	}{
		{"linear", Linear(4, 6).Build(vectors, PyTorchDefault(), seed), vectors},
		{"relu", Architecture{Depth: 4, Width: 6, Nonlinear: 3}.Build(vectors, PyTorchDefault(), seed), vectors},
		{"bias", Architecture{Depth: 4, Width: 6, Nonlinear: 2, Bias: true}.Build(vectors, PyTorchDefault(), seed), vectors},
		{"norm", Architecture{Depth: 4, Width: 6, Nonlinear: 3, BatchNorm: true}.Build(vectors, PyTorchDefault(), seed), vectors},
		{"residual", Architecture{Depth: 6, Width: 6, Nonlinear: 5, BatchNorm: true, Residual: 2}.Build(vectors, PyTorchDefault(), seed), vectors},
		{"post-activation", Architecture{Depth: 4, Width: 6, Nonlinear: 3, Bias: true, Residual: 1, PostActivation: true}.Build(vectors, PyTorchDefault(), seed), vectors},
		{"linear residual", Architecture{Depth: 5, Width: 6, Residual: 1}.Build(vectors, PyTorchDefault(), seed), vectors},
		{"mapped skip", mapped, vectors},
		{"skip behind convolutions", behind, images},
		{"convolutions", ResNet(2, 2, 1, MLP(3, 5)).Build(images, KaimingNormal(), seed), images},
	} {
		t.Run(test.name, func(t *testing.T) {
			net, data := test.net, test.data
			Must(Train(context.Background(), net, data, &Settings{LearningRate: 0.02, Epochs: 5}))
			features := net.Forward(data)
			first := firstMatrix(net)
			for l, got := range GradientProducts(net, data) {
				if (got == nil) != (l+1 < first) {
					t.Fatalf("layer %d of a network of matrices from layer %d on: %v", l+1, first, got)
				}
				if got == nil {
					continue
				}
				d := net.Layers[l].In()
				want := mat.NewDense(d, d, nil)
				for i := range data.Len() {
					z := make([][]float64, net.Depth()+1)
					for m := range z {
						if m > 0 || first == 1 {
							z[m] = features[m].RawRowView(i)
						}
					}
					j := mat.NewDense(net.Out(), d, nil)
					formula := fivePoint
					formula.Step = 1e-6
					fd.Jacobian(j, func(y, x []float64) { copy(y, outputFrom(net, z, l, x)) }, z[l], &fd.JacobianSettings{Formula: formula})
					want.Add(want, linalg.Mul(true, false, j, j))
				}
				want.Scale(1/float64(data.Len()), want)
				size := mat.Norm(want, 2)
				var difference mat.Dense
				difference.Sub(got, want)
				if e := mat.Norm(&difference, 2) / size; !(e < 1e-8) {
					t.Errorf("layer %d: relative difference %.2g from finite differences", l+1, e)
				}
			}
		})
	}
}

// TestGradientProductsLinear checks the closed form for deep linear networks, with several
// batches of samples, which change nothing.
func TestGradientProductsLinear(t *testing.T) {
	data := Must(Blobs{Classes: 5, PerClass: 300, Dim: 40, Spread: 1}.Generate(1))
	net := Linear(5, 33).Build(data, PyTorchDefault(), 1)
	for l, got := range GradientProducts(net, data) {
		p := net.Product(net.Depth(), l+1)
		want := linalg.Mul(true, false, p, p)
		// Products of five matrices, in another order.
		if !mat.EqualApprox(got, want, 1e-13*mat.Norm(want, 2)) {
			t.Errorf("layer %d: %v, not %v", l+1, mat.Formatted(got), mat.Formatted(want))
		}
	}
}

// TestGradientProductsBatches checks that the average over samples in several batches,
// more of them than fit into one, is the mean of those over parts.
func TestGradientProductsBatches(t *testing.T) {
	data := Must(Blobs{Classes: 3, PerClass: 250, Dim: 9, Spread: 1}.Generate(1))
	net := MLP(4, 20).Build(data, PyTorchDefault(), 1)
	whole := GradientProducts(net, data)
	sums := make([]*mat.Dense, net.Depth())
	rnd := rand.New(rand.NewPCG(1, 0))
	order := rnd.Perm(data.Len())
	for _, part := range [][]int{order[:7], order[7:300], order[300:]} {
		for l, g := range GradientProducts(net, Must(data.Subset(part))) {
			g.Scale(float64(len(part))/float64(data.Len()), g)
			if sums[l] == nil {
				sums[l] = g
			} else {
				sums[l].Add(sums[l], g)
			}
		}
	}
	for l := range whole {
		if !mat.EqualApprox(whole[l], sums[l], 1e-13*mat.Norm(sums[l], 2)) {
			t.Errorf("layer %d: parts give another average", l+1)
		}
	}
}
