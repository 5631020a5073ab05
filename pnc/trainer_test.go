package pnc

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"pnclab/pnc/internal/random"
)

// trainerCases returns runs of every method, precision, optimizer and kind of network, with
// batch sizes that do not divide the number of samples.
func trainerCases(t *testing.T) map[string]struct {
	build func() *Network
	data  *Dataset
	s     Settings
} {
	type run = struct {
		build func() *Network
		data  *Dataset
		s     Settings
	}
	cases := map[string]run{}
	vectors := Must(Blobs{Classes: 3, PerClass: 9, Dim: 12, Spread: 0.5}.Generate(1))
	images := randomImages(Shape{2, 8, 8}, 26, 3, 1)
	for name, c := range map[string]struct {
		data *Dataset
		arch Architecture
		init Init
	}{
		"linear":   {vectors, Linear(4, 14), Orthogonal(0.5)},
		"mlp":      {vectors, MLP(3, 14), KaimingNormal()},
		"hybrid":   {vectors, Hybrid(4, 14, 1), KaimingNormal()},
		"bias":     {vectors, Architecture{Depth: 3, Width: 10, Nonlinear: 2, Bias: true}, PyTorchDefault()},
		"skips":    {vectors, Architecture{Depth: 6, Width: 9, Nonlinear: 5, BatchNorm: true, Residual: 2}, KaimingNormal()},
		"conv":     {images, ConvNet(3, 2, MLP(2, 8)), KaimingNormal()},
		"residual": {images, ResNet(3, 2, 1, MLP(1, 0)), KaimingNormal()},
	} {
		methods := []Method{Full}
		if name == "linear" {
			methods = []Method{Full, Chain, Reduced}
		}
		for _, m := range methods {
			for _, p := range []Precision{Float64, Float32} {
				s := Settings{
					Epochs: 4, Batch: 10, Momentum: 0.9, WeightDecay: 1e-3, LearningRate: 0.01, Seed: 3,
					Schedule: Cosine(0.1), MeasureEvery: 2, Measures: Scatter, Method: m, Precision: p,
				}
				build := func() *Network { return c.arch.Build(c.data, c.init, 1) }
				cases[fmt.Sprintf("%s/%s/%s", name, m, p)] = run{build, c.data, s}
				if s.Momentum = 0; m != Reduced {
					s.Optimizer = Adam
					if name == "bias" || name == "residual" {
						s.Optimizer = AdamW
					}
					cases[fmt.Sprintf("%s/%s/%s/%s", name, m, p, s.Optimizer)] = run{build, c.data, s}
				}
			}
		}
	}
	return cases
}

// sameRun fails unless two runs ended with the same bits and history.
func sameRun(t *testing.T, what string, net, want *Network, got, wanted *Result) {
	t.Helper()
	if !reflect.DeepEqual(net, want) {
		t.Errorf("%s: different weights", what)
	}
	g, w := *got, *wanted
	g.Elapsed, w.Elapsed = 0, 0
	if len(g.History.Snapshots) != len(w.History.Snapshots) {
		t.Errorf("%s: %d snapshots, want %d", what, len(g.History.Snapshots), len(w.History.Snapshots))
	} else {
		for i, s := range w.History.Snapshots {
			// DeepEqual treats NaN as different from itself.
			if a, b := fmt.Sprint(*g.History.Snapshots[i].Evaluation), fmt.Sprint(*s.Evaluation); a != b || g.History.Snapshots[i].Epoch != s.Epoch {
				t.Errorf("%s: snapshot %d differs", what, i)
			}
		}
	}
	g.History.Snapshots, w.History.Snapshots = nil, nil
	if !reflect.DeepEqual(g, w) {
		t.Errorf("%s: result %+v, want %+v", what, g, w)
	}
}

// TestTrainerSteps checks that a run ends with the same bits whether it is driven
// step by step, by epochs, or by Train, and that inspecting it in between changes
// nothing.
func TestTrainerSteps(t *testing.T) {
	for name, c := range trainerCases(t) {
		t.Run(name, func(t *testing.T) {
			want := c.build()
			result := Must(Train(t.Context(), want, c.data, &c.s))

			net := c.build()
			tr := Must(NewTrainer(net, c.data, &c.s))
			steps := 0
			for tr.Step() {
				if steps++; steps%2 == 0 {
					Must(tr.Measure(t.Context(), nil))
					tr.Network()
				}
				if r := tr.Result(); r.Steps != steps {
					t.Fatalf("%d steps, want %d", r.Steps, steps)
				}
			}
			if tr.Err() != nil || tr.Step() {
				t.Errorf("at the end: error %v, or a further step was taken", tr.Err())
			}
			sameRun(t, "by steps", tr.Network(), want, tr.Result(), result)

			net = c.build()
			tr = Must(NewTrainer(net, c.data, &c.s))
			epochs := 1
			for tr.Epoch(t.Context()) {
				epochs++
			}
			if epochs != c.s.Epochs || tr.Err() != nil {
				t.Errorf("%d epochs, error %v", epochs, tr.Err())
			}
			sameRun(t, "by epochs", tr.Network(), want, tr.Result(), result)

			net = c.build()
			tr = Must(NewTrainer(net, c.data, &c.s))
			tr.Step() // Epoch completes an epoch that has begun
			tr.Epoch(t.Context())
			if at := tr.epoch.At; at != 0 || tr.Result().Epochs != 1 {
				t.Errorf("Epoch after a step stops at sample %d of epoch %d", at, tr.Result().Epochs)
			}
		})
	}
}

// TestTrainerCheckpoints saves a run after every step, resumes it from there with a
// new network, and compares the results.
func TestTrainerCheckpoints(t *testing.T) {
	for name, c := range trainerCases(t) {
		t.Run(name, func(t *testing.T) {
			want := c.build()
			result := Must(Train(t.Context(), want, c.data, &c.s))
			file := filepath.Join(t.TempDir(), "checkpoint")
			first := Must(NewTrainer(c.build(), c.data, &c.s))
			for more := true; more; {
				if err := first.Save(file); err != nil {
					t.Fatal(err)
				}
				second := Must(NewTrainer(c.build(), c.data, &c.s))
				if err := second.Resume(file); err != nil {
					t.Fatal(err)
				}
				at := second.Result().Steps
				for second.Step() {
				}
				sameRun(t, fmt.Sprintf("resumed at step %d", at), second.Network(), want, second.Result(), result)
				if t.Failed() {
					return
				}
				more = first.Step()
			}
		})
	}
}

// countdown is a context that is cancelled after a given number of calls of Err.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestTrainerCancel cancels a run at every point at which it checks its context,
// between steps and during measurements, checks that it stops there, and continues
// it to the same result.
func TestTrainerCancel(t *testing.T) {
	c := trainerCases(t)["mlp/full/float64"]
	want := c.build()
	result := Must(Train(t.Context(), want, c.data, &c.s))
	for moment := range 200 {
		net := c.build()
		tr := Must(NewTrainer(net, c.data, &c.s))
		ctx := &countdown{t.Context(), moment}
		for tr.Epoch(ctx) {
		}
		if tr.Err() == nil {
			if moment < result.Steps {
				t.Fatalf("the run of %d steps checks its context only %d times", result.Steps, moment)
			}
			return // the run ended before
		}
		if !errors.Is(tr.Err(), context.Canceled) {
			t.Fatalf("check %d: %v", moment, tr.Err())
		}
		for tr.Epoch(t.Context()) {
		}
		sameRun(t, fmt.Sprintf("cancelled at check %d", moment), tr.Network(), want, tr.Result(), result)
	}
	t.Error("the run never ends")
}

// TestTrainCancelSaves checks that a cancelled run with a checkpoint loses no steps.
func TestTrainCancelSaves(t *testing.T) {
	c := trainerCases(t)["mlp/full/float32"]
	want := c.build()
	result := Must(Train(t.Context(), want, c.data, &c.s))
	c.s.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
	net := c.build()
	r, err := Train(&countdown{t.Context(), 6}, net, c.data, &c.s)
	if !errors.Is(err, context.Canceled) || r.Status != Cancelled || r.Steps == 0 {
		t.Fatalf("%v, error %v", r, err)
	}
	before := r.Steps
	net = c.build()
	tr := Must(NewTrainer(net, c.data, &c.s))
	if err := tr.Resume(c.s.Checkpoint); err != nil || tr.Result().Steps != before {
		t.Fatalf("resumed at step %d of %d, error %v", tr.Result().Steps, before, err)
	}
	net = c.build()
	r = Must(Train(t.Context(), net, c.data, &c.s))
	sameRun(t, "resumed", net, want, r, result)
}

// TestTimeLimitGoesOn checks that a run stopped by TimeLimit continues from its
// checkpoint instead of ending again.
func TestTimeLimitGoesOn(t *testing.T) {
	c := trainerCases(t)["mlp/full/float64"]
	want := c.build()
	result := Must(Train(t.Context(), want, c.data, &c.s))
	c.s.TimeLimit, c.s.Checkpoint = 1, filepath.Join(t.TempDir(), "checkpoint")
	for range c.s.Epochs - 1 {
		r := Must(Train(t.Context(), c.build(), c.data, &c.s))
		if r.Status != TimeLimit {
			t.Fatalf("status %v, want the time limit", r.Status)
		}
	}
	net := c.build()
	r := Must(Train(t.Context(), net, c.data, &c.s))
	// The measurements at each end are additional.
	r.History.Snapshots, result.History.Snapshots = nil, nil
	sameRun(t, "in pieces", net, want, r, result)
}

// TestChainPadded compares the chain with full training where the engine pads the
// rows of a matrix: for dimensions that are a multiple of 256, or of 512 in float32.
// The tolerance is that of TestMethodsAgree.
func TestChainPadded(t *testing.T) {
	for _, dim := range []int{255, 256, 512} {
		data := Must(Blobs{Classes: 3, PerClass: 10, Dim: dim, Spread: 0.3}.Generate(1))
		for p, rtol := range map[Precision]float64{Float64: 1e-10, Float32: 1e-4} {
			for depth := range 4 {
				train := func(m Method) (*Network, []float64) {
					net := Linear(max(2, depth+1), 60).Build(data, Orthogonal(0.5), 1)
					if depth == 0 {
						net = &Network{Layers: []Layer{{Name: "classifier", W: Orthogonal(0.5).weights(3, dim, random.New(1, random.Init))}}}
					}
					r := Must(Train(t.Context(), net, data, &Settings{Epochs: 20, LearningRate: 0.01, Method: m, Momentum: 0.5, Precision: p}))
					return net, r.History.Loss
				}
				want, losses := train(Full)
				for _, m := range []Method{Chain, Reduced} {
					if m == Reduced && depth == 0 {
						continue
					}
					net, got := train(m)
					for i, l := range losses {
						if d := (got[i] - l) / l; d > rtol || d < -rtol {
							t.Fatalf("%s in %s, dimension %d, depth %d: loss %g of epoch %d, want %g", m, p, dim, depth, got[i], i, l)
						}
					}
					for l := range want.Layers {
						if e := relativeDistance(net.Layers[l].W, want.Layers[l].W); !(e <= rtol) {
							t.Errorf("%s in %s, dimension %d: W_%d is off by %.2g of its norm", m, p, dim, l+1, e)
						}
					}
				}
			}
		}
	}
}

// TestTrainerErrors checks that the error of a run that diverged, or whose recorder
// stopped it, stays.
func TestTrainerErrors(t *testing.T) {
	data := theoremData(1, 1)
	for want, s := range map[error]Settings{
		ErrDiverged: {LearningRate: 1e3, Epochs: 1000},
		errRecorder: {Recorder: failing{}},
	} {
		tr := Must(NewTrainer(Linear(3, 50).Build(data, Orthogonal(0.3), 1), data, &s))
		for tr.Step() {
		}
		for range 3 {
			if !errors.Is(tr.Err(), want) || !tr.Result().Status.Early() {
				t.Errorf("error %v, status %v; want %v", tr.Err(), tr.Result().Status, want)
			}
			if tr.Step() || tr.Epoch(t.Context()) {
				t.Errorf("%v: another step", want)
			}
		}
	}
}
