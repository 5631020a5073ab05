package notebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// VerdictMIME is the type under which a cell shows its verdict table to
// machines, beside the text/html for people: a JSON object, or a string that
// holds one,
//
//	{"rows": [{"quantity": "C_2/C_1", "paper": 0.283, "predicted": 0.2846,
//	           "measured": 0.2828, "tolerance": "1 %", "verdict": "pass"}],
//	 "data": "nearly orthonormal, N=30, d=50", "preset": "quick"}
const VerdictMIME = "application/vnd.pnclab.verdicts+json"

// The three verdicts.
const (
	Pass = "pass"
	Fail = "fail"
	Note = "note" // shown, not judged
)

// Verdict is one row of a verdict table. Paper, Predicted, Measured and
// Tolerance are numbers (json.Number, as the notebook wrote them), strings,
// or nil.
type Verdict struct {
	Notebook  string `json:"notebook"`
	Quantity  string `json:"quantity"`
	Paper     any    `json:"paper"`
	Predicted any    `json:"predicted"`
	Measured  any    `json:"measured"`
	Tolerance any    `json:"tolerance"`
	Verdict   string `json:"verdict"`
	Data      string `json:"data"`
	Preset    string `json:"preset"`
}

// collectVerdicts reads the rows of all verdict tables off the outputs.
func (run *Run) collectVerdicts() error {
	for i, c := range run.Notebook.CodeCells() {
		for _, o := range c.Outputs {
			v, ok := o.Data[VerdictMIME]
			if !ok {
				continue
			}
			rows, err := ParseVerdicts(v)
			if err != nil {
				return &CellError{Notebook: run.Notebook.Name(), Cell: i + 1, Reason: "verdict table: " + err.Error()}
			}
			for _, r := range rows {
				r.Notebook = run.Notebook.Name()
				run.Verdicts = append(run.Verdicts, r)
			}
		}
	}
	return nil
}

// ParseVerdicts reads the value of an output of type VerdictMIME.
func ParseVerdicts(v any) ([]Verdict, error) {
	text, ok := v.(string)
	if !ok {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		text = string(b)
	}
	var table struct {
		Rows         []Verdict
		Data, Preset string
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(&table); err != nil {
		return nil, err
	}
	for i := range table.Rows {
		r := &table.Rows[i]
		if r.Data == "" {
			r.Data = table.Data
		}
		if r.Preset == "" {
			r.Preset = table.Preset
		}
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return table.Rows, nil
}

func (v *Verdict) check() error {
	if v.Quantity == "" {
		return errors.New("no quantity")
	}
	if v.Verdict != Pass && v.Verdict != Fail && v.Verdict != Note {
		return fmt.Errorf("verdict %q is none of pass, fail, note", v.Verdict)
	}
	for _, x := range []any{v.Paper, v.Predicted, v.Measured, v.Tolerance} {
		switch x.(type) {
		case nil, string, json.Number:
		default:
			return fmt.Errorf("%v is neither a number nor a string", x)
		}
	}
	return nil
}
