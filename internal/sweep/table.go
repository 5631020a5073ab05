package sweep

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"pnclab/pnc"
)

// Table is a tidy table: one row per observation, one column per variable. Values are
// nil where there is none, or text, float64, int or bool.
type Table struct {
	Columns []string
	Rows    [][]any
}

// Collect returns the table of all runs and layers: one row per layer of a run that is
// done, one for every other run. Columns are the fields of the axes, those of the layer
// (layer, name, n, d, K), every quantity that was measured somewhere, atMost with the
// names of those that are upper bounds, accuracy, and what is known of the run: status,
// reason, loss, epochs, steps, times, message, and where it comes from. standIn names the
// data set that made-up data took the place of.
func (f *Folder) Collect(j *Journal) (*Table, error) {
	measured := make([]*Measured, len(f.Runs))
	used := map[string]bool{}
	for i, r := range f.Runs {
		if j.Of(r.Key).Status != Done {
			continue
		}
		m, err := j.Measured(r.Key)
		if err != nil {
			return nil, err
		}
		measured[i] = m
		for _, l := range m.Evaluation.Layers {
			for _, q := range pnc.Quantities() {
				if !used[q.Name] && !math.IsNaN(q.Of(l)) {
					used[q.Name] = true
				}
			}
		}
	}
	var quantities []pnc.Quantity
	for _, q := range pnc.Quantities() {
		if used[q.Name] {
			quantities = append(quantities, q)
		}
	}
	t := &Table{Columns: append(slices.Clone(f.Head.Fields), "layer", "name", "n", "d", "K")}
	for _, q := range quantities {
		t.Columns = append(t.Columns, q.Name)
	}
	t.Columns = append(t.Columns, "atMost", "accuracy", "status", "reason", "loss", "trainAccuracy", "epochs", "steps", "method",
		"seconds", "trainingSeconds", "cached", "attempts", "message", "standIn", "key", "version", "go", "processor", "kernels", "threads", "host", "job", "time")
	for i, r := range f.Runs {
		state := j.Of(r.Key)
		layers := []pnc.LayerMeasures{{}}
		if measured[i] != nil {
			layers = measured[i].Evaluation.Layers
		}
		for _, l := range layers {
			var row []any
			for _, v := range r.Coordinates {
				row = append(row, coordinateValue(v))
			}
			if measured[i] == nil {
				row = append(row, make([]any, 5+len(quantities)+2)...)
			} else {
				row = append(row, l.Layer, l.Name, l.N, l.Dim, l.Classes)
				for _, q := range quantities {
					row = append(row, number(q.Of(l)))
				}
				row = append(row, strings.Join(slices.Sorted(maps.Keys(l.AtMost)), " "), number(measured[i].Evaluation.Accuracy))
			}
			t.Rows = append(t.Rows, append(row, provenanceOf(state)...))
		}
	}
	return t, nil
}

// provenanceOf returns the columns that say what is known of a run.
func provenanceOf(s State) []any {
	row := []any{string(s.Status), s.Reason, optional(s.Loss), optional(s.Accuracy), s.Epochs, s.Steps, s.Method,
		s.Seconds, s.Training, s.Cached, s.Attempts, s.Message, s.StandIn, s.Key}
	if s.Worker == nil {
		return append(row, make([]any, 8)...)
	}
	w := s.Worker
	if o := s.Origin; o != nil { // not computed by the worker that recorded it
		return append(row, o.Version, o.Go, nil, o.Kernels, nil, o.Host, nil, s.Time.Format(time.RFC3339))
	}
	return append(row, w.Version, w.Go, w.Processor, w.Kernels, w.Threads, w.Host, w.Job, s.Time.Format(time.RFC3339))
}

// coordinateValue returns a coordinate as a value of a table: lists and objects as JSON.
func coordinateValue(v any) any {
	switch v.(type) {
	case nil, string, bool, float64:
		return v
	}
	return Coordinate(v)
}

// number returns a number, or nil if it is undefined.
func number(v float64) any {
	if math.IsNaN(v) {
		return nil
	}
	return v
}

func optional(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}

// WriteCSV writes the table as comma-separated values: numbers with as many digits as it
// takes to read them back, nothing where there is no value.
func (t *Table) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	c.Write(t.Columns) // errors come from Flush
	fields := make([]string, len(t.Columns))
	for _, row := range t.Rows {
		for i, v := range row {
			switch v := v.(type) {
			case nil:
				fields[i] = ""
			case float64:
				fields[i] = strconv.FormatFloat(v, 'g', -1, 64)
			default:
				fields[i] = fmt.Sprint(v)
			}
		}
		c.Write(fields)
	}
	c.Flush()
	return c.Error()
}

// WriteJSONLines writes one JSON object per row, with null where there is no value and
// the texts "inf" and "-inf" for infinite numbers.
func (t *Table) WriteJSONLines(w io.Writer) error {
	names := make([][]byte, len(t.Columns))
	for i, c := range t.Columns {
		names[i], _ = json.Marshal(c) // a string
	}
	var line []byte
	for _, row := range t.Rows {
		line = append(line[:0], '{')
		for i, v := range row {
			if f, ok := v.(float64); ok && math.IsInf(f, 0) {
				v = strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(f, 'g', -1, 64)), "+")
			}
			text, err := json.Marshal(v)
			if err != nil {
				return err
			}
			if i > 0 {
				line = append(line, ',')
			}
			line = append(append(append(line, names[i]...), ':'), text...)
		}
		if _, err := w.Write(append(line, '}', '\n')); err != nil {
			return err
		}
	}
	return nil
}

// column returns the index of a column, or -1.
func (t *Table) column(name string) int {
	return slices.IndexFunc(t.Columns, func(c string) bool { return strings.EqualFold(c, name) })
}
