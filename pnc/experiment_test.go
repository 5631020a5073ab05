package pnc

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pnclab/pnc/internal/approx"
)

func smallExperiment() Experiment {
	return Experiment{
		Data:  NearlyOrthonormal{Classes: 3, PerClass: 5, Dim: 20, Noise: 1},
		Net:   Linear(4, 20),
		Init:  Orthogonal(0.3),
		Train: Settings{Epochs: 20},
		Seed:  1,
	}
}

// TestExperimentCache checks that the second run of an experiment returns the result
// of the first, bit for bit, and that a damaged file is replaced.
func TestExperimentCache(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PNC_CACHE", dir)
	first := Must(smallExperiment().Run(t.Context()))
	second := Must(smallExperiment().Run(t.Context()))
	if first.Cached || !second.Cached {
		t.Errorf("cached: %v, then %v", first.Cached, second.Cached)
	}
	if !reflect.DeepEqual(first.Network, second.Network) || !reflect.DeepEqual(first.Result, second.Result) {
		t.Error("the cached run differs")
	}
	for i, m := range first.Evaluation.Layers {
		// DeepEqual treats NaN as different from itself.
		approx.Equal(t, "C", second.Evaluation.Layers[i].C, m.C, 0, 0)
		approx.Equal(t, "NC3", second.Evaluation.Layers[i].NC3, m.NC3, 0, 0)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.run"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files in the cache: %v, %v", files, err)
	}
	if err := os.WriteFile(files[0], []byte("half a fi"), 0o666); err != nil {
		t.Fatal(err)
	}
	if third := Must(smallExperiment().Run(t.Context())); third.Cached || !reflect.DeepEqual(first.Network, third.Network) {
		t.Error("a damaged file was used, or the run is not reproducible")
	}
	if !Must(smallExperiment().Run(t.Context())).Cached {
		t.Error("a damaged file was not replaced")
	}
}

// TestExperimentRunsOnce runs one experiment several times at once: all but one
// wait. A cancelled caller does not wait.
func TestExperimentRunsOnce(t *testing.T) {
	t.Setenv("PNC_CACHE", t.TempDir())
	e := smallExperiment()
	var ran atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if r, err := e.Run(t.Context()); err != nil {
				t.Error(err)
			} else if !r.Cached {
				ran.Add(1)
			}
		})
	}
	wg.Wait()
	if ran.Load() != 1 {
		t.Errorf("%d runs trained, want one", ran.Load())
	}
	e.Seed++
	key := Must(e.Key())
	release := Must(claim(t.Context(), key, true))
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := e.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while another call runs it: %v, want the context's error", err)
	}
}

// TestExperimentMeasures checks that only the selected measures are computed and
// that they are the same.
func TestExperimentMeasures(t *testing.T) {
	e := smallExperiment()
	all := Must(e.Run(t.Context())).Evaluation
	e.Measures = Scatter
	for l, m := range Must(e.Run(t.Context())).Evaluation.Layers {
		approx.Equal(t, "C", m.C, all.Layers[l].C, 0, 0)
		if m.SingularValues != nil || !math.IsNaN(m.NC1) {
			t.Errorf("layer %d: spectrum or NC1 measured, although only the scatter was requested", l)
		}
	}
}

// TestExperimentKey checks that everything that changes a result changes the key,
// and that a Recorder does not.
func TestExperimentKey(t *testing.T) {
	base := smallExperiment()
	key := Must(base.Key())
	recorded := base
	recorded.Train.Recorder = failing{}
	if Must(recorded.Key()) != key {
		t.Error("a recorder changes the key")
	}
	seen := map[string]string{key: "base"}
	for name, change := range map[string]func(*Experiment){
		"seed":      func(e *Experiment) { e.Seed = 2 },
		"measures":  func(e *Experiment) { e.Measures = Scatter },
		"depth":     func(e *Experiment) { e.Net.Depth = 5 },
		"init":      func(e *Experiment) { e.Init = Orthogonal(0.30000000000000004) },
		"init kind": func(e *Experiment) { e.Init = Gaussian(0.3) },
		"data":      func(e *Experiment) { e.Data = NearlyOrthonormal{Classes: 3, PerClass: 5, Dim: 20, Noise: 2} },
		"data type": func(e *Experiment) { e.Data = GaussianSpectrum{Classes: 3, PerClass: 5, Dim: 20} },
		"nested":    func(e *Experiment) { e.Data = Unbalanced{Uniform{3, 5, 20}, []int{5, 5, 4}} },
		"nested 2": func(e *Experiment) {
			e.Data = Unbalanced{GaussianSpectrum{Classes: 3, PerClass: 5, Dim: 20}, []int{5, 5, 4}}
		},
		"schedule":  func(e *Experiment) { e.Train.Schedule = Cosine(0.1) },
		"loss":      func(e *Experiment) { e.Train.Loss = CrossEntropy },
		"precision": func(e *Experiment) { e.Train.Precision = Float32 },
	} {
		e := smallExperiment()
		change(&e)
		k := Must(e.Key())
		if other, ok := seen[k]; ok {
			t.Errorf("%s and %s have the same key", name, other)
		}
		seen[k] = name
	}
}

// TestExperimentErrors checks the errors of impossible experiments.
func TestExperimentErrors(t *testing.T) {
	t.Setenv("PNC_CACHE", "off")
	for word, change := range map[string]func(*Experiment){
		"Data":     func(e *Experiment) { e.Data = nil },
		"width":    func(e *Experiment) { e.Net.Width = 2 },
		"depth":    func(e *Experiment) { e.Net.Depth = 1 },
		"diverged": func(e *Experiment) { e.Train.LearningRate = 1e4; e.Train.Epochs = 1000 },
	} {
		e := smallExperiment()
		change(&e)
		if _, err := e.Run(t.Context()); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: error %v", word, err)
		}
	}
}

// TestCancelMeasuring cancels a run once training has ended, and checks that the next one
// measures the trained network without training again.
func TestCancelMeasuring(t *testing.T) {
	t.Setenv("PNC_CACHE", t.TempDir())
	want := Must(smallExperiment().Run(t.Context()))
	t.Setenv("PNC_CACHE", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	e := smallExperiment()
	told := 0
	e.Train.Recorder = recorderFunc(func(s *TrainingState) error {
		told++
		if s.Done {
			cancel()
		}
		return nil
	})
	if o, err := e.Run(ctx); !errors.Is(err, context.Canceled) || o.Result.Status != EpochLimit {
		t.Fatalf("error %v", err)
	}
	told = 0
	got := Must(e.Run(t.Context()))
	if told != 1 { // the end alone
		t.Errorf("the recorder was told of %d states", told)
	}
	if !reflect.DeepEqual(got.Network, want.Network) || got.Result.Steps != want.Result.Steps || got.Evaluation.C()[2] != want.Evaluation.C()[2] {
		t.Error("the outcome differs")
	}
}

// recorderFunc is a function as a Recorder.
type recorderFunc func(*TrainingState) error

func (f recorderFunc) Record(s *TrainingState) error { return f(s) }

// TestSweep checks the order, the statistics over seeds, and that the first error
// ends the sweep.
func TestSweep(t *testing.T) {
	t.Setenv("PNC_CACHE", t.TempDir())
	runs := Must(Sweep(t.Context(), smallExperiment().Seeds(5)))
	for i, r := range runs {
		if r.Experiment.Seed != i+1 {
			t.Errorf("run %d has seed %d", i, r.Experiment.Seed)
		}
		alone := Must(r.Experiment.Run(t.Context()))
		if !reflect.DeepEqual(alone.Network, r.Network) {
			t.Errorf("run %d differs from the same experiment alone", i)
		}
	}
	mean, std := Averages(Collect(Evaluations(runs), (*Evaluation).C)...)
	var sum, squares float64
	for _, r := range runs {
		sum += r.Evaluation.C()[2] / 5
	}
	for _, r := range runs {
		squares += math.Pow(r.Evaluation.C()[2]-sum, 2) / 4
	}
	approx.Equal(t, "mean", mean[2], sum, 1e-14, 0)
	approx.Equal(t, "standard deviation", std[2], math.Sqrt(squares), 1e-12, 0)

	bad := smallExperiment().Seeds(4)
	bad[2].Net.Depth = 1
	if _, err := Sweep(t.Context(), bad); err == nil || !strings.Contains(err.Error(), "depth") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Sweep(ctx, smallExperiment().Seeds(3)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled sweep: error %v", err)
	}
}

// TestSweepPassesOver checks that a sweep runs everything else before it waits for an
// experiment that is under way elsewhere.
func TestSweepPassesOver(t *testing.T) {
	t.Setenv("PNC_CACHE", t.TempDir())
	all := smallExperiment().Seeds(4)
	release := Must(claim(t.Context(), Must(all[0].Key()), true)) // "elsewhere"
	done := make(chan []*Outcome)
	go func() { done <- Must(Sweep(t.Context(), all)) }()
	for begin := time.Now(); len(Must(CacheEntries())) < 3; time.Sleep(time.Millisecond) {
		if time.Since(begin) > time.Minute {
			t.Fatal("the sweep waits for the experiment that is claimed")
		}
	}
	select {
	case <-done:
		t.Error("the sweep does not wait for what is under way elsewhere")
	default:
	}
	release()
	for i, o := range <-done {
		if o == nil || o.Experiment.Seed != all[i].Seed {
			t.Errorf("outcome %d is %+v", i, o)
		}
	}
}
