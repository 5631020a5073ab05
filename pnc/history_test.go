package pnc

import (
	"math"
	"testing"

	"pnclab/pnc/internal/approx"
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
		t.Errorf("without epochs: %d", got)
	}
}

// TestHalfTimes checks interpolation on values of C that fall by powers of two, that
// overshoot, and that do not change.
func TestHalfTimes(t *testing.T) {
	h := &History{}
	for i, c := range [][]float64{{3, 16, 4}, {3, 16, 1}, {3, 2, 2}, {3, 1, 2}} {
		ev := &Evaluation{}
		for _, v := range c {
			ev.Layers = append(ev.Layers, LayerMeasures{C: v})
		}
		h.Snapshots = append(h.Snapshots, Snapshot{10 * i, ev})
	}
	times := h.HalfTimes()
	if !math.IsNaN(times[0]) {
		t.Errorf("C does not change, but is halfway at %v", times[0])
	}
	approx.All(t, "half times", times[1:], []float64{10 + 10*2/3., 10 * 0.25}, 1e-14, 0)
}
