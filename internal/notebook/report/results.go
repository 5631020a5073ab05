package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"

	"pnclab/internal/atomicfile"
	"pnclab/internal/notebook"
	"pnclab/internal/provenance"
)

// result is a row of results.json: a row of a table of verdicts with the notebook, the
// data and the settings that it is about.
type result struct {
	Notebook  string   `json:"notebook"`
	Quantity  string   `json:"quantity"`
	Paper     string   `json:"paper"`
	Predicted *float64 `json:"predicted"` // null if there is no prediction
	Measured  *float64 `json:"measured"`
	Tolerance string   `json:"tolerance"`
	Verdict   string   `json:"verdict"`
	Data      string   `json:"data"`
	InPlaceOf string   `json:"stand_in"` // the data set of the claim, if the data replace it
	Preset    string   `json:"preset"`
	Version   string   `json:"pnclab"` // of the program that computed it
}

// results lists the rows of all tables of a run.
func results(run *notebook.Run) []result {
	var all []result
	for _, table := range run.Verdicts {
		for _, v := range table.Rows {
			all = append(all, result{
				run.Notebook.Name(), v.Quantity, v.Paper, existing(v.Predicted), existing(v.Measured), v.Tolerance,
				string(v.Verdict), table.Data, table.InPlaceOf, table.Preset, provenance.Version(),
			})
		}
	}
	return all
}

// existing returns nil for NaN, which JSON cannot hold.
func existing(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}

// writeResults writes all rows in the order of the notebooks.
func (r *Report) writeResults() error {
	rows := []result{}
	for _, name := range r.names {
		if run := r.runs[name]; run != nil {
			rows = append(rows, results(run)...)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(rows); err != nil {
		return fmt.Errorf("results.json: %w", err)
	}
	return atomicfile.WriteFile(filepath.Join(r.dir, "results.json"), b.Bytes())
}
