package pnc

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/linalg"
)

// randomFeatures returns features of random shape with clear class structure.
func randomFeatures(rnd *rand.Rand) (x *mat.Dense, labels []int, k int) {
	k = 2 + rnd.IntN(5)
	n, d := k*(2+rnd.IntN(8)), 2+rnd.IntN(20)
	x = mat.NewDense(n, d, nil)
	labels = make([]int, n)
	means := mat.NewDense(k, d, nil)
	linalg.Fill(means, rnd.NormFloat64)
	for i := range n {
		labels[i] = i % k
		for j := range d {
			x.Set(i, j, means.At(i%k, j)+0.3*rnd.NormFloat64())
		}
	}
	return x, labels, k
}

func measureOne(t *testing.T, x *mat.Dense, labels []int, k int) LayerMeasures {
	t.Helper()
	ev, err := MeasureFeatures([]LayerFeatures{{"z", x}}, labels, k, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ev.Layers[0]
}

// TestInvariances checks what the definitions imply: no measure changes under
// rotation, scaling or reordering of samples and classes, nor C, NC and CDNV under
// translation. Errors come from sums of a few hundred numbers of order one and from
// the conditioning of NC1.
func TestInvariances(t *testing.T) {
	const seed, rtol = 11, 1e-9
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		x, labels, k := randomFeatures(rnd)
		n, d := x.Dims()
		want := measureOne(t, x, labels, k)
		compare := func(what string, got LayerMeasures, scale float64, translated bool) {
			t.Helper()
			approx.Equal(t, what+": C", got.C, want.C, rtol, 0)
			approx.Equal(t, what+": NC1", got.NC1, want.NC1, 1e-7, 0)
			approx.Equal(t, what+": NC2", got.NC2, want.NC2, rtol, 1e-12)
			approx.Equal(t, what+": NC2 norms", got.NC2Norms, want.NC2Norms, rtol, 1e-9)
			approx.Equal(t, what+": NC2 angles", got.NC2Angles, want.NC2Angles, rtol, 1e-9)
			approx.Equal(t, what+": NC4", got.NC4, want.NC4, 0, 0)
			approx.Equal(t, what+": CDNV", got.CDNV, want.CDNV, rtol, 0)
			approx.Equal(t, what+": tr Σ_W", got.TrSigmaW, scale*scale*want.TrSigmaW, rtol, 0)
			approx.Equal(t, what+": tr Σ_B", got.TrSigmaB, scale*scale*want.TrSigmaB, rtol, 0)
			if !translated {
				approx.Equal(t, what+": D", got.D, want.D, 0, 1e-12)
				if got.Rank95 != want.Rank95 {
					t.Errorf("%s: rank %v, want %v", what, got.Rank95, want.Rank95)
				}
			}
		}
		var y mat.Dense
		y.Mul(x, linalg.Haar(d, d, rnd))
		compare("rotation", measureOne(t, &y, labels, k), 1, false)

		y.Reset()
		y.Mul(x, linalg.Haar(d+7, d, rnd).T()) // isometry into a larger space
		compare("embedding", measureOne(t, &y, labels, k), 1, false)

		y.Reset()
		y.Scale(1e3, x)
		compare("scaling", measureOne(t, &y, labels, k), 1e3, false)

		order := rnd.Perm(n)
		rename := rnd.Perm(k)
		shuffled, renamed := mat.NewDense(n, d, nil), make([]int, n)
		for i, j := range order {
			shuffled.SetRow(i, x.RawRowView(j))
			renamed[i] = rename[labels[j]]
		}
		compare("order", measureOne(t, shuffled, renamed, k), 1, false)

		moved := mat.DenseCopyOf(x)
		shift := make([]float64, d)
		for j := range shift {
			shift[j] = 10 * rnd.NormFloat64()
		}
		for i := range n {
			for j := range shift {
				moved.Set(i, j, moved.At(i, j)+shift[j])
			}
		}
		compare("translation", measureOne(t, moved, labels, k), 1, true)
	}
}

// TestSimplex checks the measures of neural collapse on features that have collapsed
// to a simplex equiangular tight frame, and on a classifier equal to that frame.
func TestSimplex(t *testing.T) {
	const k = 4
	x := mat.NewDense(2*k, k, nil)
	labels := make([]int, 2*k)
	for i := range 2 * k {
		labels[i] = i % k
		for j := range k {
			x.Set(i, j, -1./k)
		}
		x.Set(i, i%k, 1-1./k)
	}
	classifier := mat.DenseCopyOf(x.Slice(0, k, 0, k))
	ev, err := MeasureFeatures([]LayerFeatures{{"z", x}}, labels, k, classifier)
	if err != nil {
		t.Fatal(err)
	}
	m := ev.Layers[0]
	const atol = 1e-15 * k * k
	approx.Equal(t, "C", m.C, 0, 0, atol)
	approx.Equal(t, "D", m.D, 1+1./(k-1), 0, atol)
	approx.Equal(t, "NC1", m.NC1, 0, 0, atol)
	approx.Equal(t, "NC2", m.NC2, 0, 0, atol)
	approx.Equal(t, "NC2 norms", m.NC2Norms, 0, 0, atol)
	approx.Equal(t, "NC2 angles", m.NC2Angles, 0, 0, atol)
	approx.Equal(t, "NC3", m.NC3, 0, 0, atol)
	approx.Equal(t, "NC4", m.NC4, 1, 0, 0)
	approx.Equal(t, "accuracy", ev.Accuracy, 1, 0, 0)
	if m.Rank95 != k-1 {
		t.Errorf("rank = %v, want %v", m.Rank95, k-1)
	}
	// The opposite classifier has the largest possible distance.
	classifier.Scale(-1, classifier)
	ev, err = MeasureFeatures([]LayerFeatures{{"z", x}}, labels, k, classifier)
	if err != nil {
		t.Fatal(err)
	}
	approx.Equal(t, "NC3 of the opposite classifier", ev.Layers[0].NC3, 2, 0, atol)
	approx.Equal(t, "NC4 of the opposite classifier", ev.Layers[0].NC4, 0, 0, 0)
}

// TestStreaming checks that a layer measured from blocks, by its Gram matrix and
// in single precision agrees with the direct measurement of all features.
func TestStreaming(t *testing.T) {
	data := Must(Blobs{Classes: 5, PerClass: 61, Dim: 12, Spread: 0.4}.Generate(3))
	net := MLP(4, 20).Build(data, PyTorchDefault(), 3)
	if _, err := Train(t.Context(), net, data, &Settings{Epochs: 5, Batch: 50, LearningRate: 0.05}); err != nil {
		t.Fatal(err)
	}
	var layers []LayerFeatures
	for l, z := range net.Forward(data, 0, 1, 2, 3) {
		layers = append(layers, LayerFeatures{layerName(l), z})
	}
	want, err := MeasureFeatures(layers, data.Labels, data.K(), net.Layers[3].W)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		m    MeasureOptions
		rtol float64 // of the arithmetic: γ_n = nε for the few hundred additions of a measure
	}{
		{"float64", MeasureOptions{Batch: 7}, 1e-12},
		{"float32", MeasureOptions{Batch: 64, Precision: Float32}, 1e-4},
	} {
		got, err := MeasureWith(t.Context(), net, data, &c.m)
		if err != nil {
			t.Fatal(err)
		}
		approx.Equal(t, "accuracy", got.Accuracy, want.Accuracy, 0, 1e-12)
		for l, w := range want.Layers {
			g := got.Layers[l]
			approx.Equal(t, c.name+" C", g.C, w.C, c.rtol, 0)
			approx.Equal(t, c.name+" D", g.D, w.D, c.rtol, 0)
			approx.Equal(t, c.name+" NC1", g.NC1, w.NC1, 10*c.rtol, 0)
			approx.Equal(t, c.name+" NC2", g.NC2, w.NC2, c.rtol, 0)
			approx.Equal(t, c.name+" NC3", g.NC3, w.NC3, c.rtol, 0)
			approx.Equal(t, c.name+" NC4", g.NC4, w.NC4, 0, 2./305) // a sample on a decision boundary may change sides
			approx.Equal(t, c.name+" CDNV", g.CDNV, w.CDNV, c.rtol, 0)
			if g.Rank95 != w.Rank95 {
				t.Errorf("%s: rank %v, want %v", c.name, g.Rank95, w.Rank95)
			}
		}
	}
}

// TestGramSpectrum checks the singular values from a Gram matrix against a full
// decomposition, to the error its doc comment states.
func TestGramSpectrum(t *testing.T) {
	const seed, n, d = 5, 300, 40
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	x := mat.NewDense(n, d, nil)
	linalg.Fill(x, rnd.NormFloat64)
	for i := range n {
		for j := range d {
			x.Set(i, j, x.At(i, j)*expDecay(j))
		}
	}
	exact := linalg.SingularValues(x)
	got := gramSpectrum(x)
	approx.All(t, "σ", got, exact, 0, 1.5e-8*exact[0])
	if a, b := NumericalRank(got, 0.95), NumericalRank(exact, 0.95); a != b {
		t.Errorf("rank %v, want %v", a, b)
	}
}

// gramSpectrum returns the singular values of x from its Gram matrix, which is how
// they are computed if x is too large to be kept in memory.
func gramSpectrum(x *mat.Dense) []float64 {
	n, d := x.Dims()
	s := &spectrum{samples: n, dim: d, gram: make([]float64, d*d), crew: crew.New()}
	for i := 0; i < n; i += 64 {
		rows := mat.DenseCopyOf(x.Slice(i, min(i+64, n), 0, d))
		size, _ := rows.Dims()
		s.add(&block{dim: d, labels: make([]int, size), z: transposed(crew.New(), nil, rows.RawMatrix().Data, size, d)})
	}
	return s.decompose()
}

// expDecay makes the columns of a matrix span eight orders of magnitude.
func expDecay(j int) float64 {
	v := 1.0
	for range j {
		v *= 0.63
	}
	return v
}

// TestWideSpectrum measures an input with too many samples and features for a full
// decomposition; its singular values are known: sample i is s_j e_j with j = i mod
// d, so that σ_j = s_j √(number of such samples).
func TestWideSpectrum(t *testing.T) {
	const n, d, classes = 1500, 1100, 3
	x, labels, want := mat.NewDense(n, d, nil), make([]int, n), make([]float64, d)
	for i := range n {
		j := i % d
		s := 1 / float64(1+j)
		x.Set(i, j, s)
		want[j] = math.Hypot(want[j], s)
		labels[i] = i % classes
	}
	slices.Sort(want)
	slices.Reverse(want)
	data := Must(NewDataset("known spectrum", x, labels, classes))
	m := MeasureData(data)
	approx.All(t, "σ", m.SingularValues, want, 0, 1.5e-8*want[0]) // as spectrum states
	if r := NumericalRank(want, 0.95); m.Rank95 != float64(r) {
		t.Errorf("rank %v, want %v", m.Rank95, r)
	}
	net := MLP(2, 4).Build(data, KaimingNormal(), 1)
	ev := Must(MeasureWith(t.Context(), net, data, &MeasureOptions{Measures: Spectrum, Layers: []int{0}}))
	if got := ev.Layers[0].Rank95; got != m.Rank95 {
		t.Errorf("rank as the input of a network = %v, want %v", got, m.Rank95)
	}
}
