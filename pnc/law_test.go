package pnc

import (
	"math"
	"slices"
	"testing"

	"pnclab/pnc/internal/approx"
)

// theoremData returns the data of the paper's experiment on the theorem, with the
// given noise.
func theoremData(noise float64, seed int) *Dataset {
	return Must(NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: noise}.Generate(seed))
}

// TestLawOnTrainedNetworks compares the closed form with networks trained by
// gradient descent; the tolerance is the error of the worst layer over ten seeds
// that an independent implementation measured: 1.3 % at ξ = 0.1 and 2.1 % at 0.3.
func TestLawOnTrainedNetworks(t *testing.T) {
	for _, c := range []struct{ xi, rtol float64 }{{0.1, 0.015}, {0.3, 0.025}} {
		for seed := 1; seed <= 2; seed++ {
			data := theoremData(1, seed)
			net := Linear(6, 50).Build(data, Orthogonal(c.xi), seed)
			res, err := Train(t.Context(), net, data, &Settings{Alpha: 100, LearningRate: 0.1, StopLoss: 3e-10, Epochs: 5000})
			if err != nil || res.Status != Converged {
				t.Fatal(res, err)
			}
			ev, law := Measure(net, data), Predict(data, Law{Depth: 6, Scale: c.xi, Alpha: 100})
			approx.All(t, "ratios", Ratios(ev.C()), Ratios(law.C()), c.rtol, 0)
			if f := FitGeometric(ev.C()); f.R2 < 0.999 {
				t.Errorf("ξ = %g, seed %d: %v", c.xi, seed, f)
			}
		}
	}
}

// TestLawPublished checks the prediction against independently computed values
// of a run with ε = 0.1, α = 1, L = 4. That data is another draw from the same
// distribution, over which C varies by about 1 %.
func TestLawPublished(t *testing.T) {
	law := Predict(theoremData(1, 1), Law{Depth: 4, Scale: 0.1})
	approx.All(t, "C", law.C(), []float64{13.46, 0.0781, 4.39e-4, 2.47e-6}, 0.05, 0)
}

// TestLawExactlySolvable compares the law with the exact features of weights
// constructed to satisfy the assumptions: W_l = ε(I - VVᵀ) + V S^{1/L} Vᵀ.
func TestLawExactlySolvable(t *testing.T) {
	const depth, eps, alpha = 5, 0.2, 10
	data := theoremData(1, 4)
	net := balancedNetwork(t, data, depth, eps, alpha)
	a := CheckAssumptions(net, data, alpha)
	if a.Residual > 1e-12 || a.Balancedness[0] > 1e-13 || a.Rho > 1e-13 {
		t.Fatalf("the network does not satisfy the assumptions:\n%v", a)
	}
	// At the classifier the ε² of the other 47 directions is not balanced.
	approx.Equal(t, "δ", a.Delta, eps*eps*math.Sqrt(47), 1e-12, 0)
	ev, law := Measure(net, data), Predict(data, Law{Depth: depth, Scale: eps, Alpha: alpha})
	for l, want := range ev.Layers {
		got := law.Layers[l]
		// C_4 is 1e-4: centring features of size one leaves errors of ε/√C
		const rtol = 1e-11
		approx.Equal(t, "C", got.C, want.C, rtol, 0)
		approx.Equal(t, "D", got.D, want.D, rtol, 0)
		approx.Equal(t, "NC2", got.NC2, want.NC2, rtol, 0)
		approx.Equal(t, "CDNV", got.CDNV, want.CDNV, rtol, 0)
		approx.Equal(t, "tr Σ_B", got.TrSigmaB, want.TrSigmaB, rtol, 0)
	}
	approx.All(t, "C from W₁", OneMatrix(net, data).C(), ev.C(), 1e-11, 0)
}

// TestOrthonormalCorollary checks the corollary for orthonormal data against the
// law.
func TestOrthonormalCorollary(t *testing.T) {
	for _, law := range []Law{{Depth: 6, Scale: 0.3, Alpha: 100}, {Depth: 3, Scale: 0.1}, {Depth: 4, Scale: 0.5, Alpha: 2}} {
		c := Predict(theoremData(0, 2), law).C()
		approx.All(t, "C", OrthonormalC(10, 3, law), c, 1e-12, 0)
	}
	approx.Equal(t, "ratio", Ratios(OrthonormalC(10, 3, Law{Depth: 6, Scale: 0.3, Alpha: 100}))[0], 0.2846, 2e-4, 0)
}

// TestMeansPower checks the corollary on class means against the law with ε → 0,
// from layer 1 on; at layer 0 the part of the data outside V does not vanish.
func TestMeansPower(t *testing.T) {
	data := theoremData(1, 3)
	approx.All(t, "D", MeansPower(data, 6)[1:], Predict(data, Law{Depth: 6, Scale: 1e-8}).D()[1:], 1e-12, 0)
}

func TestDiscriminationBound(t *testing.T) {
	b := DiscriminationBound(0.01, 0.001, 4)
	approx.All(t, "bound", b, []float64{1 - 32*.014*1.75, 1 - 32*.014*1.5, 1 - 32*.014*1.25, 1 - 32*.014}, 1e-14, 0)
}

// TestTheta compares θ with its definition.
func TestTheta(t *testing.T) {
	data := theoremData(0.1, 9)
	want := 0.0
	for i := range data.Len() {
		for j := range data.Len() {
			var dot float64
			x, y := data.Row(nil, i), data.Row(nil, j)
			for k := range x {
				dot += x[k] * y[k]
			}
			if i == j {
				dot--
			}
			want = max(want, 30*math.Abs(dot))
		}
	}
	approx.Equal(t, "θ", Theta(data), want, 1e-12, 0)
	if theta := Theta(theoremData(0, 9)); theta > 1e-12 {
		t.Errorf("θ of orthonormal data = %g", theta)
	}
}

// TestLawOfWidth compares the law of a given width with networks from narrower to
// wider than the data, where the law without a width is off by up to 3 % in a layer,
// and by more at the first layer of narrow networks. The remaining error is random:
// the share that K or w-K directions hold of 30 samples varies by a sixth or less
// per network, so that the mean of ten has an error of 5 % of the correction, which
// is 3 %, or two thirds at width 20. Neglecting the shrinkage there contributes up
// to K/(w-K) (1-s²) = 5 % in a layer.
func TestLawOfWidth(t *testing.T) {
	for _, c := range []struct {
		depth, width int
		rtol         float64
	}{{2, 50, 0.005}, {3, 50, 0.005}, {4, 100, 0.005}, {3, 20, 0.05}} {
		var measured, predicted [][]float64
		for seed := 1; seed <= 10; seed++ {
			data := theoremData(1, seed)
			net := Linear(c.depth, c.width).Build(data, Orthogonal(0.1), seed)
			Must(Train(t.Context(), net, data, &Settings{StopLoss: 1e-14, Epochs: 20000}))
			measured = append(measured, Ratios(Measure(net, data).C()))
			predicted = append(predicted, Ratios(Predict(data, Law{Depth: c.depth, Scale: 0.1, Width: c.width}).C()))
		}
		got, _ := Averages(measured...)
		want, _ := Averages(predicted...)
		approx.All(t, "ratios", got, want, c.rtol, 0)
	}
	data := theoremData(1, 1)
	if c := Predict(data, Law{Depth: 3, Scale: 0.1, Width: 3}).C(); c[1] > 1e-3*c[0] {
		t.Errorf("hidden layers whose width is the number of classes have no within-class scatter: C = %g", c)
	}
}

// TestPredictWith checks that a choice of measures leaves those unchanged that were
// chosen.
func TestPredictWith(t *testing.T) {
	data := Must(NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1}.Generate(1))
	law := Law{Depth: 6, Scale: 0.3, Alpha: 100}
	all, some := Predict(data, law), PredictWith(data, law, Scatter)
	if !slices.Equal(all.C(), some.C()) || !slices.Equal(all.D(), some.D()) {
		t.Errorf("C or D is another: %v %v, %v %v", some.C(), all.C(), some.D(), all.D())
	}
	if some.Layers[0].SingularValues != nil || all.Layers[0].SingularValues == nil {
		t.Error("the spectrum is measured although it was not asked for, or not although it was")
	}
}
