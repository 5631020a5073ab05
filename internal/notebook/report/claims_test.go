package report

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"pnclab/internal/notebook"
	"pnclab/pnc"
)

// TestClaims checks that every claim names a notebook that exists and has expressions
// that compile. That they match rows is checked where the notebooks run.
func TestClaims(t *testing.T) {
	entries, err := os.ReadDir("../../../notebooks")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range claims {
		found := 0
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), c.notebook+"_") {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s: %d notebooks are called %s_", c.statement, found, c.notebook)
		}
		for _, expression := range []string{c.rows, c.shown} {
			if _, err := regexp.Compile(expression); err != nil || expression == "" {
				t.Errorf("%s: expression %q: %v", c.statement, expression, err)
			}
		}
	}
}

// TestJudge checks what is found for every combination of rows.
func TestJudge(t *testing.T) {
	row := func(quantity, tolerance string, v pnc.Verdict) pnc.VerdictRow {
		return pnc.VerdictRow{Quantity: quantity, Measured: 0.25, Predicted: 0.24, Paper: ".2", Tolerance: tolerance, Verdict: v}
	}
	run := func(standIn string, rows ...pnc.VerdictRow) *notebook.Run {
		return &notebook.Run{Notebook: &notebook.Notebook{Path: "01_x.ipynb"}, Verdicts: []*pnc.Verdicts{{InPlaceOf: standIn, Rows: rows}}}
	}
	both := run("", row("C_2", "≥ 1", pnc.Pass), row("C_3", "≥ 1", pnc.Pass))
	both.Verdicts = append(both.Verdicts, run("MNIST", row("C_1", "5 %", pnc.StandIn)).Verdicts...)
	plain := claim{statement: "it falls", notebook: "01", rows: "^C", shown: "^C_1"}
	under, scaled, set := plain, plain, plain
	under.condition, scaled.scale, set.settings = "if $x$", "too small", "at a larger rate"
	others := run("", row("C_1", "why", pnc.Note)) // and a table without such rows, on a stand-in
	others.Verdicts = append(others.Verdicts, run("MNIST", row("D", "5 %", pnc.StandIn)).Verdicts...)
	for name, test := range map[string]struct {
		claim   claim
		run     *notebook.Run
		want    finding
		reason  string
		basis   string
		numbers string
	}{
		"holds":              {plain, run("", row("C_1", "5 %", pnc.Pass), row("C_2", "≥ 1", pnc.Pass), row("D", "≥ 1", pnc.Fail)), holds, "", "1 two-sided row, 1 bar", "<strong>0.2500</strong>; predicted 0.2400; paper: .2"},
		"condition":          {under, run("", row("C_1", "≤ 1", pnc.Pass), row("C_2", "≥ 1", pnc.Pass)), conditional, "if <math>", "2 bars", "C<sub>1</sub>"},
		"one fails":          {under, run("", row("C_1", "5 %", pnc.Pass), row("C_2", "≥ 1", pnc.Fail)), fails, "1 pass, 1 fail", "1 two-sided row, 1 bar", "C<sub>1</sub>"},
		"only notes":         {scaled, run("", row("C_1", "why", pnc.Note)), otherScale, "too small", "", "C<sub>1</sub>"},
		"with the settings":  {set, run("", row("C_1", "why", pnc.Note)), unexplained, "at a larger rate", "", "C<sub>1</sub>"},
		"others stand-in":    {set, others, unexplained, "at a larger rate", "", "C<sub>1</sub>"},
		"stand-in":           {plain, run("MNIST", row("C_1", "5 %", pnc.StandIn)), untried, "on stand-in data only: no MNIST was found", "", ""},
		"notes of stand-in":  {scaled, run("MNIST", row("C_1", "why", pnc.Note)), untried, "no MNIST was found", "", ""},
		"fails on stand-in":  {plain, run("MNIST", row("C_1", "5 %", pnc.Fail)), fails, "1 fail", "1 two-sided row", ""},
		"partly stand-in":    {under, both, conditional, "</math>; further rows on stand-in data: 1 (no MNIST was found)", "2 bars", ""},
		"no row of stand-in": {plain, run("MNIST", row("D", "5 %", pnc.StandIn)), untried, "on stand-in data only: no MNIST was found", "", ""},
		"no row":             {plain, run("", row("D", "5 %", pnc.Pass)), untried, "no row about it", "", ""},
		"not run":            {plain, nil, untried, "the notebook has not run", "", ""},
	} {
		j := test.claim.judge(test.run)
		if j.Finding != test.want || !strings.Contains(string(j.Reason), test.reason) || (test.reason == "") != (j.Reason == "") || j.Basis() != test.basis || !strings.Contains(string(j.Numbers()), test.numbers) || (test.numbers == "") != (j.Numbers() == "") {
			t.Errorf("%s: %q, reason %q, basis %q, numbers %q", name, j.Finding, j.Reason, j.Basis(), j.Numbers())
		}
	}
	if got := Unmatched(run("", row("C_1", "5 %", pnc.Pass))); len(got) == 0 {
		t.Error("claims of notebook 01 match a table that has no rows of it")
	}
}
