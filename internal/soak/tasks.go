package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"codeberg.org/sbinet/npyio/npz"
	"gonum.org/v1/gonum/mat"

	"pnclab/plotting"
	"pnclab/pnc"
)

// cacheLimit is what cached runs may take. A few minutes fill it, so that most rows are
// of a cache that evicts.
const cacheLimit = 20 << 20

// lab runs the tasks in turn, each time with another seed.
type lab struct {
	dir  string
	done int
}

func (l *lab) next(ctx context.Context) error {
	tasks := []struct {
		name string
		run  func(ctx context.Context, seed int) error
	}{
		{"experiment", l.experiment}, {"sweep", l.sweep}, {"cancelled", l.cancelled}, {"checkpoint", l.checkpoint},
		{"features", l.features}, {"probe", l.probe}, {"map", l.umap}, {"figures", l.figures},
	}
	t := tasks[l.done%len(tasks)]
	if err := t.run(ctx, l.done+1); err != nil {
		return fmt.Errorf("task %d, %s: %w", l.done+1, t.name, err)
	}
	l.done++
	return nil
}

// linear is an experiment that takes a tenth of a second.
func linear(seed int) pnc.Experiment {
	return pnc.Experiment{
		Data: pnc.NearlyOrthonormal{Classes: 3, PerClass: 20, Dim: 100, Noise: 0.5}, Net: pnc.Linear(6, 100),
		Init: pnc.Orthogonal(0.3), Seed: seed, CheckAssumptions: true,
		Train: pnc.Settings{LearningRate: 0.1, Alpha: 100, StopLoss: 1e-8, Epochs: 3000, MeasureEvery: 300, Measures: pnc.Scatter},
	}
}

// networks are others: every way to take a step, both precisions, convolutions.
func networks(seed int) []pnc.Experiment {
	digits := pnc.Glyphs{PerClass: 20}
	settings := pnc.Settings{LearningRate: 0.05, Momentum: 0.9, Batch: 50, Epochs: 5}
	float32s := settings
	float32s.Precision = pnc.Float32
	all := []pnc.Experiment{
		{Data: digits, Net: pnc.MLP(4, 64), Init: pnc.PyTorchDefault(), Train: settings, Forget: true},
		{Data: digits, Net: pnc.Hybrid(4, 64, 2), Init: pnc.PyTorchDefault(), Train: float32s},
		{Data: digits, Net: pnc.ResNet(8, 2, 1, pnc.MLP(2, 32)), Init: pnc.PyTorchDefault(), Train: float32s},
	}
	for _, m := range []pnc.Method{pnc.Full, pnc.Chain, pnc.Reduced} {
		e := linear(seed)
		e.Train.Method, e.Train.Epochs = m, 300
		all = append(all, e)
	}
	for i := range all {
		all[i].Seed = seed
	}
	return all
}

// experiment runs one network and takes it from the cache, with the same numbers.
func (l *lab) experiment(ctx context.Context, seed int) error {
	all := networks(seed)
	e := all[seed/8%len(all)] // of eight tasks one is this
	first, err := e.Run(ctx)
	if err != nil {
		return err
	}
	second, err := e.Run(ctx)
	if err != nil {
		return err
	}
	if !slices.Equal(first.Evaluation.C(), second.Evaluation.C()) {
		return fmt.Errorf("the cache holds C = %v of an experiment with C = %v", second.Evaluation.C(), first.Evaluation.C())
	}
	return nil
}

func (l *lab) sweep(ctx context.Context, seed int) error {
	all := linear(0).Seeds(4)
	for i := range all {
		all[i].Seed += 4 * seed
	}
	_, err := pnc.Sweep(ctx, all)
	return err
}

// cancelled cancels a run at its third epoch and then continues it from the checkpoint in
// the cache, to the same end as one that nothing disturbed.
func (l *lab) cancelled(ctx context.Context, seed int) error {
	e := linear(seed)
	e.Train.Method, e.Train.Epochs = pnc.Full, 300
	first := e
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	first.Train.Recorder = &stopAt{cancel: cancel}
	if _, err := first.Run(running); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("a cancelled run returned %v", err)
	}
	o, err := e.Run(ctx)
	if err != nil {
		return err
	}
	data, err := e.Dataset()
	if err != nil {
		return err
	}
	net := e.Net.Build(data, e.Init, seed)
	settings := e.Train
	settings.Seed = seed // as Run does
	if _, err := pnc.Train(ctx, net, data, &settings); err != nil {
		return err
	}
	if !slices.Equal(o.Evaluation.C(), pnc.Measure(net, data).C()) {
		return errors.New("a run that was cancelled and continued ended elsewhere")
	}
	return nil
}

// stopAt is a recorder that cancels the run.
type stopAt struct {
	cancel context.CancelFunc
	epochs int
}

func (s *stopAt) Record(*pnc.TrainingState) error {
	if s.epochs++; s.epochs == 3 {
		s.cancel()
	}
	return nil
}

// checkpoint saves a run between two steps and continues it in another trainer.
func (l *lab) checkpoint(ctx context.Context, seed int) error {
	e := networks(seed)[0]
	data, err := e.Dataset()
	if err != nil {
		return err
	}
	file := filepath.Join(l.dir, "checkpoint")
	defer os.Remove(file)
	t, err := pnc.NewTrainer(e.Net.Build(data, e.Init, seed), data, &e.Train)
	if err != nil {
		return err
	}
	for range 6 {
		t.Step()
	}
	if err := t.Save(file); err != nil {
		return err
	}
	again, err := pnc.NewTrainer(e.Net.Build(data, e.Init, seed), data, &e.Train)
	if err != nil {
		return err
	}
	if err := again.Resume(file); err != nil {
		return err
	}
	for _, t := range []*pnc.Trainer{t, again} {
		for t.Epoch(ctx) {
		}
		if err := t.Err(); err != nil {
			return err
		}
	}
	for i, layer := range t.Network().Layers {
		if !mat.Equal(layer.W, again.Network().Layers[i].W) {
			return errors.New("a run that was continued ended with other weights")
		}
	}
	return nil
}

// features exports the features of a network and measures the file.
func (l *lab) features(ctx context.Context, seed int) error {
	e := networks(seed)[0]
	data, err := e.Dataset()
	if err != nil {
		return err
	}
	net := e.Net.Build(data, e.Init, seed)
	path := filepath.Join(l.dir, "features.npz")
	defer os.Remove(path)
	if err := export(path, net, data); err != nil {
		return err
	}
	sets, err := pnc.OpenFeatures([]string{path}, nil)
	if err != nil {
		return err
	}
	for _, s := range sets {
		defer s.Close()
		ev, err := s.Measure(ctx, pnc.Everything)
		if err != nil {
			return err
		}
		if err := s.Bootstrap(ctx, ev, 20, seed); err != nil {
			return err
		}
	}
	return nil
}

func export(path string, net *pnc.Network, data *pnc.Dataset) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := npz.NewWriter(f)
	for i, z := range net.Forward(data) {
		if err := w.Write(fmt.Sprintf("layer%d.npy", i), z); err != nil {
			return err
		}
	}
	labels := make([]int64, len(data.Labels))
	for i, y := range data.Labels {
		labels[i] = int64(y)
	}
	if err := w.Write("labels.npy", labels); err != nil {
		return err
	}
	return errors.Join(w.Close(), f.Close())
}

func (l *lab) probe(ctx context.Context, seed int) error {
	e := networks(seed)[1]
	train, err := e.Dataset()
	if err != nil {
		return err
	}
	test, err := e.Data.Generate(-seed)
	if err != nil {
		return err
	}
	net := e.Net.Build(train, e.Init, seed)
	for _, o := range []*pnc.ProbeOptions{nil, {Steps: 20}, {SGD: &pnc.Settings{Epochs: 5, Batch: 50}}} {
		if _, err := pnc.Probe(ctx, net, train, test, o); err != nil {
			return err
		}
	}
	return nil
}

func (l *lab) umap(ctx context.Context, seed int) error {
	data, err := pnc.Blobs{Classes: 5, PerClass: 60, Dim: 30, Spread: 0.3}.Generate(seed)
	if err != nil {
		return err
	}
	x := pnc.Linear(2, 30).Build(data, pnc.Identity(1), seed).Forward(data)[0]
	pnc.PCA(x, 2)
	pnc.UMAP(x, &pnc.UMAPOptions{Epochs: 100, Seed: seed})
	return nil
}

func (l *lab) figures(ctx context.Context, seed int) error {
	o, err := linear(seed).Run(ctx)
	if err != nil {
		return err
	}
	measured := plotting.Measured("measured", o.Evaluation)
	for _, ext := range []string{".png", ".svg", ".pdf"} {
		path := filepath.Join(l.dir, "figure"+ext)
		if err := plotting.Save(plotting.Row(plotting.Compression(measured), plotting.Spectrum(o.Evaluation)), path); err != nil {
			return err
		}
	}
	return nil
}
