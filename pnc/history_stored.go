package pnc

import (
	"math"
	"slices"
)

// packHistory returns the series of a history as arrays to be stored: as text they
// would be most of an outcome, and most of the time that reading it takes. Of series
// that hardly ever change, such as a constant learning rate, it keeps values and how
// often each is repeated.
func packHistory(h *History) []any {
	return []any{h.Loss, packed(h.Accuracy), packed(h.LearningRate)}
}

// unpackHistory sets the series of a history to those of packHistory, and reports
// whether arrays are that.
func unpackHistory(h *History, arrays []any) bool {
	var series [3][]float64
	if len(arrays) != len(series) {
		return false
	}
	for i, a := range arrays {
		var ok bool
		if series[i], ok = a.([]float64); !ok {
			return false
		}
	}
	n := len(series[0])
	h.Loss = slices.Clip(series[0])
	var ok1, ok2 bool
	h.Accuracy, ok1 = unpacked(series[1], n)
	h.LearningRate, ok2 = unpacked(series[2], n)
	return ok1 && ok2
}

// packed returns pairs of a value and the number of times that it is repeated, or the
// series itself if that is not longer.
func packed(v []float64) []float64 {
	var pairs []float64
	for i, x := range v {
		if i == 0 || math.Float64bits(x) != math.Float64bits(v[i-1]) {
			pairs = append(pairs, x, 0)
		}
		pairs[len(pairs)-1]++
	}
	if len(pairs) >= len(v) {
		return v
	}
	return pairs
}

// unpacked returns the series of n values that packed was given, and false if there is
// none.
func unpacked(p []float64, n int) ([]float64, bool) {
	if len(p) == n { // pairs would be shorter
		return p, true
	}
	v := make([]float64, 0, n)
	for i := 0; i+1 < len(p); i += 2 {
		count := p[i+1]
		if !(count >= 1 && count <= float64(n-len(v))) || len(p)%2 == 1 {
			return nil, false
		}
		for range int(count) {
			v = append(v, p[i])
		}
	}
	return v, len(v) == n
}
