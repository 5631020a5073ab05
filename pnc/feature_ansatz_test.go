//go:build !js

package pnc

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
)

// power returns m^n of a symmetric matrix.
func power(m *mat.Dense, n int) *mat.Dense {
	p := mat.DenseCopyOf(m)
	for range n - 1 {
		p = linalg.Mul(false, false, p, m)
	}
	return p
}

// TestFeatureAnsatzBalanced checks that the root of G_l is W_lᵀW_l for networks that are
// balanced exactly, with layers of different widths, and that G_l itself is not.
func TestFeatureAnsatzBalanced(t *testing.T) {
	const seed = 3
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	data := Must(Blobs{Classes: 4, PerClass: 5, Dim: 10, Spread: 1}.Generate(seed))
	widths := []int{10, 7, 12, 6, 4}
	singular := []float64{2, 1.5, 0.9, 0.4}
	net := Linear(4, 8).Build(data, PyTorchDefault(), seed)
	right := randomBasis(10, 4, rnd)
	for i := range net.Layers {
		left := randomBasis(widths[i+1], 4, rnd)
		scaled := mat.DenseCopyOf(left)
		scaled.Apply(func(_, c int, v float64) float64 { return v * singular[c] }, scaled)
		net.Layers[i].W = linalg.Mul(false, true, scaled, right)
		right = left
	}
	for _, a := range CheckFeatureAnsatz(net, data) {
		// The smallest eigenvalue of G_1 is (0.4/2)^8 = 3e-6 of the largest, so that the
		// error of its root is some 2⁻⁵²·4e5.
		if !(a.RootCosine > 1-1e-9 && a.RootPearson > 1-1e-9) {
			t.Errorf("%s: the root has the cosine %v and the correlation %v", a.Name, a.RootCosine, a.RootPearson)
		}
		var want float64 // of the vectors of singular values to the power 2 and 2(L-l+1)
		var x, y float64
		for _, s := range singular {
			p, q := s*s, math.Pow(s, float64(2*(net.Depth()-a.Layer+1)))
			want, x, y = want+p*q, x+p*p, y+q*q
		}
		want /= math.Sqrt(x * y)
		if math.Abs(a.Cosine-want) > 1e-13 {
			t.Errorf("%s: cosine %v, not %v", a.Name, a.Cosine, want)
		}
	}
}

// TestFeatureAnsatzTrained checks the bound on ‖G_l - H_l^{L-l+1}‖ for trained networks
// with the imbalance of their layers, and the cosine with the root that follows from the
// singular values, before training and after, where the imbalance ε² of the classifier is a
// relative error of ε²/σ².
func TestFeatureAnsatzTrained(t *testing.T) {
	data := Must(NearlyOrthonormal{Classes: 3, PerClass: 5, Dim: 30, Noise: 1}.Generate(2))
	for _, scale := range []float64{0.05, 0.3} {
		net := Linear(4, 30).Build(data, Orthogonal(scale), 2)
		before := CheckFeatureAnsatz(net, data)
		t.Logf("%v", Must(Train(context.Background(), net, data, &Settings{LearningRate: 0.1, Alpha: 30, StopLoss: 1e-9, Epochs: 20000})))
		products := GradientProducts(net, data)
		all := CheckFeatureAnsatz(net, data)
		bound := 0.0
		for l := net.Depth(); l >= 1; l-- {
			h := linalg.Mul(true, false, net.Layers[l-1].W, net.Layers[l-1].W)
			largest := linalg.SingularValues(net.Layers[l-1].W)[0]
			if m := net.Depth() - l; m > 0 {
				above := linalg.SingularValues(net.Layers[l].W)[0]
				s := math.Pow(max(largest, above), 2)
				d := balancedness(net.Layers[l-1].W, net.Layers[l].W)
				bound = largest * largest * (bound + float64(m)*math.Pow(s, float64(m-1))*d)
			}
			var difference mat.Dense
			difference.Sub(products[l-1], power(h, net.Depth()-l+1))
			size := mat.Norm(products[l-1], 2)
			σ := linalg.SingularValues(net.Layers[l-1].W)
			var inside, outside float64
			for j, v := range σ {
				if j < data.K() {
					inside += v * v * v * v
				} else {
					outside += v * v * v * v
				}
			}
			ratio := scale * scale / (σ[data.K()-1] * σ[data.K()-1])
			if got, want := 1/(all[l-1].RootCosine*all[l-1].RootCosine)-1, outside/inside; !(math.Abs(got-want) <= ratio*want+1e-14) {
				t.Errorf("ε = %g, layer %d: 1/cos² - 1 is %v, not %v", scale, l, got, want)
			}
			start := math.Sqrt(float64(data.K()) / 30)
			if l == net.Depth() {
				start = 1
			}
			if got := before[l-1].RootCosine; math.Abs(got-start) > 1e-12 || math.Abs(before[l-1].Cosine-start) > 1e-12 {
				t.Errorf("ε = %g, layer %d before training: %+v, not %v", scale, l, before[l-1], start)
			}
			if e := mat.Norm(&difference, 2); !(e <= bound+1e-13*size) {
				t.Errorf("ε = %g, layer %d: distance %.3g above the bound %.3g", scale, l, e, bound)
			}
		}
	}
}

// TestFeatureAnsatzUndefined checks layers of which there is no cosine, and such without an
// entry.
func TestFeatureAnsatzUndefined(t *testing.T) {
	images := randomImages(Shape{2, 4, 4}, 12, 3, 1)
	net := ConvNet(2, 2, MLP(3, 5)).Build(images, KaimingNormal(), 1)
	net.Layers[net.Depth()-2].W.Zero()
	all := CheckFeatureAnsatz(net, images)
	if len(all) != 3 || all[0].Layer != net.Depth()-2 {
		t.Fatalf("layers %+v", all)
	}
	for i, a := range all {
		if undefined := i < 2; math.IsNaN(a.Cosine) != undefined || math.IsNaN(a.RootPearson) != undefined {
			t.Errorf("%+v with weights of zero in layer %d", a, net.Depth()-1)
		}
	}
}
