package pnc

import (
	"slices"
	"time"
)

// resultJSON is a Result as JSON.
type resultJSON struct {
	Status        Status
	Epochs, Steps int
	Loss          jsonNumber
	Accuracy      jsonNumber
	Elapsed       time.Duration
	Method        Method
	Losses        []jsonNumber
	Accuracies    []jsonNumber
	LearningRates []jsonNumber
	Snapshots     []Snapshot
}

func (r *Result) encode() resultJSON {
	h := &r.History
	return resultJSON{
		r.Status, r.Epochs, r.Steps, jsonNumber(r.Loss), jsonNumber(r.Accuracy), r.Elapsed, r.Method,
		jsonNumbers(h.Loss), jsonNumbers(h.Accuracy), jsonNumbers(h.LearningRate), h.Snapshots,
	}
}

// sound reports whether encode can have returned r.
func (r *resultJSON) sound() bool {
	if r.Status < 0 || int(r.Status) >= len(statusNames) || r.Epochs < 0 || r.Steps < 0 || r.Elapsed < 0 {
		return false
	}
	return !slices.ContainsFunc(r.Snapshots, func(s Snapshot) bool { return s.Evaluation == nil })
}

func (r *resultJSON) decode() Result {
	return Result{
		r.Status, r.Epochs, r.Steps, float64(r.Loss), float64(r.Accuracy), r.Elapsed, r.Method,
		History{floats64(r.Losses), floats64(r.Accuracies), floats64(r.LearningRates), r.Snapshots},
	}
}
