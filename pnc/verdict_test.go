package pnc

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// TestVerdicts checks the verdict of every kind of row at its tolerance, and its
// JSON.
func TestVerdicts(t *testing.T) {
	v := NewVerdicts("data", "quick")
	v.Within("a", "1", 1, 1.0099, 0.01)
	v.Within("b", "", 1, 0.9899, 0.01)
	v.Within("negative", "", -2, -2.01, 0.01)
	v.Within("nan", "", 1, math.NaN(), 0.01)
	v.AtLeast("c", "", 0.5, 0.5)
	v.AtMost("d", "", 0.5, 0.51)
	v.AtLeast("nan", "", 0.5, math.NaN())
	v.Note("e", "7", math.NaN(), 8, "why")
	v.WithinEach("C_#/C_@", []string{".29"}, []float64{1, 2}, []float64{1, 3}, 0.1)
	want := []Verdict{Pass, Fail, Pass, Fail, Pass, Fail, Fail, Note, Pass, Fail}
	for i, r := range v.Rows {
		if r.Verdict != want[i] {
			t.Errorf("row %s: %s, want %s", r.Quantity, r.Verdict, want[i])
		}
	}
	if v.Failed() != 5 {
		t.Errorf("%d failed, want 5", v.Failed())
	}
	if r := v.Rows[9]; r.Quantity != "C_2/C_1" || r.Paper != "" || v.Rows[8].Paper != ".29" {
		t.Errorf("last row %+v", r)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if s := string(b); !strings.Contains(s, `"measured":null`) || !strings.Contains(s, `"predicted":null,"measured":8`) {
		t.Errorf("stored as %s", s)
	}
}

// TestVerdictsOnStandIn checks that nothing measured on a stand-in counts as a pass,
// and that what fails on it is a failure all the same.
func TestVerdictsOnStandIn(t *testing.T) {
	tempData(t)
	v := VerdictsOn(Must(Images{Set: "cifar-10", PerClass: 2}.Generate(1)), "quick")
	v.Within("a", "1", 1, 1, 0.01)
	v.AtMost("b", "1", 1, 2)
	v.Note("c", "1", 1, 1, "why")
	if got, want := v.Tally(), (Tally{StandIn: 1, Fail: 1, Note: 1}); got != want || got.String() != "1 on stand-in data, 1 fail, 1 note" {
		t.Errorf("tally %v, want %v", got, want)
	}
	var back Verdicts
	if err := json.Unmarshal(Must(json.Marshal(v)), &back); err != nil || back.InPlaceOf != "CIFAR-10" || back.Tally() != v.Tally() {
		t.Errorf("read %+v, %v; wrote %+v", back, err, v)
	}
}

// TestVerdictsRoundTrip reads back written tables, including values that JSON cannot
// represent as numbers.
func TestVerdictsRoundTrip(t *testing.T) {
	v := NewVerdicts("some <data>", "quick")
	v.Within("C_1/C_0", ".290", 0.1+0.2, 1e-300, 0.01)
	v.Note("b", "", math.NaN(), math.Inf(1), "why")
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back Verdicts
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if back.Data != v.Data || back.Preset != v.Preset || len(back.Rows) != 2 || back.Rows[0] != v.Rows[0] {
		t.Errorf("read %+v, wrote %+v", back, v)
	}
	if r := back.Rows[1]; !math.IsNaN(r.Predicted) || !math.IsInf(r.Measured, 1) || r.Tolerance != "why" || r.Verdict != Note {
		t.Errorf("second row %+v", r)
	}
	if got, want := back.Tally(), (Tally{Fail: 1, Note: 1}); got != want || got.String() != "1 fail, 1 note" || got.Total() != 2 {
		t.Errorf("tally %v, want %v", got, want)
	}
	if got := (Tally{}).String(); got != "no verdicts" {
		t.Errorf("the empty tally is %q", got)
	}
}

// TestVerdictsFromElsewhere reads tables written by other programs: fields may be
// absent, and the value of the paper may be a number.
func TestVerdictsFromElsewhere(t *testing.T) {
	const text = `{"rows": [{"quantity": "a", "paper": 0.280, "tolerance": 5, "verdict": "pass", "more": [1]}], "other": 1}`
	var v Verdicts
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	if r := v.Rows[0]; r.Paper != "0.280" || r.Tolerance != "5" || !math.IsNaN(r.Predicted) || !math.IsNaN(r.Measured) {
		t.Errorf("row %+v", r)
	}
	for text, want := range map[string]string{
		`3`:                               "a table of verdicts is an object",
		`{"rows": {}}`:                    "a table of verdicts is an object",
		`{"data": 1}`:                     "a table of verdicts is an object",
		`{"rows": [3]}`:                   "row 1: not a JSON object",
		`{"rows": [null]}`:                "row 1: no quantity",
		`{"rows": [{"verdict": "pass"}]}`: "row 1: no quantity",
		`{"rows": [{"quantity": "a"}]}`:   `row 1: verdict "" is not one of pass, fail, note, stand-in`,
		`{"rows": [{"quantity": "a", "verdict": "pass"}, {"quantity": "b", "verdict": "ok"}]}`: `row 2: verdict "ok" is not one of pass, fail, note, stand-in`,
		`{"rows": [{"quantity": "a", "verdict": "pass", "measured": "0.3"}]}`:                  "row 1: measured is neither a number nor null",
		`{"rows": [{"quantity": "a", "verdict": "pass", "paper": [1]}]}`:                       "row 1: paper is neither a string nor a number",
	} {
		err := json.Unmarshal([]byte(text), &v)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", text, err, want)
		}
	}
	if len(v.Rows) != 1 || v.Rows[0].Quantity != "a" {
		t.Errorf("a table that cannot be read changed the value to %+v", v)
	}
}
