//go:build !js

package pnc

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"pnclab/pnc/internal/linalg"
)

// randomBasis returns d×p with orthonormal columns in random position.
func randomBasis(d, p int, rnd *rand.Rand) *mat.Dense {
	m := mat.NewDense(d, p, nil)
	m.Apply(func(int, int, float64) float64 { return rnd.NormFloat64() }, m)
	return linalg.ThinQ(m)
}

// TestPrincipalAngles checks angles against those of which subspaces are made, down to
// such of which cosines know nothing.
func TestPrincipalAngles(t *testing.T) {
	const seed, d = 5, 40
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	want := []float64{0, 1e-12, 1e-7, 1e-3, 0.5, math.Pi / 4, 1, math.Pi/2 - 1e-9, math.Pi / 2}
	q := len(want)
	for extra := range 3 { // the larger subspace has this many dimensions more
		// Columns of a basis turned by the angles in planes with columns that are used once.
		basis := randomBasis(d, 2*q+extra, rnd)
		a, b := mat.NewDense(d, q+extra, nil), mat.NewDense(d, q, nil)
		for i := range d {
			row := basis.RawRowView(i)
			copy(a.RawRowView(i), row[:q+extra])
			for j, angle := range want {
				b.Set(i, j, math.Cos(angle)*row[j]+math.Sin(angle)*row[q+extra+j])
			}
		}
		// Other bases of the same subspaces.
		a = linalg.Mul(false, false, a, randomBasis(q+extra, q+extra, rnd))
		b = linalg.Mul(false, false, b, randomBasis(q, q, rnd))
		for _, got := range [][]float64{principalAngles(a, b), principalAngles(b, a)} {
			for i := range want {
				// Products of d terms and decompositions of order d.
				if e := math.Abs(got[i] - want[i]); !(e <= d*0x1p-52) {
					t.Errorf("%d more dimensions: angle %d is %g, not %g", extra, i, got[i], want[i])
				}
			}
		}
	}
}

// TestMeasureAngles compares overlaps with tr(PQ) of projections that are computed in
// another way, on networks of all kinds of layers and data of several batches.
func TestMeasureAngles(t *testing.T) {
	const seed = 8
	t.Logf("seed %d", seed)
	for _, test := range []struct {
		source     Source
		arch       Architecture
		directions int
	}{
		{Blobs{Classes: 4, PerClass: 300, Dim: 15, Spread: 0.5}, MLP(4, 12), 0},
		{Blobs{Classes: 4, PerClass: 9, Dim: 15, Spread: 0.5, Common: 1}, Architecture{Depth: 5, Width: 9, Nonlinear: 4, BatchNorm: true, Residual: 1, PostActivation: true}, 5},
		{Blobs{Classes: 7, PerClass: 9, Dim: 3, Spread: 0.5}, Linear(3, 8), 2},  // fewer features than classes
		{Blobs{Classes: 3, PerClass: 9, Dim: 30, Spread: 0.5}, Linear(3, 5), 9}, // more directions than the rank of weights
	} {
		data := Must(test.source.Generate(seed))
		net := test.arch.Build(data, PyTorchDefault(), seed)
		Must(Train(context.Background(), net, data, &Settings{LearningRate: 0.01, Epochs: 3}))
		all := MeasureAngles(net, data, test.directions)
		if len(all) != net.Depth() {
			t.Fatalf("%d layers of %d", len(all), net.Depth())
		}
		for l, a := range all {
			z := net.Forward(data, l)[0]
			means := mat.NewDense(data.K(), a.Dim, nil)
			for i, k := range data.Labels {
				for j, v := range z.RawRowView(i) {
					means.Set(k, j, means.At(k, j)+v/float64(data.ClassSizes()[k]))
				}
			}
			for j := range a.Dim {
				column := mat.Col(nil, j, means)
				for k, v := range column {
					means.Set(k, j, v-stat.Mean(column, nil))
				}
			}
			p := 0
			for _, v := range linalg.SingularValues(means) {
				if v > 1e-9*mat.Norm(means, 2) {
					p++
				}
			}
			q := test.directions
			if q == 0 {
				q = p
			}
			out, in := net.Layers[l].W.Dims()
			q = min(q, out, in)
			projection := linalg.Mul(false, false, linalg.PseudoInverse(means), means)
			var eigen mat.EigenSym
			gram := linalg.Mul(true, false, net.Layers[l].W, net.Layers[l].W)
			eigen.Factorize(mat.NewSymDense(in, gram.RawMatrix().Data), true)
			var v mat.Dense
			eigen.VectorsTo(&v)
			top := mat.DenseCopyOf(v.Slice(0, in, in-q, in))
			want := mat.Trace(linalg.Mul(true, false, top, linalg.Mul(false, false, projection, top))) / float64(min(p, q))
			// Condition numbers of means and gaps of squares are below 1e4 here.
			if a.Layer != l || a.Means != p || a.Directions != q || !(math.Abs(a.Overlap()-want) < 1e-9) {
				t.Errorf("%v: %+v has overlap %v, not %v for %d and %d dimensions", test.arch, a, a.Overlap(), want, p, q)
			}
		}
	}
}

// TestChance checks the overlap of subspaces in random position, within four standard
// errors of 2,000 draws.
func TestChance(t *testing.T) {
	const seed, d, p, q = 9, 12, 3, 5
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	a := randomBasis(d, p, rnd)
	var overlaps []float64
	for range 2000 {
		overlaps = append(overlaps, WeightAngles{Angles: principalAngles(a, randomBasis(d, q, rnd))}.Overlap())
	}
	mean, deviation := stat.MeanStdDev(overlaps, nil)
	want := WeightAngles{Means: p, Directions: q, Dim: d}.Chance()
	if !(math.Abs(mean-want) < 4*deviation/math.Sqrt(2000)) {
		t.Errorf("mean overlap %v with deviation %v, by chance %v", mean, deviation, want)
	}
}

// TestMeasureAnglesUndefined checks networks and data of which there are no angles.
func TestMeasureAnglesUndefined(t *testing.T) {
	data := Must(NearlyOrthonormal{Classes: 3, PerClass: 4, Dim: 20, Noise: 1}.Generate(1))
	// All singular values of square orthogonal weights are alike, the three of the
	// classifier too.
	for l, a := range MeasureAngles(Linear(3, 20).Build(data, Orthogonal(0.3), 1), data, 2) {
		if !(a.Gap < 1e-14) || len(a.Angles) != 2 || !math.IsNaN(a.Overlap()) {
			t.Errorf("layer %d of orthogonal weights: %+v", l, a)
		}
	}
	net := Linear(3, 20).Build(data, PyTorchDefault(), 1)
	net.Layers[1].W.Zero()
	for l, a := range MeasureAngles(net, data, 0) {
		if none := l > 0; none != (len(a.Angles) == 0) || none != math.IsNaN(a.Overlap()) || none != math.IsNaN(a.Chance()) {
			t.Errorf("layer %d before and after weights of zero: %+v", l, a)
		}
	}
	images := randomImages(Shape{2, 8, 8}, 12, 3, 1)
	deep := ConvNet(4, 2, MLP(2, 6)).Build(images, KaimingNormal(), 1)
	all := MeasureAngles(deep, images, 0)
	if len(all) != 2 || all[0].Layer != deep.Depth()-2 {
		t.Errorf("layers of a convolutional network: %+v", all)
	}
}

// TestMeasureAnglesLinear compares the angles in a trained deep linear network with what
// follows from the closed form: the class means have the angle φ_0 with the right singular
// vectors of the K largest singular values σ of W_1, as the data have it, and each layer
// multiplies what is inside of their span by σ and what is outside by ε, so that
//
//	tan φ_l = (ε/σ)^l tan φ_0
//
// but for the different σ of the K directions. Orthogonal weights that are square stay
// balanced, by which the left singular vectors of W_l are the right ones of W_{l+1}, up to
// errors of second order in the learning rate: 10 % are far above those. The classifier has
// the imbalance ε², which turns its directions by at most ε²/(σ²-ε²) (Davis, Kahan 1970).
func TestMeasureAnglesLinear(t *testing.T) {
	const seed, ε = 2, 0.05
	t.Logf("seed %d", seed)
	data := Must(NearlyOrthonormal{Classes: 3, PerClass: 5, Dim: 30, Noise: 1}.Generate(seed))
	net := Linear(4, 30).Build(data, Orthogonal(ε), seed)
	t.Logf("%v", Must(Train(context.Background(), net, data, &Settings{LearningRate: 0.1, Alpha: 30, StopLoss: 1e-9, Epochs: 20000})))
	σ := linalg.SingularValues(net.Layers[1].W)
	all := MeasureAngles(net, data, data.K())
	for l, a := range all {
		least, most := math.Pow(ε/σ[0], float64(l)), math.Pow(ε/σ[data.K()-1], float64(l))
		for i, angle := range a.Angles {
			from, to := 0.9*least*math.Tan(all[0].Angles[i]), 1.1*most*math.Tan(all[0].Angles[i])
			if l == net.Depth()-1 {
				from, to = 0, to+ε*ε/(σ[data.K()-1]*σ[data.K()-1]-ε*ε)
			}
			if tan := math.Tan(angle); !(tan >= from && tan <= to) {
				t.Errorf("%s: tangent %.3g of angle %d is not between %.3g and %.3g", a.Name, tan, i, from, to)
			}
		}
	}
}
