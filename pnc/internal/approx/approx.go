// Package approx compares numbers in tests.
package approx

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats/scalar"
)

// Equal reports an error unless got is within the absolute tolerance atol or the
// relative tolerance rtol of want. Two NaN are equal.
func Equal(t *testing.T, what string, got, want, rtol, atol float64) {
	t.Helper()
	if math.IsNaN(got) && math.IsNaN(want) {
		return
	}
	if !scalar.EqualWithinAbsOrRel(got, want, atol, rtol) {
		t.Errorf("%s = %.17g, want %.17g (difference %.2g, relative %.2g; tolerance %g or %g relative)",
			what, got, want, got-want, (got-want)/want, atol, rtol)
	}
}

// All is Equal for every element. It reports the worst one.
func All(t *testing.T, what string, got, want []float64, rtol, atol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s has %d elements, want %d", what, len(got), len(want))
		return
	}
	worst, at := 0.0, -1
	for i := range got {
		if !scalar.EqualWithinAbsOrRel(got[i], want[i], atol, rtol) && !(math.Abs(got[i]-want[i]) <= worst) {
			worst, at = math.Abs(got[i]-want[i]), i
		}
	}
	if at >= 0 {
		t.Errorf("%s[%d] = %.17g, want %.17g (difference %.2g; tolerance %g or %g relative)", what, at, got[at], want[at], got[at]-want[at], atol, rtol)
	}
}
