package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pnclab/pnc"
)

func TestDiff(t *testing.T) {
	number := func(v float64) *float64 { return &v }
	row := func(notebook, quantity string, measured, predicted *float64, tolerance string, v pnc.Verdict) Row {
		return Row{Notebook: notebook, Quantity: quantity, Measured: measured, Predicted: predicted, Tolerance: tolerance, Verdict: v}
	}
	ran := []NotebookResult{{Name: "01", Status: complete}, {Name: "02", Status: complete}}
	before := &Results{Notebooks: ran, Rows: []Row{
		row("01", "same", number(1), number(1), "5 %", pnc.Pass),
		row("01", "within", number(1), number(1), "5 %", pnc.Pass),
		row("01", "twice", number(1), number(1), "5 %", pnc.Pass),
		row("01", "twice", number(2), number(2), "1 %", pnc.Pass),
		row("01", "error", number(4), nil, "± 0.5; no theory of it", pnc.Note),
		row("01", "error, moved", number(4), nil, "± 0.5", pnc.Note),
		row("01", "bar", number(100), nil, "≥ 1", pnc.Pass),
		row("01", "bar, moved", number(100), nil, "≥ 1", pnc.Pass),
		row("01", "undefined", number(1), nil, "≥ 1", pnc.Pass),
		row("01", "verdict", number(1), nil, "≥ 1", pnc.Pass),
		row("01", "gone", number(1), nil, "≥ 1", pnc.Pass),
		row("03", "not run the second time", number(1), nil, "≥ 1", pnc.Pass),
	}}
	after := &Results{Notebooks: ran, Rows: []Row{
		row("01", "same", number(1), number(1), "5 %", pnc.Pass),
		row("01", "within", number(1.04), number(1), "5 %", pnc.Pass),
		row("01", "twice", number(1.04), number(1), "5 %", pnc.Pass),
		row("01", "twice", number(2.03), number(2), "1 %", pnc.Pass),
		row("01", "error", number(5.4), nil, "± 0.4; no theory of it", pnc.Note), // 2√2 · 0.5 = 1.414
		row("01", "error, moved", number(5.5), nil, "± 0.5", pnc.Note),
		row("01", "bar", number(105), nil, "≥ 1", pnc.Pass),
		row("01", "bar, moved", number(106), nil, "≥ 1", pnc.Pass),
		row("01", "undefined", nil, nil, "≥ 1", pnc.Pass),
		row("01", "verdict", number(1), nil, "≥ 1", pnc.StandIn),
		row("02", "new", number(1), nil, "≥ 1", pnc.Pass),
	}}
	var got []string
	for _, c := range Diff(before, after) {
		kind := "explained"
		switch {
		case c.Before == nil || c.After == nil:
			kind = "alone"
		case c.Judgement():
			kind = "judged"
		case c.Moved():
			kind = "moved"
		case c.Identical():
			kind = "identical"
		}
		got = append(got, kind)
	}
	want := "identical explained explained moved explained moved explained moved moved judged alone alone"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	if s := Diff(before, after)[3].String(); s != "01: twice: 2 pass → 2.03 pass (±0.02 explained)" {
		t.Errorf("described as %q", s)
	}
}

func TestReadResultsBad(t *testing.T) {
	for content, want := range map[string]string{
		"":              "is not a report: it has no results.json",
		"[]":            "not the results of a report, or of a version before",
		`{"format": 9}`: "has format 9, this program reads format 1",
	} {
		dir := t.TempDir()
		if content != "" {
			if err := os.WriteFile(filepath.Join(dir, "results.json"), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := ReadResults(dir); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want one line with %q", content, err, want)
		}
	}
}
