package pnc

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// stopAt cancels a run at an epoch.
type stopAt struct {
	epoch  int
	cancel context.CancelFunc
}

func (s stopAt) Record(p *TrainingState) error {
	if p.Epoch == s.epoch {
		s.cancel()
	}
	return nil
}

// TestCheckpoint checks that a run that was stopped and resumed, in either
// precision, ends with the same bits and history as one that was not.
func TestCheckpoint(t *testing.T) {
	defer func() { checkpointEvery = 30e9 }()
	checkpointEvery = 0
	data := Must(Blobs{Classes: 3, PerClass: 20, Dim: 10, Spread: 0.5}.Generate(1))
	for _, precision := range []Precision{Float64, Float32} {
		s := Settings{Epochs: 9, Batch: 16, Momentum: 0.9, WeightDecay: 1e-3, LearningRate: 0.05, Seed: 3,
			Schedule: Cosine(0.1), MeasureEvery: 4, Precision: precision}
		build := func() *Network { return MLP(4, 12).Build(data, PyTorchDefault(), 1) }
		whole := build()
		want := Must(Train(t.Context(), whole, data, &s))

		s.Checkpoint = filepath.Join(t.TempDir(), "run.checkpoint")
		ctx, cancel := context.WithCancel(t.Context())
		s.Recorder = stopAt{5, cancel}
		first, err := Train(ctx, build(), data, &s)
		if !errors.Is(err, context.Canceled) || first.Status != Cancelled {
			t.Fatalf("%v: the first part ended with %v, error %v", precision, first.Status, err)
		}
		s.Recorder = nil
		resumed := build()
		got := Must(Train(t.Context(), resumed, data, &s))
		if !reflect.DeepEqual(resumed, whole) {
			t.Errorf("%v: the resumed run has different weights", precision)
		}
		if !reflect.DeepEqual(got.History.Loss, want.History.Loss) || !reflect.DeepEqual(got.History.LearningRate, want.History.LearningRate) {
			t.Errorf("%v: the resumed run has a different history", precision)
		}
		if len(got.History.Snapshots) != len(want.History.Snapshots) || got.Steps != want.Steps {
			t.Errorf("%v: %d snapshots and %d steps, want %d and %d", precision, len(got.History.Snapshots), got.Steps, len(want.History.Snapshots), want.Steps)
		}
	}
}

// TestCheckpointSteps checks that a checkpoint whose number of steps, which Adam depends
// on, does not lead to its position is refused.
func TestCheckpointSteps(t *testing.T) {
	data := Must(Blobs{Classes: 3, PerClass: 7, Dim: 5, Spread: 0.5}.Generate(1))
	trainer := func() *Trainer {
		return Must(NewTrainer(MLP(3, 6).Build(data, PyTorchDefault(), 1), data, &Settings{Optimizer: Adam, Batch: 8, Epochs: 9}))
	}
	file := filepath.Join(t.TempDir(), "run.checkpoint")
	for taken := range 8 {
		first := trainer()
		for range taken {
			first.Step()
		}
		for _, wrong := range []int{0, 1, -1, 3} {
			first.result.Steps = taken + wrong
			if err := first.Save(file); err != nil {
				t.Fatal(err)
			}
			if err := trainer().Resume(file); (err == nil) != (wrong == 0) {
				t.Errorf("%d steps in place of %d: error %v", taken+wrong, taken, err)
			}
		}
	}
	diverged := trainer()
	diverged.Step()
	diverged.stepper.(*fullStepper[float64]).engine.EachState(func(v []float64) {
		for i := range v {
			v[i] = math.NaN()
		}
	})
	if diverged.Step() || !errors.Is(diverged.Err(), ErrDiverged) {
		t.Fatal("it did not diverge")
	}
	if err := diverged.Save(file); err != nil {
		t.Fatal(err)
	}
	if err := trainer().Resume(file); err != nil {
		t.Errorf("a run that diverged: %v", err)
	}
}

// TestCheckpointErrors checks that a checkpoint of another run, or a damaged one, is
// rejected with an error that names it.
func TestCheckpointErrors(t *testing.T) {
	defer func() { checkpointEvery = 30e9 }()
	checkpointEvery = 0
	data := theoremData(1, 1)
	file := filepath.Join(t.TempDir(), "run.checkpoint")
	s := Settings{Epochs: 2, Checkpoint: file}
	Must(Train(t.Context(), Linear(3, 50).Build(data, Orthogonal(0.3), 1), data, &s))
	s.Alpha = 2
	_, err := Train(t.Context(), Linear(3, 50).Build(data, Orthogonal(0.3), 1), data, &s)
	if err == nil || !strings.Contains(err.Error(), "belongs to another run") || !strings.Contains(err.Error(), file) {
		t.Errorf("checkpoint of other settings: error %v", err)
	}
	s.Alpha = 0
	_, err = Train(t.Context(), Linear(4, 50).Build(data, Orthogonal(0.3), 1), data, &s)
	if err == nil || !strings.Contains(err.Error(), "belongs to another run") {
		t.Errorf("checkpoint of another network: error %v", err)
	}
	if err := os.WriteFile(file, []byte("half"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err = Train(t.Context(), Linear(3, 50).Build(data, Orthogonal(0.3), 1), data, &s)
	if err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("damaged checkpoint: error %v", err)
	}
}
