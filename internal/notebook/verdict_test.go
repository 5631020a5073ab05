package notebook

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseVerdicts(t *testing.T) {
	const text = `{"rows": [
		{"quantity": "a", "paper": ".28", "predicted": 0.10, "measured": null, "verdict": "pass"},
		{"quantity": "b", "verdict": "note", "data": "own", "preset": "paper"}
	], "data": "all", "preset": "quick"}`
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{text, object} {
		rows, err := ParseVerdicts(value)
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		a, b := rows[0], rows[1]
		if a.Paper != ".28" || a.Measured != nil || a.Tolerance != nil || a.Data != "all" || a.Preset != "quick" {
			t.Errorf("first row %+v", a)
		}
		if b.Data != "own" || b.Preset != "paper" || b.Verdict != Note {
			t.Errorf("second row %+v", b)
		}
	}
	if rows, _ := ParseVerdicts(text); rows[0].Predicted != json.Number("0.10") {
		t.Errorf("predicted %v lost its digits", rows[0].Predicted)
	}
}

func TestParseVerdictsErrors(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
	}{
		{"", "EOF"},
		{"{", "EOF"},
		{3, "cannot unmarshal number"},
		{`{"rows": [{"verdict": "pass"}]}`, "row 1: no quantity"},
		{`{"rows": [{"quantity": "a", "verdict": "pass"}, {"quantity": "b", "verdict": "ok"}]}`, `row 2: verdict "ok" is none of pass, fail, note`},
		{`{"rows": [{"quantity": "a", "verdict": "pass", "measured": [1]}]}`, "row 1: [1] is neither a number nor a string"},
	} {
		if _, err := ParseVerdicts(test.value); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: error %v, want %q", test.value, err, test.want)
		}
	}
}

func TestCollectVerdictsNamesCell(t *testing.T) {
	nb := cells("show()")
	nb.Cells[1].Outputs = []*Output{{Type: DisplayData, Data: map[string]any{VerdictMIME: "{"}}}
	err := (&Run{Notebook: nb}).collectVerdicts()
	if err == nil || !strings.HasPrefix(err.Error(), "test, cell [2]: verdict table: ") {
		t.Errorf("error %v", err)
	}
}
