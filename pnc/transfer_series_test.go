package pnc

import (
	"reflect"
	"testing"

	"pnclab/pnc/internal/approx"
)

func TestTransferSeries(t *testing.T) {
	run := func(c float64) *Outcome {
		return &Outcome{Transfer: []TransferComparison{{C: -1}, {C: c, LawC: 2 * c, Accuracy: []float64{0, 3 * c}, Law: []float64{0, 4 * c}}}}
	}
	s := TransferOver([]*Outcome{run(1), run(2), run(3), run(4), run(5), run(6)}, 2, 1) // three settings, two seeds
	for name, c := range map[string]struct {
		got  [][]float64
		unit float64
	}{"C": {s.C(), 1}, "C by the closed form": {s.LawC(), 2}, "accuracy": {s.Accuracy(1), 3}, "predicted accuracy": {s.Law(1), 4}} {
		if want := [][]float64{{c.unit, 3 * c.unit, 5 * c.unit}, {2 * c.unit, 4 * c.unit, 6 * c.unit}}; !reflect.DeepEqual(c.got, want) {
			t.Errorf("%s: %v, want %v", name, c.got, want)
		}
	}
	before, after, _, _ := s.Change().Of(func(c TransferComparison) float64 { return c.C })
	approx.All(t, "change", []float64{before, after}, []float64{1.5, 5.5}, 0, 0)
	expectPanic(t, "seeds", func() { TransferOver([]*Outcome{run(1)}, 2, 1) })
	expectPanic(t, "layer", func() { TransferOver([]*Outcome{run(1)}, 1, 2) })
}
