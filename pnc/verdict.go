package pnc

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// Verdict says how a measured quantity compares with what was expected of it.
type Verdict string

// The verdicts.
const (
	Pass Verdict = "pass" // the measurement meets the expectation
	Fail Verdict = "fail" // it does not
	Note Verdict = "note" // nothing was claimed: the row informs
)

// Verdicts is the table at the end of a notebook: what the paper says, what the
// theory predicts, what was measured, and the verdict.
type Verdicts struct {
	Data   string       `json:"data"`   // the data the rows hold for
	Preset string       `json:"preset"` // the settings they were measured with
	Rows   []VerdictRow `json:"rows"`
}

// VerdictRow is one quantity of a table of verdicts.
type VerdictRow struct {
	Quantity  string  `json:"quantity"`
	Paper     string  `json:"paper"` // as printed there, or empty
	Predicted float64 `json:"-"`     // NaN where nothing is predicted
	Measured  float64 `json:"-"`
	Tolerance string  `json:"tolerance"`
	Verdict   Verdict `json:"verdict"`
}

// MarshalJSON writes the row with null for numbers that do not exist.
func (r VerdictRow) MarshalJSON() ([]byte, error) {
	type plain VerdictRow
	return json.Marshal(struct {
		plain
		Predicted jsonNumber `json:"predicted"`
		Measured  jsonNumber `json:"measured"`
	}{plain(r), jsonNumber(r.Predicted), jsonNumber(r.Measured)})
}

// NewVerdicts returns an empty table for measurements on the given data.
func NewVerdicts(data, preset string) *Verdicts { return &Verdicts{Data: data, Preset: preset} }

// Within adds a row that passes if measured differs from predicted by at most
// the relative tolerance rel.
func (v *Verdicts) Within(quantity, paper string, predicted, measured, rel float64) {
	ok := math.Abs(measured-predicted) <= rel*math.Abs(predicted)
	v.add(quantity, paper, predicted, measured, fmt.Sprintf("%.3g %%", 100*rel), ok)
}

// WithinEach adds a row as [Verdicts.Within] for every pair of predicted and
// measured values. The quantity of row i is quantity with every # replaced by i+1
// and every @ by i, such as "C_#/C_@".
func (v *Verdicts) WithinEach(quantity string, paper []string, predicted, measured []float64, rel float64) {
	if len(predicted) != len(measured) {
		panic(fmt.Sprintf("pnc: %d predictions for %d measurements", len(predicted), len(measured)))
	}
	for i := range predicted {
		printed := ""
		if i < len(paper) {
			printed = paper[i]
		}
		name := strings.NewReplacer("#", fmt.Sprint(i+1), "@", fmt.Sprint(i)).Replace(quantity)
		v.Within(name, printed, predicted[i], measured[i], rel)
	}
}

// AtLeast adds a row that passes if measured is at least bound.
func (v *Verdicts) AtLeast(quantity, paper string, bound, measured float64) {
	v.add(quantity, paper, math.NaN(), measured, fmt.Sprintf("≥ %.5g", bound), measured >= bound)
}

// AtMost adds a row that passes if measured is at most bound.
func (v *Verdicts) AtMost(quantity, paper string, bound, measured float64) {
	v.add(quantity, paper, math.NaN(), measured, fmt.Sprintf("≤ %.5g", bound), measured <= bound)
}

// Note adds a row about which nothing is claimed, with the reason in remark.
func (v *Verdicts) Note(quantity, paper string, predicted, measured float64, remark string) {
	v.Rows = append(v.Rows, VerdictRow{quantity, paper, predicted, measured, remark, Note})
}

// Failed returns the number of rows that failed.
func (v *Verdicts) Failed() int {
	n := 0
	for _, r := range v.Rows {
		if r.Verdict == Fail {
			n++
		}
	}
	return n
}

func (v *Verdicts) add(quantity, paper string, predicted, measured float64, tolerance string, ok bool) {
	verdict := Fail
	if ok {
		verdict = Pass
	}
	v.Rows = append(v.Rows, VerdictRow{quantity, paper, predicted, measured, tolerance, verdict})
}
