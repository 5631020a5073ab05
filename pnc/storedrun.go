//go:build !js

package pnc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"gonum.org/v1/gonum/mat"

	"pnclab/internal/atomicfile"
	"pnclab/internal/budget"
	"pnclab/internal/oneline"
	"pnclab/pnc/internal/files"
)

// StoredRun is what is worth keeping of a training run that takes hours: what was measured,
// in some kilobytes, so that it can be shown without repeating it. It holds no weights.
type StoredRun struct {
	Title      string     // of a legend or a table
	Trained    Provenance // of the training
	Measured   Provenance // of everything after it
	Data       string     // that the network was trained on, see [Dataset.Describe]
	Experiment Experiment
	Epochs     int           // of training
	Steps      int           // of training
	Elapsed    time.Duration // of training
	Loss       float64       // of the last epoch
	Accuracy   float64       // of the last epoch, from 0 to 1
	Evaluation *Evaluation   // without lists of singular values
	Probes     []float64     // accuracy on the training data of a linear classifier on layers 1, 2, ...
	ClassNames []string
	Labels     []int // classes of the samples on the maps
	Maps       []StoredMap
}

// Provenance says by what and when something was computed.
type Provenance struct {
	Version   string // of pnclab, with the commit if it is known
	Processor string // with the number of cores
	Date      string // such as 2026-11-26
}

// StoredMap is a map of a layer in the plane.
type StoredMap struct {
	Layer  int
	Points [][2]float64 // one per sample, in the order of Labels
}

// Matrix returns the points as the rows of an N×2 matrix.
func (m StoredMap) Matrix() *mat.Dense {
	points := mat.NewDense(max(1, len(m.Points)), 2, nil)
	for i, p := range m.Points {
		points.SetRow(i, p[:])
	}
	return points
}

// String returns three lines: how training ended, by what and when, and the data.
func (r *StoredRun) String() string {
	return fmt.Sprintf("%s: %d epochs in %s: loss %.3g, accuracy %.1f %%\n  trained by %s on %s, %s; measured by %s, %s\n  %s",
		r.Title, r.Epochs, r.Elapsed.Round(time.Minute), r.Loss, 100*r.Accuracy,
		r.Trained.Version, r.Trained.Processor, r.Trained.Date, r.Measured.Version, r.Measured.Date, r.Data)
}

// WriteRun writes a run as JSON, one line per field, in which NaN are null.
func WriteRun(file string, r *StoredRun) error {
	var b bytes.Buffer
	for _, field := range []struct {
		name  string
		value any
	}{
		{"Title", r.Title}, {"Trained", r.Trained}, {"Measured", r.Measured}, {"Data", r.Data}, {"Experiment", r.Experiment},
		{"Epochs", r.Epochs}, {"Steps", r.Steps}, {"Elapsed", r.Elapsed}, {"Loss", jsonNumber(r.Loss)}, {"Accuracy", jsonNumber(r.Accuracy)},
		{"Evaluation", r.Evaluation}, {"Probes", jsonNumbers(r.Probes)}, {"ClassNames", r.ClassNames}, {"Labels", r.Labels}, {"Maps", r.Maps},
	} {
		text, err := json.Marshal(field.value)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", file, field.name, err)
		}
		separator := ",\n"
		if b.Len() == 0 {
			separator = "{"
		}
		fmt.Fprintf(&b, "%s%q: %s", separator, field.name, text)
	}
	b.WriteString("}\n")
	return atomicfile.WriteFile(file, b.Bytes())
}

// ReadRun reads a file that [WriteRun] wrote. The error is one line that begins with the
// file.
func ReadRun(file string) (*StoredRun, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, files.Cause(file, err)
	}
	// As for an evaluation; a point takes two elements, and lists grow by a quarter.
	if err := budget.JSON(text, budget.Cost{Object: 900, Element: 24, Field: 64, Depth: 20}); err != nil {
		return nil, fmt.Errorf("%s: not a stored run: %w", file, err)
	}
	type plain StoredRun
	v := struct {
		*plain
		Loss, Accuracy jsonNumber
		Probes         []jsonNumber
	}{plain: new(plain)}
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, fmt.Errorf("%s: not a stored run: %w", file, oneline.Error(err))
	}
	r := (*StoredRun)(v.plain)
	r.Loss, r.Accuracy, r.Probes = float64(v.Loss), float64(v.Accuracy), floats64(v.Probes)
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("%s: not a stored run: %w", file, err)
	}
	return r, nil
}

// check returns an error if the parts do not fit together.
func (r *StoredRun) check() error {
	if r.Evaluation == nil || r.Experiment.Data == nil {
		return errors.New("no Evaluation, or no Experiment")
	}
	for _, m := range r.Maps {
		if len(m.Points) != len(r.Labels) {
			return fmt.Errorf("the map of layer %d has %d points for %d labels", m.Layer, len(m.Points), len(r.Labels))
		}
	}
	for _, y := range r.Labels {
		if y < 0 || y >= len(r.ClassNames) {
			return fmt.Errorf("there is a label %d, but %d ClassNames", y, len(r.ClassNames))
		}
	}
	return nil
}
