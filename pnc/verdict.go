package pnc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"pnclab/internal/budget"
)

// Verdict says how a measured quantity compares with its expected value.
type Verdict string

// The verdicts.
const (
	Pass Verdict = "pass" // the measurement meets the expectation
	Fail Verdict = "fail" // it does not
	Note Verdict = "note" // there is no claim: the row is informative
	// StandIn: the measurement meets the expectation, but on data made up in place of
	// those that the claim is about. It says that the program works, not that the
	// claim holds.
	StandIn Verdict = "stand-in"
)

// VerdictsMIME is the MIME type of [Verdicts] as JSON in a notebook output, for
// programs, beside the table for readers.
const VerdictsMIME = "application/vnd.pnclab.verdicts+json"

// Verdicts is the table at the end of a notebook: what the paper says, what the
// theory predicts, what was measured, and the verdict. As JSON it is
//
//	{"data": "nearly orthonormal, N=30, d=50", "preset": "quick",
//	 "rows": [{"quantity": "C_2/C_1", "paper": ".283", "predicted": 0.2846,
//	           "measured": 0.2828, "tolerance": "1 %", "verdict": "pass"}]}
//
// with "stand_in": "CIFAR-10" where the data replace those.
type Verdicts struct {
	Data   string `json:"data"`   // the data that the rows are about
	Preset string `json:"preset"` // the settings of the measurement
	// InPlaceOf is the data set that the claims are about, if the data are a stand-in
	// for it: see Dataset.StandIn. Rows that pass then have the verdict [StandIn].
	InPlaceOf string       `json:"stand_in,omitempty"`
	Rows      []VerdictRow `json:"rows"`
}

// VerdictRow is one quantity of a table of verdicts.
type VerdictRow struct {
	Quantity  string  `json:"quantity"`
	Paper     string  `json:"paper"` // as printed in the paper, or empty
	Predicted float64 `json:"-"`     // NaN if there is no prediction
	Measured  float64 `json:"-"`
	Tolerance string  `json:"tolerance"`
	Verdict   Verdict `json:"verdict"`
}

// OneSided reports whether the row has a bar that the measurement must reach and not a
// value that it must agree with: a weaker test.
func (r VerdictRow) OneSided() bool {
	return strings.HasPrefix(r.Tolerance, "≥") || strings.HasPrefix(r.Tolerance, "≤")
}

// MarshalJSON writes the row with null for NaN and 1e999 for infinity.
func (r VerdictRow) MarshalJSON() ([]byte, error) {
	type plain VerdictRow
	return json.Marshal(struct {
		plain
		Predicted jsonNumber `json:"predicted"`
		Measured  jsonNumber `json:"measured"`
	}{plain(r), jsonNumber(r.Predicted), jsonNumber(r.Measured)})
}

// UnmarshalJSON reads a table. Absent fields are empty; the error is one line that
// names the row and the problem.
func (v *Verdicts) UnmarshalJSON(data []byte) error {
	var table struct {
		Data, Preset string
		InPlaceOf    string `json:"stand_in"`
		Rows         []json.RawMessage
	}
	// A row is text first, and then a VerdictRow of 80 bytes.
	if err := budget.JSON(data, budget.Cost{Object: 240, Element: 60, Field: 64, Depth: 20}); err != nil {
		return fmt.Errorf("a table of verdicts: %w", err)
	}
	if err := json.Unmarshal(data, &table); err != nil {
		return errors.New("a table of verdicts is an object with the strings data, preset and stand_in and the list rows")
	}
	rows := make([]VerdictRow, len(table.Rows))
	for i, row := range table.Rows {
		if err := rows[i].UnmarshalJSON(row); err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	*v = Verdicts{Data: table.Data, Preset: table.Preset, InPlaceOf: table.InPlaceOf, Rows: rows}
	return nil
}

// UnmarshalJSON reads a row. The predicted and the measured value are numbers, NaN
// if they are null or absent; the value printed in the paper and the tolerance are
// strings or numbers. It returns an error if there is no quantity or no known
// verdict.
func (r *VerdictRow) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // the paper's value keeps its digits
	var fields map[string]any
	if err := d.Decode(&fields); err != nil {
		return errors.New("not a JSON object")
	}
	var err error
	text := func(name string) string {
		switch v := fields[name].(type) {
		case nil:
			return ""
		case string:
			return v
		case json.Number:
			return v.String()
		default:
			err = fmt.Errorf("%s is neither a string nor a number", name)
			return ""
		}
	}
	number := func(name string) float64 {
		switch v := fields[name].(type) {
		case nil:
			return math.NaN()
		case json.Number:
			var f jsonNumber
			if e := f.UnmarshalJSON([]byte(v)); e != nil {
				err = e
			}
			return float64(f)
		default:
			err = fmt.Errorf("%s is neither a number nor null", name)
			return 0
		}
	}
	row := VerdictRow{text("quantity"), text("paper"), number("predicted"), number("measured"), text("tolerance"), Verdict(text("verdict"))}
	switch {
	case err != nil:
		return err
	case row.Quantity == "":
		return errors.New("no quantity")
	case !slices.Contains([]Verdict{Pass, Fail, Note, StandIn}, row.Verdict):
		return fmt.Errorf("verdict %.60q is not one of pass, fail, note, stand-in", row.Verdict)
	}
	*r = row
	return nil
}

// NewVerdicts returns an empty table for measurements on the given data.
func NewVerdicts(data, preset string) *Verdicts { return &Verdicts{Data: data, Preset: preset} }

// VerdictsOn returns an empty table for measurements on one data set. If it is a
// stand-in, rows that pass have the verdict [StandIn].
func VerdictsOn(data *Dataset, preset string) *Verdicts {
	return &Verdicts{Data: data.String(), Preset: preset, InPlaceOf: data.StandIn}
}

// Within adds a row that passes if measured differs from predicted by at most
// the relative tolerance rel.
func (v *Verdicts) Within(quantity, paper string, predicted, measured, rel float64) {
	ok := math.Abs(measured-predicted) <= rel*math.Abs(predicted)
	v.add(quantity, paper, predicted, measured, fmt.Sprintf("%.3g %%", 100*rel), ok)
}

// WithinEach adds a row like [Verdicts.Within] for every pair of predicted and
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

// Note adds a row without a claim, with the reason in remark.
func (v *Verdicts) Note(quantity, paper string, predicted, measured float64, remark string) {
	v.Rows = append(v.Rows, VerdictRow{quantity, paper, predicted, measured, remark, Note})
}

// Failed returns the number of rows that failed.
func (v *Verdicts) Failed() int { return v.Tally().Fail }

// Tally holds the number of rows with each verdict.
type Tally struct{ Pass, StandIn, Fail, Note int }

// Tally counts the rows of the table.
func (v *Verdicts) Tally() Tally {
	var t Tally
	for _, r := range v.Rows {
		switch r.Verdict {
		case Pass:
			t.Pass++
		case StandIn:
			t.StandIn++
		case Fail:
			t.Fail++
		case Note:
			t.Note++
		}
	}
	return t
}

// Add adds the counts of another table.
func (t *Tally) Add(u Tally) {
	t.Pass += u.Pass
	t.StandIn += u.StandIn
	t.Fail += u.Fail
	t.Note += u.Note
}

// Total returns the number of all rows.
func (t Tally) Total() int { return t.Pass + t.StandIn + t.Fail + t.Note }

// String returns the counts that are not zero, such as "93 pass, 65 on stand-in data,
// 1 note".
func (t Tally) String() string {
	var parts []string
	for _, c := range []struct {
		n    int
		what string
	}{{t.Pass, "pass"}, {t.StandIn, "on stand-in data"}, {t.Fail, "fail"}, {t.Note, "note"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	if parts == nil {
		return "no verdicts"
	}
	return strings.Join(parts, ", ")
}

func (v *Verdicts) add(quantity, paper string, predicted, measured float64, tolerance string, ok bool) {
	verdict := Fail
	switch {
	case ok && v.InPlaceOf != "":
		verdict = StandIn
	case ok:
		verdict = Pass
	}
	v.Rows = append(v.Rows, VerdictRow{quantity, paper, predicted, measured, tolerance, verdict})
}
