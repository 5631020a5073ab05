package pnc

import (
	"context"
	"errors"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"pnclab/pnc/internal/approx"
)

// TestTrainStatus checks every reason for which training stops.
func TestTrainStatus(t *testing.T) {
	data := theoremData(1, 1)
	build := func() *Network { return Linear(3, 50).Build(data, Orthogonal(0.3), 1) }
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		s    Settings
		want Status
		err  error
	}{
		{"loss", t.Context(), Settings{StopLoss: 0.5, Epochs: 10000}, Converged, nil},
		{"epochs", t.Context(), Settings{Epochs: 3}, EpochLimit, nil},
		{"time", t.Context(), Settings{Epochs: math.MaxInt, TimeLimit: time.Millisecond}, TimeLimit, nil},
		{"divergence", t.Context(), Settings{LearningRate: 1e3, Epochs: 1000}, Diverged, ErrDiverged},
		{"cancel", cancelled, Settings{}, Cancelled, context.Canceled},
		{"recorder", t.Context(), Settings{Recorder: failing{}}, Cancelled, errRecorder},
	} {
		res, err := Train(c.ctx, build(), data, &c.s)
		if !errors.Is(err, c.err) || res.Status != c.want {
			t.Errorf("%s: status %v, error %v; want %v, %v", c.name, res.Status, err, c.want, c.err)
		}
	}
	_, err := Train(t.Context(), build(), data, &Settings{LearningRate: 1e3})
	if !strings.Contains(err.Error(), "step") || !strings.Contains(err.Error(), "LearningRate") {
		t.Errorf("the error of divergence does not say when it happened, or what to do: %v", err)
	}
}

var errRecorder = errors.New("recorder is full")

type failing struct{}

func (failing) Record(*TrainingState) error { return errRecorder }

// TestSettingsErrors checks that invalid settings are rejected with an error that
// names them.
func TestSettingsErrors(t *testing.T) {
	data := theoremData(1, 1)
	for field, s := range map[string]Settings{
		"LearningRate": {LearningRate: -1}, "Momentum": {Momentum: math.NaN()}, "Epochs": {Epochs: -1},
		"Loss": {Loss: 9}, "Precision": {Precision: 7}, "schedule": {Schedule: Schedule{Kind: "linear"}},
		"step schedule": {Schedule: StepDecay(0, 0.1)},
		"Optimizer 3":   {Optimizer: 3}, "no Beta1": {Beta1: 0.9}, "adam has no Momentum": {Optimizer: Adam, Momentum: 0.9},
		"Beta2 1": {Optimizer: Adam, Beta2: 1}, "Eps of 1e-40": {Optimizer: AdamW, Eps: 1e-40, Precision: Float32}, "Eps": {Optimizer: Adam, Eps: math.Inf(1)},
	} {
		_, err := Train(t.Context(), Linear(3, 50).Build(data, Orthogonal(1), 1), data, &s)
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: error %v", field, err)
		}
	}
	_, err := Train(t.Context(), MLP(3, 50).Build(data, Orthogonal(1), 1), data, &Settings{Batch: 29})
	if err == nil || !strings.Contains(err.Error(), "BatchNorm") {
		t.Errorf("a batch of one sample with BatchNorm: error %v", err)
	}
}

// TestMeasureEvery checks the history and its snapshots.
func TestMeasureEvery(t *testing.T) {
	data := theoremData(1, 1)
	net := Linear(3, 50).Build(data, Orthogonal(0.3), 1)
	before := Measure(net, data)
	res := Must(Train(t.Context(), net, data, &Settings{Epochs: 25, MeasureEvery: 10, Schedule: Cosine(0.1)}))
	var epochs []int
	for _, s := range res.History.Snapshots {
		epochs = append(epochs, s.Epoch)
	}
	if want := []int{0, 10, 20, 25}; !reflect.DeepEqual(epochs, want) {
		t.Fatalf("snapshots after epochs %v, want %v", epochs, want)
	}
	approx.All(t, "C before", res.History.Snapshots[0].Evaluation.C(), before.C(), 0, 0)
	approx.All(t, "C after", res.History.Snapshots[3].Evaluation.C(), Measure(net, data).C(), 0, 0)
	if n := len(res.History.Loss); n != 25 || res.History.Loss[24] >= res.History.Loss[0] {
		t.Errorf("%d losses from %g to %g", n, res.History.Loss[0], res.History.Loss[n-1])
	}
	approx.Equal(t, "last learning rate", res.History.LearningRate[24], Cosine(0.1).Rate(0.1, 24, 24, 25, 1), 1e-15, 0)
}

// TestSeedSettlesEverything checks that the same experiment gives the same bits for
// any number of cores, and that another seed gives different ones.
func TestSeedSettlesEverything(t *testing.T) {
	needsSameBits(t)
	run := func(seed int) *Network {
		data := Must(Blobs{Classes: 3, PerClass: 30, Dim: 10, Spread: 0.5}.Generate(seed))
		net := MLP(4, 200).Build(data, KaimingNormal(), seed)
		Must(Train(t.Context(), net, data, &Settings{Epochs: 3, Batch: 40, Momentum: 0.9, Seed: seed}))
		return net
	}
	first := run(1)
	old := runtime.GOMAXPROCS(1)
	second := run(1)
	runtime.GOMAXPROCS(old)
	if !reflect.DeepEqual(first, second) {
		t.Error("the same seed gave different weights")
	}
	if reflect.DeepEqual(first.Layers[0], run(2).Layers[0]) {
		t.Error("another seed gave the same weights")
	}
}

// TestFloat32FollowsFloat64 compares the two precisions over ten steps, too few for
// chaotic growth: relative differences are a few hundred roundings of 6e-8.
func TestFloat32FollowsFloat64(t *testing.T) {
	data := theoremData(1, 1)
	losses := func(p Precision) []float64 {
		net := MLP(4, 50).Build(data, Orthogonal(0.5), 1)
		return Must(Train(t.Context(), net, data, &Settings{Epochs: 10, LearningRate: 0.01, Precision: p})).History.Loss
	}
	approx.All(t, "loss", losses(Float32), losses(Float64), 1e-4, 0)
}
