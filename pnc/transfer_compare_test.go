package pnc

import (
	"errors"
	"math"
	"testing"

	"pnclab/pnc/internal/approx"
)

// TestCompareTransfer compares with the functions that it is made of.
func TestCompareTransfer(t *testing.T) {
	s := Subclasses{Classes: 2, Parts: 2, PerPart: 3, Dim: 12, Noise: 0.4}
	e := Experiment{
		Data: s, Net: Hybrid(5, 14, 1), Init: Orthogonal(0.5), Measures: Scatter,
		Train: Settings{Alpha: 0.5, Epochs: 30},
	}
	task := func(seed int) (train, test *Dataset, err error) {
		s.Fine, s.Draw = true, 1
		train = Must(s.Generate(seed))
		s.Draw = 2
		return train, Must(s.Generate(seed)), nil
	}
	runs := Must(Sweep(t.Context(), e.Seeds(2)))
	probes := []*ProbeOptions{{Ridge: 0.1}, {Ridge: 1}}
	for i, r := range runs { // one at a time, as task changes s
		for _, front := range []int{1, 3} {
			got := Must(CompareTransfer(t.Context(), runs[i:i+1], front, 3, task, probes...))[0]
			train, test, _ := task(r.Experiment.Seed)
			z := func(d *Dataset) *Dataset { return Must(r.Network.FeatureData(d, front)) }
			law := Law{Depth: 5 - front, Scale: 0.5, Alpha: 0.5, Width: 14}
			measured := Must(Transfer(t.Context(), r.Network, 3, train, test, probes...))
			predicted, lawC := measured, r.Evaluation.C()[3]
			if front < 3 {
				data := z(Must(r.Experiment.Dataset()))
				predicted, lawC = Must(PredictTransfer(t.Context(), data, law, 2, z(train), z(test), probes...)), Predict(data, law).C()[2]
			}
			approx.Equal(t, "C", got.C, r.Evaluation.C()[3], 0, 0)
			approx.Equal(t, "C by the closed form", got.LawC, lawC, 0, 0)
			for k := range probes {
				approx.Equal(t, "accuracy", got.Accuracy[k], 100*measured[k].Test, 0, 0)
				approx.Equal(t, "predicted accuracy", got.Law[k], 100*predicted[k].Test, 0, 0)
			}
		}
	}
	_, err := CompareTransfer(t.Context(), runs, 1, 3, func(int) (*Dataset, *Dataset, error) { return nil, nil, errors.New("no task") })
	expectError(t, "task", err, "seed 1: no task")
}

func TestTransferChange(t *testing.T) {
	seed := func(c, accuracy, law float64) TransferComparison {
		return TransferComparison{C: c, LawC: 2 * c, Accuracy: []float64{accuracy}, Law: []float64{law}}
	}
	c := TransferChange{
		Before: []TransferComparison{seed(1, 50, 50), seed(3, 60, 60)},
		After:  []TransferComparison{seed(4, 51, 52), seed(4, 63, 62)},
	}
	before, after, change, err := c.Of(func(t TransferComparison) float64 { return t.Accuracy[0] })
	approx.All(t, "change", []float64{before, after, change, err}, []float64{55, 57, 2, 1}, 1e-15, 0)
	want := "C              2.000 to 4.000, theory 4.000 to 8.000\nridge          55.0 % to 57.0 %, change +2.0 ± 1.0 points"
	if got := c.Report("ridge"); got != want {
		t.Errorf("report\n%s\nwant\n%s", got, want)
	}
	expectPanic(t, "seeds", func() { TransferChange{Before: c.Before}.Of(nil) })
}

func TestCrossing(t *testing.T) {
	x := []float64{1, 10, 100}
	approx.Equal(t, "crossing", Crossing(x, []float64{3, 2, 0}, 1), math.Pow(10, 1.5), 1e-15, 0)
	approx.Equal(t, "crossing at a place", Crossing(x, []float64{3, 2, 0}, 2), 10, 1e-15, 0)
	approx.Equal(t, "no crossing", Crossing(x, []float64{3, 2, 0}, 4), math.NaN(), 0, 0)
	expectPanic(t, "lengths", func() { Crossing(x, x[:2], 1) })
}
