package pnc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// notices returns the notices of f as text, without repetitions.
func notices(f func()) []string {
	var mu sync.Mutex
	var told []string
	defer Observe(func(n Notice) {
		mu.Lock()
		defer mu.Unlock()
		text := fmt.Sprintf("%T %v", n, n)
		if p, ok := n.(Progress); ok {
			text = fmt.Sprintf("%s %d/%d %s", p.Task, p.Done, p.Total, p.Unit)
		}
		told = append(told, text)
	})()
	f()
	return slices.Compact(told)
}

func small(epochs int) Experiment {
	return Experiment{
		Data: NearlyOrthonormal{Classes: 2, PerClass: 3, Dim: 8, Noise: 1}, Net: Linear(2, 8), Init: Orthogonal(0.5),
		Train: Settings{LearningRate: 0.01, Epochs: epochs},
	}
}

// tellAlways makes training tell of every step until the test ends.
func tellAlways(t *testing.T) {
	after, every := tellAfter, tellEvery
	tellAfter, tellEvery = -time.Second, 0
	t.Cleanup(func() { tellAfter, tellEvery = after, every })
}

func TestTrainingTells(t *testing.T) {
	t.Setenv("PNC_CACHE", "off")
	tellAlways(t)
	e := small(3)
	told := notices(func() {
		Must(Train(t.Context(), e.Net.Build(Must(e.Dataset()), e.Init, 1), Must(e.Dataset()), &e.Train))
	})
	if want := []string{"training 1/3 epochs", "training 2/3 epochs", "training 3/3 epochs"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	e.Train.Epochs, e.Train.StopLoss = 1000, 1
	r := new(Outcome)
	told = notices(func() { r = Must(e.Run(t.Context())) })
	if n := r.Result.Epochs; n < 2 || n == 1000 || !slices.Contains(told, fmt.Sprintf("training %d/%d epochs", n, n)) || told[len(told)-1] != "measuring 12/12 samples" {
		t.Errorf("%v: told %q", r.Result, told)
	}
}

// TestSweepTells checks that a sweep tells of its experiments, and not of their training.
func TestSweepTells(t *testing.T) {
	t.Setenv("PNC_CACHE", "off")
	tellAlways(t)
	told := notices(func() { Must(Sweep(t.Context(), small(3).Seeds(3))) })
	if want := []string{"sweep 1/3 experiments", "sweep 2/3 experiments", "sweep 3/3 experiments"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// TestMeasuringTells checks that measuring tells of its two passes as one task, and as
// part of training or a sweep of nothing.
func TestMeasuringTells(t *testing.T) {
	t.Setenv("PNC_CACHE", "off")
	tellAlways(t)
	e := small(3)
	data := Must(e.Dataset())
	net := e.Net.Build(data, e.Init, 1)
	told := notices(func() { Must(MeasureWith(t.Context(), net, data, &MeasureOptions{Batch: 4})) }) // class by class
	if want := []string{"measuring 3/12 samples", "measuring 6/12 samples", "measuring 9/12 samples", "measuring 12/12 samples"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	told = notices(func() { Must(MeasureWith(withoutProgress(t.Context()), net, data, nil)) })
	if told != nil {
		t.Errorf("a part of another task told %q", told)
	}
}

func TestUMAPTells(t *testing.T) {
	tellAlways(t)
	data := Must(small(1).Dataset())
	told := notices(func() { UMAP(data.X(), &UMAPOptions{Neighbors: 3, Epochs: 2}) })
	if want := []string{"UMAP 1/2 epochs", "UMAP 2/2 epochs"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// TestMustTells cancels what Must requires.
func TestMustTells(t *testing.T) {
	t.Setenv("PNC_CACHE", "off")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		call func()
		want []string
	}{
		{func() { Must(small(3).Run(ctx)) }, []string{"pnc.Stopped context canceled"}},
		{func() { Must(Sweep(ctx, small(3).Seeds(2))) }, []string{"pnc.Stopped context canceled"}},
		{func() { Must(0, errors.New("no data")) }, nil},
	} {
		told := notices(func() {
			defer func() {
				if recover() == nil {
					t.Error("Must went on")
				}
			}()
			test.call()
		})
		if !slices.Equal(told, test.want) {
			t.Errorf("told %q, want %q", told, test.want)
		}
	}
}
