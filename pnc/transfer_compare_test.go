package pnc

import (
	"math"
	"testing"

	"pnclab/pnc/internal/approx"
)

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
