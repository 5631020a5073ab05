package pnc

import (
	"math"
	"testing"
)

func TestHistoryBelow(t *testing.T) {
	h := &History{Loss: []float64{4, 3, math.NaN(), 1, 2, 0.5}}
	for _, c := range []struct {
		loss float64
		want int
	}{{5, 1}, {4, 2}, {3, 4}, {1, 6}, {0.5, -1}} {
		if got := h.Below(c.loss); got != c.want {
			t.Errorf("Below(%g) = %d, want %d", c.loss, got, c.want)
		}
	}
	if got := new(History).Below(1); got != -1 {
		t.Errorf("of no epochs: %d", got)
	}
}
