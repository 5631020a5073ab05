package pnc

import (
	"reflect"
	"testing"
)

// TestTransferOver compares with the outcomes of the single experiments.
func TestTransferOver(t *testing.T) {
	e, _, _ := transferExperiment()
	short := e
	short.Train.Epochs = 1
	s := Must(TransferOver(t.Context(), 2, 1, short, e))
	if len(s) != 2 || len(s[0]) != 2 || len(s[1]) != 2 {
		t.Fatalf("%d settings, want 2 of 2 seeds", len(s))
	}
	for i, experiment := range []Experiment{short, e} {
		for j := range 2 {
			experiment.Seed = j + 1
			if want := Must(experiment.Run(t.Context())).Transfer[1]; !reflect.DeepEqual(s[i][j], want) {
				t.Errorf("setting %d, seed %d: %+v, want %+v", i, j+1, s[i][j], want)
			}
		}
	}
	e.Transfer.Fit = nil
	_, err := TransferOver(t.Context(), 2, 1, e)
	expectError(t, "task", err, "one of them is missing")
	expectPanic(t, "layer", func() { TransferOver(t.Context(), 2, 2, e) })
}

func TestTransferSeries(t *testing.T) {
	one := func(c float64) TransferComparison {
		return TransferComparison{C: c, LawC: 2 * c, Accuracy: []float64{0, 3 * c}, Law: []float64{0, 4 * c}}
	}
	s := TransferSeries{{one(1), one(2)}, {one(3), one(4)}, {one(5), one(8)}} // three settings, two seeds
	for name, c := range map[string]struct {
		got  [][]float64
		unit float64
	}{"C": {s.C(), 1}, "C by the closed form": {s.LawC(), 2}, "accuracy": {s.Accuracy(1), 3}, "predicted accuracy": {s.Law(1), 4}} {
		if want := [][]float64{{c.unit, 3 * c.unit, 5 * c.unit}, {2 * c.unit, 4 * c.unit, 8 * c.unit}}; !reflect.DeepEqual(c.got, want) {
			t.Errorf("%s: %v, want %v", name, c.got, want)
		}
	}
	if got := s.Change(); !reflect.DeepEqual(got, TransferChange{Before: s[0], After: s[2]}) {
		t.Errorf("change %+v", got)
	}
	got := s[2:].Against(s[:1])
	want := TransferSeries{{
		{C: 5, LawC: 5, Accuracy: []float64{0, 12}, Law: []float64{0, 16}},
		{C: 4, LawC: 4, Accuracy: []float64{0, 18}, Law: []float64{0, 24}},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("against: %+v, want %+v", got, want)
	}
	expectPanic(t, "settings", func() { s.Against(s[:1]) })
	expectPanic(t, "seeds", func() { s[:1].Against(TransferSeries{{one(1)}}) })
}
