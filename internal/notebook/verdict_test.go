package notebook

import (
	"encoding/json"
	"strings"
	"testing"

	"pnclab/pnc"
)

func TestParseVerdicts(t *testing.T) {
	const text = `{"rows": [{"quantity": "a", "measured": 0.5, "verdict": "pass"}, {"quantity": "b", "verdict": "note"}], "data": "all"}`
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{text, object} {
		table, err := ParseVerdicts(value)
		if err != nil {
			t.Fatal(err)
		}
		if table.Data != "all" || len(table.Rows) != 2 || table.Rows[0].Measured != 0.5 || table.Rows[1].Verdict != pnc.Note {
			t.Errorf("table %+v", table)
		}
	}
	for _, value := range []any{"", "{", 3, map[string]any{"rows": []any{map[string]any{"quantity": "a"}}}} {
		if table, err := ParseVerdicts(value); err == nil || table != nil {
			t.Errorf("%v: %+v, error %v", value, table, err)
		}
	}
}

func TestCollectVerdictsNamesCell(t *testing.T) {
	nb := cells("show()")
	nb.Cells[1].Outputs = []*Output{{Type: DisplayData, Data: map[string]any{pnc.VerdictsMIME: "{"}}}
	err := (&Run{Notebook: nb}).collectVerdicts()
	if err == nil || !strings.HasPrefix(err.Error(), "test, cell [2]: verdict table: ") {
		t.Errorf("error %v", err)
	}
}
