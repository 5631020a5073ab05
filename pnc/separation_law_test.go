package pnc

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// separation returns tr(SS_W SS_B⁺) of every layer, for [Evaluation.Series].
func separation(m LayerMeasures) float64 { return m.Separation }

// noisy returns blobs in 20 dimensions, which a linear network fits if there are at
// most 20 samples.
func noisy(perClass int, common float64, seed int) *Dataset {
	return Must(Blobs{Classes: 4, PerClass: perClass, Dim: 20, Spread: 0.3, Common: common}.Generate(seed))
}

// centred returns the data with the mean of all samples at zero.
func centred(data *Dataset) *Dataset {
	x := mat.DenseCopyOf(data.X())
	n, d := x.Dims()
	for j := range d {
		column := mat.Col(nil, j, x)
		floats.AddConst(-floats.Sum(column)/float64(n), column)
		x.SetCol(j, column)
	}
	return Must(NewDataset("centred", x, data.Labels, data.K()))
}

// TestPredictSeparation compares the formula, by normal equations in the K-1 directions of
// the means, with the measure of the features that Predict builds, by whitening. The
// condition number of BᵀMB is below 1e4 for these data, so that rounding is below 1e-11.
func TestPredictSeparation(t *testing.T) {
	unbalanced := Must(Unbalanced{Of: Blobs{Classes: 3, PerClass: 40, Dim: 10, Spread: 0.4}, Sizes: []int{40, 20, 5}}.Generate(1))
	for _, data := range []*Dataset{theoremData(1, 1), noisy(4, 0, 2), noisy(30, 0, 3), noisy(30, 2, 4), centred(noisy(30, 2, 5)), unbalanced} {
		for _, law := range []Law{
			{Depth: 5, Scale: 0.3}, {Depth: 3, Scale: 0.1, Alpha: 10}, {Depth: 6, Scale: 0.6},
			{Depth: 4, Scale: 0.3, Width: 9},
		} {
			want := PredictWith(data, law, Collapse).Series(separation)
			approx.All(t, data.Name, PredictSeparation(data, law), want, 1e-10, 0)
		}
	}
	expectPanic(t, "depth 1", func() { PredictSeparation(noisy(4, 0, 1), Law{Depth: 1}) })
}

// TestSeparationOfExactWeights compares it with the features of weights that satisfy the
// assumptions exactly. D̃ of the last layer is 1e-5, and features of size one are rounded to
// 1e-16.
func TestSeparationOfExactWeights(t *testing.T) {
	for _, data := range []*Dataset{theoremData(1, 4), noisy(30, 2, 4)} {
		got := PredictSeparation(data, Law{Depth: 4, Scale: 0.4, Alpha: 2})
		want := Measure(balancedNetwork(t, data, 4, 0.4, 2), data).Series(separation)
		approx.All(t, data.Name, got, want, 1e-9, 0)
	}
}

// TestSeparationStays checks that a map which leaves the span of the means to itself leaves
// D̃ as it is, however much it compresses, and that an isometry does.
func TestSeparationStays(t *testing.T) {
	data := noisy(30, 1, 6)
	b, _ := meansAndRest(data.X(), data)
	project := linalg.Mul(false, false, linalg.PseudoInverse(b), b) // on the span of the means
	damp := mat.NewDense(20, 20, nil)                               // elsewhere by 1/10
	damp.Apply(func(i, j int, v float64) float64 {
		if i == j {
			return 0.1 + 0.9*v
		}
		return 0.9 * v
	}, project)
	before := measureOne(t, data.X(), data.Labels, data.K())
	for name, m := range map[string]*mat.Dense{"damped": damp, "turned": linalg.Haar(20, 20, rand.New(rand.NewPCG(1, 2)))} {
		after := measureOne(t, linalg.Mul(false, true, data.X(), m), data.Labels, data.K())
		approx.Equal(t, name+": separation", after.Separation, before.Separation, 1e-11, 0)
		if name == "damped" && after.C > 0.5*before.C {
			t.Errorf("damping outside the means compresses from %g to %g only", before.C, after.C)
		}
	}
}

// TestSeparationFloor compares the floor with its definition, Σ 1/λ of SS_W⁻¹ SS_B, and
// checks that random maps stay above it, keep it if they are invertible, and that
// SS_W^{-1/2} attains it.
func TestSeparationFloor(t *testing.T) {
	const seed = 7
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, data := range []*Dataset{noisy(30, 2, 1), Must(Unbalanced{Of: Blobs{Classes: 3, PerClass: 40, Dim: 8, Spread: 0.4}, Sizes: []int{40, 20, 10}}.Generate(1))} {
		n, d := data.X().Dims()
		floor := SeparationFloor(data)
		b, rest := meansAndRest(data.X(), data)
		var within mat.SymDense
		within.SymOuterK(1/float64(n), rest.T())
		var eigen mat.EigenSym
		eigen.Factorize(&within, true)
		var v mat.Dense
		eigen.VectorsTo(&v)
		for j, value := range eigen.Values(nil) {
			for i := range d {
				v.Set(i, j, v.At(i, j)/math.Sqrt(value))
			}
		}
		var want float64 // singular values of SS_W^{-1/2} B are √λ
		sigma := linalg.SingularValues(linalg.Mul(false, false, b, &v))
		for _, s := range sigma[:data.K()-1] {
			want += 1 / (s * s)
		}
		approx.Equal(t, "floor", floor, want, 1e-11, 0)
		best := linalg.Mul(false, false, data.X(), &v)
		approx.Equal(t, "D̃ after whitening", measureOne(t, best, data.Labels, data.K()).Separation, floor, 1e-11, 0)
		for range 20 {
			m := mat.NewDense(d, d, nil)
			linalg.Fill(m, rnd.NormFloat64)
			z := linalg.Mul(false, false, data.X(), m)
			if got := measureOne(t, z, data.Labels, data.K()).Separation; got < floor {
				t.Errorf("seed %d: a map of separation %g, below the floor of %g", seed, got, floor)
			}
			moved := Must(NewDataset("mapped", z, data.Labels, data.K()))
			approx.Equal(t, "floor of the mapped data", SeparationFloor(moved), floor, 1e-8, 0) // condition number up to 1e3
		}
	}
	// Thirty independent samples in 50 dimensions are fitted exactly.
	if floor := SeparationFloor(theoremData(1, 1)); floor > 1e-25 {
		t.Errorf("floor %g of data that can be fitted exactly", floor)
	}
	one := Must(NewDataset("one", mat.NewDense(2, 1, []float64{3, 3}), []int{0, 1}, 2))
	if !math.IsNaN(SeparationFloor(one)) {
		t.Error("equal samples have a floor")
	}
	data := noisy(30, 2, 1)
	x := mat.DenseCopyOf(data.X())
	SeparationFloor(data)
	if !mat.Equal(x, data.X()) {
		t.Error("SeparationFloor changed the data")
	}
}

// TestSeparationSquares checks the first case of the derivation: where data are fitted
// exactly, D̃ falls by the square of the factor of C. Both are means of the S_j^{-2/L}, or
// their squares, with the weights of different directions, so that each lies between the
// extremes. From layer 1 on the second term of N adds a relative ε²/S^{2/L} at most, of
// which the parts of the means inside and outside V, b and c, are similar in size.
func TestSeparationSquares(t *testing.T) {
	law := Law{Depth: 6, Scale: 0.1, Alpha: 10}
	for seed := 1; seed <= 5; seed++ {
		data := theoremData(1, seed)
		_, s := law.signal(data)
		least, most := math.Pow(law.Scale, 2)/math.Pow(s[0], 2./6), math.Pow(law.Scale, 2)/math.Pow(slices.Min(s), 2./6)
		for l, ratio := range Ratios(PredictSeparation(data, law)[1:]) {
			if slack := 4 * most; ratio < least*least*(1-slack) || ratio > most*most*(1+slack) {
				t.Errorf("seed %d: D̃_%d/D̃_%d = %g is not within [%g, %g]", seed, l+2, l+1, ratio, least*least, most*most)
			}
		}
		for l, ratio := range Ratios(Predict(data, law).C()) {
			if slack := 4 * most; ratio < least*(1-slack) || ratio > most*(1+slack) {
				t.Errorf("seed %d: C_%d/C_%d = %g is not within [%g, %g]", seed, l+1, l, ratio, least, most)
			}
		}
	}
	// Exactly orthonormal samples are separated from the start.
	if d := PredictSeparation(theoremData(0, 1), law); slices.Max(d) > 1e-28 {
		t.Errorf("D̃ of orthonormal data = %g", d)
	}
}

// TestSeparationOfCentredData checks the second case: with the mean at zero D̃ falls to the
// floor, by more than half of what is left in every layer, and is there for ε = 0.
func TestSeparationOfCentredData(t *testing.T) {
	for seed := 1; seed <= 5; seed++ {
		data := centred(noisy(30, 0, seed))
		floor := SeparationFloor(data)
		last := math.Inf(1)
		for l, v := range PredictSeparation(data, Law{Depth: 6, Scale: 0.3}) {
			if left := v - floor; left < -1e-12*floor || left > last/2 {
				t.Errorf("seed %d: layer %d is %g above the floor, the one before %g", seed, l, left, last)
			} else {
				last = left
			}
		}
		limit := PredictSeparation(data, Law{Depth: 6})
		approx.All(t, "limit", limit[1:], []float64{floor, floor, floor, floor, floor}, 1e-11, 0)
	}
}

// TestSeparationOnTrainedNetworks compares the formula with networks trained by gradient
// descent, on data that can be fitted, that cannot, and that are far from centred. What the
// law neglects in C at ξ = 0.1 is 1.3 % in the worst layer, and twice that in D̃; a step of
// 0.1 changes C by about as much. In the last layers of networks that fit their data, D̃
// rests on K-1 random directions: its standard deviation is a third, a tenth for the mean of
// ten seeds, of which two and a half are allowed. Of data that cannot be fitted D̃ is near
// its floor, and only the small part above it deviates.
func TestSeparationOnTrainedNetworks(t *testing.T) {
	for _, c := range []struct {
		name       string
		data       func(seed int) *Dataset
		stop       float64
		law        Law
		rtol, last float64
		ends       int // the layer from which the last layers' tolerance holds
	}{
		{"fitted, L = 4", func(seed int) *Dataset { return theoremData(1, seed) }, 1e-24, Law{Depth: 4, Scale: 0.1, Width: 50}, 0.05, 0.25, 3},
		{"fitted, L = 6", func(seed int) *Dataset { return theoremData(1, seed) }, 1e-24, Law{Depth: 6, Scale: 0.4, Width: 50}, 0.05, 0.25, 3},
		{"fitted, wide", func(seed int) *Dataset { return theoremData(1, seed) }, 1e-24, Law{Depth: 4, Scale: 0.2, Width: 100}, 0.05, 0.25, 3},
		{"noisy", func(seed int) *Dataset { return noisy(30, 0, seed) }, 0, Law{Depth: 4, Scale: 0.1, Width: 20}, 0.01, 0.01, 3},
		{"moved", func(seed int) *Dataset { return noisy(30, 2, seed) }, 0, Law{Depth: 4, Scale: 0.1, Width: 20}, 0.01, 0.01, 3},
	} {
		var measured, predicted [][]float64
		for seed := 1; seed <= 10; seed++ {
			data := c.data(seed)
			net := Linear(c.law.Depth, c.law.Width).Build(data, Orthogonal(c.law.Scale), seed)
			Must(Train(t.Context(), net, data, &Settings{StopLoss: c.stop, Epochs: 10000}))
			ev := Must(MeasureWith(t.Context(), net, data, &MeasureOptions{Measures: Collapse}))
			measured, predicted = append(measured, ev.Series(separation)), append(predicted, PredictSeparation(data, c.law))
		}
		got, _ := Averages(measured...)
		want, _ := Averages(predicted...)
		t.Logf("%s: measured %.4g, predicted %.4g", c.name, got, want)
		approx.All(t, c.name, got[:c.ends], want[:c.ends], c.rtol, 0)
		approx.All(t, c.name+", last layers", got[c.ends:], want[c.ends:], c.last, 0)
	}
}
