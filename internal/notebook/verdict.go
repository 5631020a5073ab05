package notebook

import (
	"encoding/json"

	"pnclab/pnc"
)

// collectVerdicts finds the tables of verdicts in the outputs.
func (run *Run) collectVerdicts() error {
	for i, c := range run.Notebook.CodeCells() {
		for _, o := range c.Outputs {
			v, ok := o.Data[pnc.VerdictsMIME]
			if !ok {
				continue
			}
			table, err := ParseVerdicts(v)
			if err != nil {
				return &CellError{Notebook: run.Notebook.Name(), Cell: i + 1, Reason: "verdict table: " + err.Error()}
			}
			run.Verdicts = append(run.Verdicts, table)
		}
	}
	return nil
}

// ParseVerdicts decodes an output of type [pnc.VerdictsMIME]: a JSON object, or a string
// that holds one.
func ParseVerdicts(v any) (*pnc.Verdicts, error) {
	text, ok := v.(string)
	if !ok {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		text = string(b)
	}
	table := new(pnc.Verdicts)
	if err := json.Unmarshal([]byte(text), table); err != nil {
		return nil, err
	}
	return table, nil
}

// Tally counts the verdicts of all tables of the run.
func (run *Run) Tally() pnc.Tally {
	var t pnc.Tally
	for _, table := range run.Verdicts {
		t.Add(table.Tally())
	}
	return t
}
