package pnc

import "math"

// MinimalDepth returns the first layer from which on the nearest class mean is wrong for
// no more than the given share of the samples (Galanti, Galanti, Ben-Shaul 2022: the
// effective depth), from its accuracies at every layer, NC4 without a classifier or
// NCCtest; -1 if there is none.
func MinimalDepth(accuracies []float64, share float64) int {
	return sustained(accuracies, 1-share)
}

// TunnelStart returns the first layer from which on a linear probe has at least the
// given share of its accuracy at the last layer (Masarczyk et al. 2023, with a share of
// 0.95), from its accuracies at every layer, such as probeTest; -1 if that of the last
// is undefined.
func TunnelStart(accuracies []float64, share float64) int {
	if len(accuracies) == 0 {
		return -1
	}
	return sustained(accuracies, share*accuracies[len(accuracies)-1])
}

// sustained returns the first index from which on all values are at least least, -1 if
// the last one is not. NaN is not.
func sustained(values []float64, least float64) int {
	from := -1
	for i := len(values) - 1; i >= 0 && values[i] >= least && !math.IsNaN(least); i-- {
		from = i
	}
	return from
}
