package pnc

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// TestSchattenCost checks that no factors cost less than the formula says, and that those
// of the derivation cost that.
func TestSchattenCost(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	data := Must(OneHot{Classes: 4, PerClass: 1}.Generate(1))
	for _, depth := range []int{2, 3, 5} {
		for seed := range 20 {
			net := Linear(depth, 6).Build(data, Gaussian(1), seed)
			for l := range net.Layers { // unbalanced too
				net.Layers[l].W.Scale(math.Exp(rnd.NormFloat64()), net.Layers[l].W)
			}
			product := net.Product(depth, 1)
			schatten, cost := SchattenCost(product, depth), RepresentationCost(net)
			if !(schatten <= cost) {
				t.Errorf("depth %d, seed %d: factors cost %v, less than %v", depth, seed, cost, schatten)
			}
			var mean float64
			for _, l := range net.Layers {
				mean += squaredNorm(l.W) / float64(depth)
			}
			if !(cost <= mean*(1+1e-14)) {
				t.Errorf("depth %d, seed %d: cost %v above the mean squared norm %v", depth, seed, cost, mean)
			}
			approx.Equal(t, fmt.Sprintf("balanced, depth %d, seed %d", depth, seed), RepresentationCost(factored(t, product, depth)), schatten, 1e-12, 0)
		}
	}
	zero := mat.NewDense(3, 3, nil)
	if got := SchattenCost(zero, 4); got != 0 {
		t.Errorf("zero costs %v", got)
	}
	low := linalg.Mul(false, false, mat.NewDense(3, 1, []float64{1, 2, 2}), mat.NewDense(1, 3, []float64{2, 2, 1}))
	approx.Equal(t, "rank 1", SchattenCost(low, 10), math.Pow(9, 0.2), 1e-14, 0)
	nan := mat.NewDense(2, 2, []float64{1, math.NaN(), 0, 1})
	if !math.IsNaN(SchattenCost(nan, 3)) {
		t.Error("the cost of NaN is not NaN")
	}
	expectPanic(t, "depth 0", func() { SchattenCost(zero, 0) })
	expectPanic(t, "bias", func() { RepresentationCost(Architecture{Depth: 2, Width: 4, Bias: true}.Build(data, Gaussian(1), 1)) })
	expectPanic(t, "BatchNorm", func() { RepresentationCost(MLP(3, 4).Build(data, Gaussian(1), 1)) })
}

// factored returns the deep linear network U S^{1/L}, S^{1/L}, ..., S^{1/L} Vᵀ of a square matrix.
func factored(t *testing.T, m *mat.Dense, depth int) *Network {
	t.Helper()
	var svd mat.SVD
	if !svd.Factorize(m, mat.SVDFull) {
		t.Fatal("no decomposition")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	values := svd.Values(nil)
	for i := range values {
		values[i] = math.Pow(values[i], 1/float64(depth))
	}
	root := mat.NewDiagDense(len(values), values)
	net := &Network{}
	for l := range depth {
		w := mat.DenseCopyOf(root)
		if l == 0 {
			w.Mul(w, v.T())
		}
		if l == depth-1 {
			w.Mul(&u, w)
		}
		net.Layers = append(net.Layers, Layer{W: w})
	}
	return net
}

// TestMarginCost compares the costs of the arrangements with the closed forms of their
// documentation, and checks the bound of K-1 at depth 2 on random logits.
func TestMarginCost(t *testing.T) {
	for _, depth := range []int{2, 3, 5, 9} {
		p := 2 / float64(depth)
		check := func(name string, z *mat.Dense, want float64) {
			t.Helper()
			k, _ := z.Dims()
			approx.Equal(t, name+": margin", Margin(z, blockLabels(k, 1)), 1, 1e-12, 0)
			approx.Equal(t, fmt.Sprintf("%s, depth %d: cost", name, depth), MarginCost(z, blockLabels(k, 1), depth), want, 1e-11, 0)
			z.Scale(7, z)
			approx.Equal(t, name+", scaled", MarginCost(z, blockLabels(k, 1), depth), want, 1e-11, 0)
		}
		for _, c := range []struct{ k, g int }{{2, 1}, {10, 1}, {10, 5}, {12, 3}, {4, 2}} {
			want := float64(c.k - c.g)
			if c.g > 1 {
				want *= math.Pow(float64(c.k)/float64(c.k-c.g), p)
			}
			check(fmt.Sprintf("%d classes in %d simplices", c.k, c.g), SimplexLogits(c.k, c.g), want)
		}
		for _, k := range []int{3, 4, 10} {
			check(fmt.Sprintf("%d-gon", k), PolygonLogits(k), 2*math.Pow(float64(k)/2/(1-math.Cos(2*math.Pi/float64(k))), p))
		}
		for _, r := range []int{4, 5, 8} {
			check(fmt.Sprintf("pairs of %d", r), TriangularLogits(r), float64(r-1)*math.Pow(float64(r-2), p))
		}
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	seen := 0
	for range 300 {
		k := 2 + rnd.IntN(6)
		z := mat.NewDense(k, k, nil)
		linalg.Fill(z, rnd.NormFloat64)
		for i := range k {
			z.Set(i, i, z.At(i, i)+4*rnd.Float64())
		}
		cost := MarginCost(z, blockLabels(k, 1), 2)
		if !math.IsInf(cost, 1) {
			seen++
		}
		if cost < float64(k-1) {
			t.Errorf("%d classes: nuclear norm %v at margin 1, below %d", k, cost, k-1)
		}
	}
	if seen < 50 {
		t.Errorf("only %d of the random logits have a positive margin", seen)
	}
	if c := MarginCost(mat.NewDense(2, 2, []float64{1, 1, 0, 1}), []int{0, 1}, 3); !math.IsInf(c, 1) {
		t.Errorf("without a margin the cost is %v", c)
	}
	expectPanic(t, "labels", func() { Margin(mat.NewDense(2, 2, nil), []int{0}) })
	expectPanic(t, "groups", func() { SimplexLogits(10, 3) })
	expectPanic(t, "single classes", func() { SimplexLogits(3, 3) })
	expectPanic(t, "two classes", func() { PolygonLogits(2) })
	expectPanic(t, "three points", func() { TriangularLogits(3) })
}

// TestPairsThreshold checks the depths at which pairs of opposite points are cheaper than
// neural collapse against those of Garrod and Keating 2025, Theorem 1, in whose count the
// features are no layer: K ≥ 4 with L ≥ 3, and K ≥ 6 with L = 2.
func TestPairsThreshold(t *testing.T) {
	for k := 2; k <= 20; k += 2 {
		for depth := 2; depth <= 8; depth++ {
			labels := blockLabels(k, 1)
			below := k >= 4 && MarginCost(SimplexLogits(k, k/2), labels, depth) < MarginCost(SimplexLogits(k, 1), labels, depth)
			if theirs := depth - 1; below != (k >= 4 && theirs >= 3 || k >= 6 && theirs == 2) {
				t.Errorf("%d classes, %d matrices: pairs are cheaper: %v", k, depth, below)
			}
		}
	}
}

// TestRepulsion checks how singular values grow while the logits are small: those of a
// network of depth 4 by the same decrease of s^{-1/2}, of depth 2 by the same factor.
func TestRepulsion(t *testing.T) {
	const k, rate = 4, 0.02
	directions := [][]float64{{1, -1, 1, -1}, {1, 1, -1, -1}, {1, -1, -1, 1}} // orthogonal to 1, of length 2
	start := []float64{0.003, 0.002, 0.001}
	z := mat.NewDense(k, k, nil)
	for i, u := range directions {
		z.RankOne(z, start[i]/k, mat.NewVecDense(k, u), mat.NewVecDense(k, u))
	}
	data := Must(OneHot{Classes: k, PerClass: 1}.Generate(1))
	for depth, epochs := range map[int]int{4: 800, 2: 200} {
		net := factored(t, z, depth)
		for l := range net.Layers {
			net.Layers[l].Name = fmt.Sprintf("layer %d", l+1)
		}
		Must(Train(t.Context(), net, data, &Settings{Loss: CrossEntropy, LearningRate: rate, Epochs: epochs, Method: Full}))
		time := rate * float64(epochs)
		for i, s := range linalg.SingularValues(net.Product(depth, 1))[:k-1] {
			want := start[i] * math.Exp(2*time/k)
			if depth == 4 {
				want = math.Pow(1/math.Sqrt(start[i])-2*time/k, -2)
			}
			// The gradient is off by the logits, 0.02 at most, for the last part of the time.
			approx.Equal(t, fmt.Sprintf("depth %d, singular value %d", depth, i+1), s, want, 0.03, 0)
		}
	}
}
