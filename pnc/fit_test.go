package pnc

import (
	"math"
	"testing"

	"pnclab/pnc/internal/approx"
)

func TestExponent(t *testing.T) {
	x := []float64{0.1, 0.2, 0.7, 3}
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = 5 * math.Pow(v, -1.75)
	}
	approx.Equal(t, "exponent", Exponent(x, y), -1.75, 1e-14, 0)
	y[2] = 0
	if b := Exponent(x, y); !math.IsNaN(b) {
		t.Errorf("exponent with a value of zero: %v", b)
	}
}
