package pnc

import (
	"math"
	"slices"
	"testing"

	"pnclab/pnc/internal/approx"
)

func TestTransferChange(t *testing.T) {
	seed := func(c, accuracy, law float64) TransferComparison {
		return TransferComparison{Trained: 100 - c, C: c, LawC: 2 * c, Accuracy: []float64{accuracy}, Law: []float64{law}}
	}
	c := TransferChange{
		Before: []TransferComparison{seed(1, 50, 50), seed(3, 60, 60)},
		After:  []TransferComparison{seed(4, 51, 52), seed(4, 63, 62)},
	}
	before, after, change, err := c.Of(func(t TransferComparison) float64 { return t.Accuracy[0] })
	approx.All(t, "change", []float64{before, after, change, err}, []float64{55, 57, 2, 1}, 1e-15, 0)
	want := "C              2.000 to 4.000, theory 4.000 to 8.000\nridge          55.0 % to 57.0 %, change +2.0 ± 1.0 points\nits own task   98.0 % to 96.0 %"
	if got := c.Report("ridge"); got != want {
		t.Errorf("report\n%s\nwant\n%s", got, want)
	}
	expectPanic(t, "seeds", func() { TransferChange{Before: c.Before}.Of(nil) })
}

// TestJudge judges changes of +2 ± 1, with the sign, with the other, and +5 ± 1.
func TestJudge(t *testing.T) {
	seed := func(c, a, b float64) TransferComparison {
		return TransferComparison{C: c, Accuracy: []float64{a, 0, b}, Law: []float64{a, 0, b}}
	}
	c := TransferChange{
		Before: []TransferComparison{seed(1, 50, 50), seed(3, 60, 60)},
		After:  []TransferComparison{seed(4, 51, 54), seed(4, 63, 66)},
	}
	for _, test := range []struct {
		sign                float64
		change              TransferChange
		c, uncertain, clear Verdict
	}{
		{1, c, Pass, Pass, Pass}, // 2 - 2·1 = 0 is the bound
		{-1, c, Fail, Fail, Fail},
		{-1, TransferChange{c.After, c.Before}, Pass, Pass, Pass},
		{1, TransferChange{c.After, c.Before}, Fail, Fail, Fail},
	} {
		v := NewVerdicts("data", "quick")
		test.change.Judge(v, "head", test.sign, [2]string{"13", "7.1"}, "free", "", "ridge")
		var got []Verdict
		for _, r := range v.Rows {
			got = append(got, r.Verdict)
		}
		if want := []Verdict{test.c, Note, test.uncertain, Note, test.clear}; !slices.Equal(got, want) {
			t.Errorf("sign %g: %v, want %v", test.sign, got, want)
		}
		if r := v.Rows[3]; r.Quantity != "head: points gained, ridge" || r.Paper != "7.1" || math.Abs(r.Measured) != 5 {
			t.Errorf("sign %g: row %+v", test.sign, r)
		}
	}
	noisy := TransferChange{Before: c.Before, After: []TransferComparison{seed(4, 51, 50), seed(4, 63, 66)}} // +3 ± 3
	v := NewVerdicts("data", "quick")
	noisy.Judge(v, "head", 1, [2]string{}, "", "", "ridge")
	if r := v.Rows[2]; r.Verdict != Fail || math.Abs(r.Measured+3) > 1e-13 {
		t.Errorf("3 ± 3 points: %+v", r)
	}
}

func TestCrossing(t *testing.T) {
	x := []float64{1, 10, 100}
	approx.Equal(t, "crossing", Crossing(x, []float64{3, 2, 0}, 1), math.Pow(10, 1.5), 1e-15, 0)
	approx.Equal(t, "crossing at a place", Crossing(x, []float64{3, 2, 0}, 2), 10, 1e-15, 0)
	approx.Equal(t, "no crossing", Crossing(x, []float64{3, 2, 0}, 4), math.NaN(), 0, 0)
	expectPanic(t, "lengths", func() { Crossing(x, x[:2], 1) })
}
