// Command paperscale runs the experiments of notebooks 05 to 07 at the size of the paper and
// keeps what is measured in docs/paperscale, for pnc.ReadRun. It takes hours, and continues from
// a checkpoint in the cache when it is run again:
//
//	go run ./internal/paperscale mlp hybrid   # the two networks, 400 epochs
//	go run ./internal/paperscale variants     # the perceptron for 40 epochs in four ways
//
// With -network the weights come from a file of pnc.Save, such as one of another machine or of
// an earlier version, -result says how they were trained, and only what follows is computed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"pnclab/internal/provenance"
	"pnclab/pnc"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("paperscale: ")
	var k keeper
	flag.StringVar(&k.out, "out", filepath.Join("docs", "paperscale"), "the folder of the results")
	flag.StringVar(&k.network, "network", "", "a file of pnc.Save with the trained network")
	flag.StringVar(&k.result, "result", "", "a stored run of the training of that network, without measures")
	flag.StringVar(&k.note, "note", "", "what is to be said of the data, such as that the images had been JPEG")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := k.run(ctx, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

// keeper measures networks and writes the results.
type keeper struct{ out, network, result, note string }

// task is a run to keep.
type task struct {
	file, title string
	experiment  pnc.Experiment
	maps        []int // layers
}

// tasks returns what a word of the command line means.
func tasks(name string) ([]task, error) {
	mapped := []int{1, 2, 4, 6} // as in the paper
	short := func(file, title string, change func(*pnc.Settings)) task {
		e := pnc.EightLayerMLP("paper")
		e.Train.Epochs = 40
		change(&e.Train)
		return task{file, title, e, nil}
	}
	switch name {
	case "mlp":
		return []task{{"mlp.json", "perceptron", pnc.EightLayerMLP("paper"), mapped}}, nil
	case "hybrid":
		return []task{{"hybrid.json", "hybrid", pnc.EightLayerHybrid("paper"), mapped}}, nil
	case "variants":
		return []task{
			short("plain40.json", "as in the paper", func(*pnc.Settings) {}),
			short("augmented40.json", "flips and crops", func(s *pnc.Settings) { s.Augmentation = pnc.Augmentation{Flip: true, Crop: 4} }),
			short("rate1e-3.json", "rate 0.001", func(s *pnc.Settings) { s.LearningRate = 1e-3 }),
			short("rate1e-2.json", "rate 0.01", func(s *pnc.Settings) { s.LearningRate = 1e-2 }),
		}, nil
	}
	return nil, fmt.Errorf("no run %q; choose from mlp, hybrid and variants", name)
}

func (k *keeper) run(ctx context.Context, names []string) error {
	var all []task
	for _, name := range names {
		t, err := tasks(name)
		if err != nil {
			return err
		}
		all = append(all, t...)
	}
	switch {
	case len(all) == 0:
		return errors.New("name the runs: mlp, hybrid, variants")
	case (k.network == "") != (k.result == ""), k.network != "" && len(all) != 1:
		return errors.New("-network and -result belong together, and to one run")
	}
	for _, t := range all {
		if err := k.keep(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", t.file, err)
		}
		log.Printf("wrote %s", filepath.Join(k.out, t.file))
	}
	return nil
}

// here describes this program and machine.
func here() pnc.Provenance {
	return pnc.Provenance{Version: provenance.Version(), Processor: fmt.Sprintf("%s, %d cores", provenance.Processor(), runtime.NumCPU()), Date: time.Now().UTC().Format(time.DateOnly)}
}

// keep trains the network of a task, or reads it, measures it, and writes the result.
func (k *keeper) keep(ctx context.Context, t task) error {
	data, err := t.experiment.Dataset()
	if err != nil {
		return err
	}
	if data.StandIn != "" {
		return fmt.Errorf("%s was not found; pnclab data --download cifar-10 gets it", data.StandIn)
	}
	net, r, err := k.trained(ctx, t)
	if err != nil {
		return err
	}
	r.Title, r.Data, r.ClassNames, r.Measured = t.title, data.Describe(), data.ClassNames, here()
	if k.note != "" {
		r.Data += "; " + k.note
	}
	if r.Evaluation, err = pnc.MeasureWith(ctx, net, data, &pnc.MeasureOptions{Measures: pnc.Scatter | pnc.Spectrum, Precision: pnc.Float32}); err != nil {
		return err
	}
	for i := range r.Evaluation.Layers {
		r.Evaluation.Layers[i].SingularValues = nil
	}
	probes, err := pnc.Probe(ctx, net, data, nil, &pnc.ProbeOptions{Ridge: 1e-3, Layers: []int{1, 2, 3, 4, 5, 6, 7}, Precision: pnc.Float32})
	if err != nil {
		return err
	}
	r.Probes = nil
	for _, p := range probes {
		r.Probes = append(r.Probes, p.Train)
	}
	if r.Labels, r.Maps, err = maps(net, data, t.maps); err != nil {
		return err
	}
	return pnc.WriteRun(filepath.Join(k.out, t.file), r)
}

// trained returns the network and a run without measures.
func (k *keeper) trained(ctx context.Context, t task) (*pnc.Network, *pnc.StoredRun, error) {
	if k.network != "" {
		r, err := pnc.ReadRun(k.result)
		if err != nil {
			return nil, nil, err
		}
		net, err := pnc.Load(k.network, nil)
		return net, r, err
	}
	o, err := t.experiment.Run(ctx)
	if err != nil {
		return nil, nil, err
	}
	return o.Network, &pnc.StoredRun{
		Trained: here(), Experiment: t.experiment, Epochs: o.Result.Epochs, Steps: o.Result.Steps, Elapsed: o.Result.Elapsed,
		Loss: o.Result.Loss, Accuracy: o.Result.Accuracy,
	}, nil
}

// maps returns maps of the layers by UMAP, of 40 samples per class. Their coordinates, of a
// width of ten to twenty, are rounded to a hundredth.
func maps(net *pnc.Network, data *pnc.Dataset, layers []int) (labels []int, all []pnc.StoredMap, err error) {
	if layers == nil {
		return nil, nil, nil
	}
	shown, err := data.PerClass(40, 1)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range layers {
		points := pnc.UMAP(net.Forward(shown, l)[0], &pnc.UMAPOptions{Seed: 1})
		m := pnc.StoredMap{Layer: l}
		for i := range shown.Len() {
			m.Points = append(m.Points, [2]float64{hundredth(points.At(i, 0)), hundredth(points.At(i, 1))})
		}
		all = append(all, m)
	}
	return shown.Labels, all, nil
}

func hundredth(v float64) float64 { return math.Round(100*v) / 100 }
