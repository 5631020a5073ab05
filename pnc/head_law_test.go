package pnc

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
	"pnclab/pnc/internal/random"
)

// compressionAt returns C_l of the closed form for a depth that need not be whole.
func compressionAt(data *Dataset, eps, alpha float64, l int, depth float64) float64 {
	v, s := Law{Alpha: alpha}.signal(data)
	x := data.X()
	along := linalg.Mul(false, false, x, v)
	rest := linalg.Mul(false, true, along, v)
	rest.Sub(x, rest)
	rest.Scale(math.Pow(eps, float64(l)), rest)
	for j := range s {
		for i := range data.Len() {
			along.Set(i, j, math.Pow(s[j], float64(l)/depth)*along.At(i, j))
		}
	}
	var z mat.Dense
	z.Augment(along, rest)
	return measureRows("", []LayerFeatures{{"z", &z}}, data, Scatter).C()[0]
}

// TestHeadSlope compares the derivative with central differences of the closed form,
// on data that are fitted exactly and on data that are not, by several scales. With a
// step of 10⁻⁴ in h they are off by 10⁻⁸ of a third derivative of order one and by the
// rounding of C over the step, 10⁻¹⁰ where C is small.
func TestHeadSlope(t *testing.T) {
	const step = 1e-4
	for _, source := range []Source{
		NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1},
		Unbalanced{Of: NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1}, Sizes: []int{10, 3, 6}},
		Subclasses{Classes: 3, Parts: 2, PerPart: 20, Dim: 12, Noise: 1},
		Blobs{Classes: 4, PerClass: 30, Dim: 9, Spread: 0.5},
	} {
		data := Must(source.Generate(2))
		for _, alpha := range []float64{0.1, 1, 30} {
			for _, l := range []int{1, 3} {
				law := Law{Depth: 6, Scale: 0.4, Alpha: alpha}
				up, down := compressionAt(data, law.Scale, alpha, l, 6+step), compressionAt(data, law.Scale, alpha, l, 6-step)
				approx.Equal(t, fmt.Sprintf("%v, α = %g, layer %d", data, alpha, l), HeadSlope(data, law, l), (math.Log(up)-math.Log(down))/(2*step), 1e-6, 1e-8)
			}
		}
	}
	approx.Equal(t, "slope at the input", HeadSlope(theoremData(1, 1), Law{Depth: 6, Scale: 0.4}, 0), 0, 0, 0)
	expectPanic(t, "layer", func() { HeadSlope(theoremData(1, 1), Law{Depth: 3, Scale: 1}, 3) })
}

// TestHeadBoundary checks the boundary against the corollary for orthonormal data,
// where it is √n, and the sign on both sides of it for other data.
func TestHeadBoundary(t *testing.T) {
	// σ_min and σ_max differ by rounding: 30 ε.
	approx.Equal(t, "boundary of orthonormal data", HeadBoundary(theoremData(0, 2), Law{Depth: 5, Scale: 0.3}, 3), math.Sqrt(10), 1e-8, 0)
	for _, c := range []struct {
		Source
		layers int
	}{
		{NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1}, 4},
		{Subclasses{Classes: 3, Parts: 4, PerPart: 3, Dim: 40, Noise: 0.3}, 4},
		{Subclasses{Classes: 3, Parts: 4, PerPart: 10, Dim: 40, Noise: 0.3}, 2}, // not fitted exactly
	} {
		data := Must(c.Generate(4))
		for l := 1; l <= c.layers; l++ {
			at := HeadBoundary(data, Law{Depth: 5, Scale: 0.3, Alpha: 7}, l)
			if math.IsNaN(at) {
				t.Errorf("%v, layer %d: no boundary", data, l)
				continue
			}
			below, above := HeadSlope(data, Law{Depth: 5, Scale: 0.3, Alpha: 0.99 * at}, l), HeadSlope(data, Law{Depth: 5, Scale: 0.3, Alpha: 1.01 * at}, l)
			if !(below > 0 && above < 0) {
				t.Errorf("%v, layer %d: slopes %g and %g about the boundary %g", data, l, below, above, at)
			}
		}
	}
	// At layer 4 of the last, what is within the classes is noise along V almost only:
	// F_a > F_b, and a longer head strengthens the compression for every α.
	noisy := Must(Subclasses{Classes: 3, Parts: 4, PerPart: 10, Dim: 40, Noise: 0.3}.Generate(4))
	approx.Equal(t, "boundary where there is none", HeadBoundary(noisy, Law{Depth: 5, Scale: 0.3}, 4), math.NaN(), 0, 0)
}

// TestHeadSign trains networks with a short and a long head on both sides of the
// boundary, in 40 random settings: the sign of what happens to C of the extractor must
// be that of HeadSlope wherever the closed form predicts a change beyond what it may
// be off by. C is off by up to 2.5 % a layer as in TestLawOnTrainedNetworks, for both
// networks, and the start adds 2u; see TestPredictTransfer.
func TestHeadSign(t *testing.T) {
	settings, judged, up := 40, 0, 0
	if testing.Short() {
		settings = 10
	}
	for seed := 1; seed <= settings; seed++ {
		rnd := random.New(seed, 5)
		data := Must(NearlyOrthonormal{Classes: 2 + rnd.IntN(3), PerClass: 3 + rnd.IntN(10), Dim: 60, Noise: 0.5}.Generate(seed))
		l := 1 + rnd.IntN(3)
		xi := 0.2 + 0.3*rnd.Float64()
		boundary := HeadBoundary(data, Law{Depth: l + 2, Scale: xi}, l)
		alpha := boundary * math.Pow(30, 2*rnd.Float64()-1)
		var c, law []float64
		var start float64
		for _, head := range []int{1, 4} {
			e := Experiment{Net: Linear(l+head+1, 60), Init: Orthogonal(xi)}
			net := e.Net.Build(data, e.Init, seed)
			n := float64(data.Len() / data.K())
			depth := float64(l + head + 1)
			sigma := max(xi, math.Pow(math.Sqrt(n)/alpha, 1/depth))
			rate := 0.4 / (2 * alpha * alpha / float64(data.Len()) * depth * math.Pow(sigma, 2*depth-2))
			Must(Train(t.Context(), net, data, &Settings{Alpha: alpha, LearningRate: rate, StopLoss: 1e-12, Epochs: 20000}))
			c = append(c, Measure(net, data).C()[l])
			law = append(law, Predict(data, Law{Depth: l + head + 1, Scale: xi, Alpha: alpha}).C()[l])
			start = max(start, alpha*math.Pow(xi, depth)/math.Sqrt(n))
		}
		predicted, measured := math.Log(law[1]/law[0]), math.Log(c[1]/c[0])
		if math.Abs(predicted) < 2*(0.025*float64(l)+2*start) {
			continue
		}
		judged++
		slope := HeadSlope(data, Law{Depth: l + 3, Scale: xi, Alpha: alpha}, l)
		if slope > 0 {
			up++
		}
		if slope*measured <= 0 {
			t.Errorf("seed %d: α = %.3g of %.3g, ξ = %.2f, layer %d: C changes by %+.3f in the logarithm, predicted %+.3f, slope %+.3f a layer",
				seed, alpha, boundary, xi, l, measured, predicted, slope)
		}
	}
	t.Logf("%d of %d settings judged, C rises in %d", judged, settings, up)
	if judged < settings/2 || up == 0 || up == judged {
		t.Errorf("%d of %d settings judged, C rises in %d: too few to say anything", judged, settings, up)
	}
}
