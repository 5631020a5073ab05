package pnc

import (
	"encoding/json"
	"reflect"
	"testing"

	"pnclab/pnc/internal/approx"
)

// transferExperiment returns a small hybrid and a task within its classes.
func transferExperiment() (e Experiment, fit, test Subclasses) {
	s := Subclasses{Classes: 2, Parts: 2, PerPart: 3, Dim: 12, Noise: 0.4}
	fit, test = s, s
	fit.Fine, fit.Draw = true, 1
	test.Fine, test.Draw = true, 2
	e = Experiment{
		Data: s, Net: Hybrid(5, 14, 1), Init: Orthogonal(0.5), Measures: Scatter, Seed: 2,
		Train:    Settings{Alpha: 0.5, Epochs: 30},
		Transfer: TransferTask{Fit: fit, Test: test, Shift: 7, Layers: []int{3, 1}, Front: 1, Probes: []ProbeOptions{{Ridge: 0.1}, {Ridge: 1}}},
	}
	return e, fit, test
}

// TestTransferTask compares with the functions that the comparison is made of. The
// closed form takes C from features that have the inner products of Predict: the same
// up to rounding.
func TestTransferTask(t *testing.T) {
	t.Setenv("PNC_CACHE", t.TempDir())
	e, fit, test := transferExperiment()
	for _, front := range []int{1, 3} {
		e.Transfer.Front = front
		r := Must(e.Run(t.Context()))
		from, to := Must(fit.Generate(9)), Must(test.Generate(9))
		z := func(d *Dataset) *Dataset { return Must(r.Network.FeatureData(d, front)) }
		law := Law{Depth: 5 - front, Scale: 0.5, Alpha: 0.5, Width: 14}
		probes := []*ProbeOptions{{Ridge: 0.1}, {Ridge: 1}}
		for i, l := range e.Transfer.Layers {
			got := r.Transfer[i]
			measured := Must(Transfer(t.Context(), r.Network, l, from, to, probes...))
			predicted, lawC := measured, r.Evaluation.C()[l]
			if front < l {
				data := z(Must(e.Dataset()))
				predicted, lawC = Must(PredictTransfer(t.Context(), data, law, l-front, z(from), z(to), probes...)), Predict(data, law).C()[l-front]
			}
			approx.Equal(t, "accuracy of training", got.Trained, 100*r.Evaluation.Accuracy, 0, 0)
			approx.Equal(t, "C", got.C, r.Evaluation.C()[l], 0, 0)
			approx.Equal(t, "C by the closed form", got.LawC, lawC, 1e-10, 0)
			for k := range probes {
				approx.Equal(t, "accuracy", got.Accuracy[k], 100*measured[k].Test, 0, 0)
				approx.Equal(t, "predicted accuracy", got.Law[k], 100*predicted[k].Test, 0, 0)
			}
		}
		again := Must(e.Run(t.Context()))
		if !again.Cached || !reflect.DeepEqual(again.Transfer, r.Transfer) {
			t.Errorf("from the cache (%t): %+v, want %+v", again.Cached, again.Transfer, r.Transfer)
		}
	}
}

func TestTransferTaskErrors(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(*Experiment)
	}{
		{"layer", "layer 5; the network has the layers 0 to 4", func(e *Experiment) { e.Transfer.Layers = []int{5} }},
		{"front", "layer -1", func(e *Experiment) { e.Transfer.Front = -1 }},
		{"test", "one of them is missing", func(e *Experiment) { e.Transfer.Test = nil }},
		{"measures", "needs Scatter", func(e *Experiment) { e.Measures = Spectrum }},
		{"probe", "must not be negative", func(e *Experiment) { e.Transfer.Probes[0].Ridge = -1 }},
		{"data", "Noise", func(e *Experiment) { e.Transfer.Fit = Subclasses{Classes: 2, Parts: 1, PerPart: 1, Dim: 4, Noise: -1} }},
	} {
		e, _, _ := transferExperiment()
		c.change(&e)
		_, err := e.Run(t.Context())
		expectError(t, c.name, err, c.want)
	}
}

// TestTransferTaskInJSON checks that experiments without a task are written as before
// there were any, so that they keep their text, and that numbers survive.
func TestTransferTaskInJSON(t *testing.T) {
	e, _, _ := transferExperiment()
	e.Transfer = TransferTask{}
	var fields map[string]any
	if err := json.Unmarshal(Must(json.Marshal(e)), &fields); err != nil || fields["Transfer"] != nil {
		t.Errorf("an experiment without a task has %v, error %v", fields["Transfer"], err)
	}
	c := TransferComparison{C: 0, LawC: 1e300, Accuracy: []float64{50, 1. / 3}}
	var back TransferComparison
	if err := json.Unmarshal(Must(json.Marshal(c)), &back); err != nil || !reflect.DeepEqual(back, c) {
		t.Errorf("%+v became %+v, error %v", c, back, err)
	}
}
