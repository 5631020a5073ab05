package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"pnclab/internal/notebook/report"
	"pnclab/plotting"
	"pnclab/pnc"
)

// atScale lists the stored runs of docs/paperscale that the page shows, each with the ranks
// and accuracies of layers 1 to 7 in the paper's figure.
var atScale = []storedRun{
	{"mlp", []float64{860, 895, 870, 815, 750, 635, 440}, []float64{.78, .94, .98, .99, .998, .998, 1}},
	{"hybrid", []float64{908, 922, 919, 912, 893, 841, 710}, []float64{.885, 1, 1, 1, 1, 1, 1}},
}

type storedRun struct {
	name              string
	ranks, accuracies []float64
}

// quantities are those of a stored run that the page may name, for each layer.
var quantities = []struct {
	name  string
	paper func(storedRun) []float64 // or nil
	of    func(r *pnc.StoredRun, layer int) float64
}{
	{"rank", func(s storedRun) []float64 { return s.ranks }, func(r *pnc.StoredRun, l int) float64 { return r.Evaluation.Layers[l].Rank95 }},
	{"accuracy of the probe", func(s storedRun) []float64 { return s.accuracies }, func(r *pnc.StoredRun, l int) float64 { return r.Probes[l-1] }},
	{"C", nil, func(r *pnc.StoredRun, l int) float64 { return r.Evaluation.Layers[l].C }},
	{"D", nil, func(r *pnc.StoredRun, l int) float64 { return r.Evaluation.Layers[l].D }},
}

// layers is the number of hidden layers of the paper's networks.
const layers = 7

func (s storedRun) read(docs string) (*pnc.StoredRun, error) {
	r, err := pnc.ReadRun(filepath.Join(docs, "paperscale", s.name+".json"))
	if err == nil && (len(r.Evaluation.Layers) != layers+1 || len(r.Probes) != layers) {
		err = fmt.Errorf("%s: %d layers and %d probes, not those of %d hidden layers", s.name, len(r.Evaluation.Layers), len(r.Probes), layers)
	}
	return r, err
}

// storedRow returns a row such as "mlp: rank of layer 7", without a claim: those about stored
// runs are made by notebook 05.
func storedRow(docs string, n rowName) (row report.Row, err error) {
	i := slices.IndexFunc(atScale, func(s storedRun) bool { return s.name == n.source })
	if i < 0 {
		return row, fmt.Errorf("no stored run %q is listed in paperscale.go", n.source)
	}
	r, err := atScale[i].read(docs)
	if err != nil {
		return row, err
	}
	for _, q := range quantities {
		for l := 1; l <= layers; l++ {
			if n.quantity != fmt.Sprintf("%s of layer %d", q.name, l) {
				continue
			}
			v := q.of(r, l)
			row = report.Row{Notebook: "docs/paperscale/" + n.source + ".json", Quantity: n.quantity, Measured: &v, Verdict: pnc.Note, Data: r.Data}
			row.Data += fmt.Sprintf("; %d epochs, trained by pnclab %s on %s, %s", r.Epochs, r.Trained.Version, r.Trained.Processor, r.Trained.Date)
			if q.paper != nil {
				row.Paper = strconv.FormatFloat(q.paper(atScale[i])[l-1], 'g', -1, 64)
			}
			return row, nil
		}
	}
	return row, fmt.Errorf("a stored run has no %q", n.quantity)
}

// storedFigure draws ranks and accuracies of all stored runs beside the paper's.
func storedFigure(docs, caption string) ([]byte, error) {
	var panels []*plotting.Figure
	for _, s := range atScale {
		r, err := s.read(docs)
		if err != nil {
			return nil, err
		}
		var rank, accuracy []float64
		for l := 1; l <= layers; l++ {
			rank, accuracy = append(rank, quantities[0].of(r, l)), append(accuracy, quantities[1].of(r, l))
		}
		panels = append(panels, plotting.RankAccuracy(
			[]plotting.Trace{plotting.Series("rank", rank).From(1), plotting.Paper("rank in the paper", s.ranks).From(1)},
			[]plotting.Trace{plotting.Series("accuracy of the probe", accuracy).From(1), plotting.Paper("accuracy in the paper", s.accuracies).From(1)}).
			Titled(strings.ToUpper(r.Title[:1])+r.Title[1:]))
	}
	folder, err := os.MkdirTemp("", "findings")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(folder, "figure.png")
	err = plotting.Save(plotting.Row(panels...).Captioned(caption), file)
	content, err2 := os.ReadFile(file)
	return content, errors.Join(err, err2, os.RemoveAll(folder))
}
