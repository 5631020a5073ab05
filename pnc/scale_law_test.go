package pnc

import (
	"fmt"
	"math"
	"testing"

	"pnclab/pnc/internal/approx"
)

// TestScaleDeviationSmall compares with the first order in q of the doc comment, whose
// error is of the order q²; with a u of q^{3/2} and less, terms in u are of higher order.
func TestScaleDeviationSmall(t *testing.T) {
	const n, k, dim = 8, 3, 60
	for _, depth := range []int{3, 4, 6, 10} {
		for _, width := range []int{0, 60} {
			law := Law{Depth: depth, Scale: 0.03, Alpha: 2, Width: width}
			s := Shrinkage(depth)
			q := law.Scale * law.Scale * math.Pow(law.Alpha*law.Alpha/n, 1/float64(depth))
			rho := float64(dim-n*k) / dim
			for l, got := range ScaleDeviation(n, k, dim, law) {
				want := -(1 - s*s) * q * ((1+rho)*float64(l)/float64(depth) - rho)
				if l == 0 {
					want = 0
				}
				approx.Equal(t, fmt.Sprintf("depth %d, width %d, layer %d", depth, width, l), got, want, 0, 4*q*q)
			}
		}
	}
}

// TestScaleDeviationTrained compares with trained networks, where samples span little of
// the space and where they span all of it. The closed form is off by up to 12 % there.
// What is left is the overlap of the planes of two classes, 2/√w of the deviation, and
// the share of 2 random directions in the samples, which varies by 2/w of C.
func TestScaleDeviationTrained(t *testing.T) {
	for _, test := range []struct {
		n, dim, depth int
		scale         float64
	}{
		{2, 200, 2, 0.7}, {2, 200, 3, 0.5}, {2, 200, 3, 0.8}, {2, 200, 5, 0.7},
		{20, 40, 3, 0.6}, {20, 40, 5, 0.7}, {30, 90, 4, 0.7},
	} {
		law := Law{Depth: test.depth, Scale: test.scale, Width: test.dim}
		runs := Must(Sweep(t.Context(), Experiment{
			Data: NearlyOrthonormal{Classes: 2, PerClass: test.n, Dim: test.dim}, Net: Linear(test.depth, test.dim), Init: Orthogonal(test.scale),
			Measures: Scatter, Train: Settings{LearningRate: 0.02, StopLoss: 1e-16, Epochs: 1e6},
		}.Seeds(6)))
		predicted := Must(PredictSeeds(NearlyOrthonormal{Classes: 2, PerClass: test.n, Dim: test.dim}, law, 6))
		measured, closed := MeanOver(Evaluations(runs), (*Evaluation).C), MeanOver(predicted, (*Evaluation).C)
		for l, d := range ScaleDeviation(test.n, 2, test.dim, law) {
			tolerance := 2/math.Sqrt(float64(test.dim))*math.Abs(d) + 2/float64(test.dim)
			t.Logf("%+v layer %d: %+.4f, closed form off by %+.4f", test, l, d, measured[l]/closed[l]-1)
			approx.Equal(t, fmt.Sprintf("%+v, layer %d", test, l), measured[l]/closed[l]-1, d, 0, tolerance)
		}
	}
}

// TestScaleDeviationEnds checks where it is undefined, and what is a mistake.
func TestScaleDeviationEnds(t *testing.T) {
	d := ScaleDeviation(4, 3, 50, Law{Depth: 4, Scale: 1, Alpha: 2})
	if d[0] != 0 || !math.IsNaN(d[1]) || !math.IsNaN(d[3]) {
		t.Errorf("initial output as large as the labels: %v", d)
	}
	for _, f := range []func(){
		func() { ScaleDeviation(4, 3, 50, Law{Depth: 1, Scale: 0.1}) },
		func() { ScaleDeviation(20, 3, 50, Law{Depth: 3, Scale: 0.1}) },
		func() { ScaleDeviation(4, 3, 50, Law{Depth: 3, Scale: 0.1, Width: 40}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		}()
	}
}
