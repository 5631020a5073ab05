package pnc

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// TestVerdicts checks on which side of its tolerance every kind of row falls, and
// what is stored of it.
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
