package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"pnclab/internal/atomicfile"
	"pnclab/internal/budget"
	"pnclab/internal/notebook"
	"pnclab/internal/provenance"
	"pnclab/pnc"
)

// resultsVersion is the version of the form of results.json.
const resultsVersion = 1

// Results is what results.json holds; docs/report-format.md documents it.
type Results struct {
	Format    int               `json:"format"` // resultsVersion
	Command   string            `json:"command"`
	Started   string            `json:"started"` // RFC 3339
	Seconds   float64           `json:"seconds"`
	From      provenance.Record `json:"provenance"`
	Notebooks []NotebookResult  `json:"notebooks"`
	Claims    []ClaimResult     `json:"claims"`
	Rows      []Row             `json:"rows"`
}

// NotebookResult says how the run of one notebook ended.
type NotebookResult struct {
	Name    string   `json:"name"`
	Status  status   `json:"status"` // complete, failed, stopped or not run
	Error   string   `json:"error,omitempty"`
	Notes   []string `json:"notes,omitempty"` // on cells that did not fail
	Seconds float64  `json:"seconds"`
}

// ClaimResult is a claim of the paper with what the run found.
type ClaimResult struct {
	Claim    string  `json:"claim"`
	Place    string  `json:"place"` // in the paper
	Notebook string  `json:"notebook"`
	Finding  finding `json:"finding"`
	Reason   string  `json:"reason,omitempty"`
	TwoSided int     `json:"two_sided"` // rows that compare with a number
	OneSided int     `json:"one_sided"` // rows that compare with a bound
}

// Row is a row of a table of verdicts with the notebook, the data and the settings that
// it is about.
type Row struct {
	Notebook  string      `json:"notebook"`
	Quantity  string      `json:"quantity"`
	Paper     string      `json:"paper"`
	Predicted *float64    `json:"predicted"` // null if there is no prediction
	Measured  *float64    `json:"measured"`  // null if it is not a number
	Tolerance string      `json:"tolerance"`
	Verdict   pnc.Verdict `json:"verdict"`
	Data      string      `json:"data"`
	InPlaceOf string      `json:"stand_in"` // the data set of the claim, if the data replace it
	Preset    string      `json:"preset"`
}

// rows lists the rows of all tables of a run.
func rows(run *notebook.Run) []Row {
	var all []Row
	for _, table := range run.Verdicts {
		for _, v := range table.Rows {
			all = append(all, Row{
				run.Notebook.Name(), v.Quantity, v.Paper, existing(v.Predicted), existing(v.Measured), v.Tolerance,
				v.Verdict, table.Data, table.InPlaceOf, table.Preset,
			})
		}
	}
	return all
}

// existing returns nil for NaN and infinities, which JSON cannot hold.
func existing(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// results collects the results of the notebooks that have run, in their order.
func (r *Report) results() Results {
	all := Results{
		Format: resultsVersion, Command: r.command, Started: r.started.Format(time.RFC3339), Seconds: r.elapsed().Seconds(),
		From: r.from, Notebooks: []NotebookResult{}, Claims: []ClaimResult{}, Rows: []Row{},
	}
	for _, name := range r.names {
		n := NotebookResult{Name: name, Status: r.pages[name].Status, Error: r.pages[name].Error, Notes: r.pages[name].Notes}
		if run := r.runs[name]; run != nil {
			n.Seconds = run.Duration.Seconds()
			all.Rows = append(all.Rows, rows(run)...)
		}
		all.Notebooks = append(all.Notebooks, n)
	}
	for i, j := range judgeAll(r.runs, r.pages) {
		c := claims[i]
		reason := ""
		switch j.Finding {
		case conditional:
			reason = c.condition
		case otherScale:
			reason = c.scale
		case unexplained:
			reason = c.settings
		case untried, fails:
			reason = string(j.Reason)
		}
		all.Claims = append(all.Claims, ClaimResult{c.statement, c.place, c.notebook, j.Finding, reason, j.TwoSided, j.OneSided})
	}
	return all
}

// writeResults writes results.json.
func (r *Report) writeResults() error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r.results()); err != nil {
		return fmt.Errorf("results.json: %w", err)
	}
	return atomicfile.WriteFile(filepath.Join(r.dir, "results.json"), b.Bytes())
}

// ReadResults reads the results of the report in a folder. The error is one line that
// names the file.
func ReadResults(dir string) (*Results, error) {
	path := filepath.Join(dir, "results.json")
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s is not a report: it has no results.json", dir)
	}
	if err != nil {
		return nil, err
	}
	// A row takes 130 bytes and its numbers 16, and lists grow by a quarter.
	if err := budget.JSON(b, budget.Cost{Object: 320, Element: 24, Field: 64, Depth: 20}); err != nil {
		return nil, fmt.Errorf("%s: not the results of a report: %w", path, err)
	}
	var r Results
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("%s: not the results of a report, or of a version before 0.6: run reproduce again", path)
	}
	if r.Format != resultsVersion {
		return nil, fmt.Errorf("%s has format %d, this program reads format %d: run reproduce again, or use the version that wrote it", path, r.Format, resultsVersion)
	}
	return &r, nil
}
