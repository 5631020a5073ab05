package pnc

import (
	"math"
	"testing"
)

func TestTunnel(t *testing.T) {
	for _, test := range []struct {
		accuracies     []float64
		depth, tunnel  int
		share, ofFinal float64
	}{
		{[]float64{.5, .99, .7, .99, 1}, 3, 3, .02, .95},
		{[]float64{.5, .6, .8, .79, .8}, -1, 2, .02, .95},
		{[]float64{1, 1}, 0, 0, 0, 1},
		{[]float64{.9, math.NaN(), 1}, 2, 2, .1, .5},
		{[]float64{.9, math.NaN()}, -1, -1, .5, .5},
		{nil, -1, -1, .5, .5},
	} {
		if d, s := MinimalDepth(test.accuracies, test.share), TunnelStart(test.accuracies, test.ofFinal); d != test.depth || s != test.tunnel {
			t.Errorf("%v: depth %d, tunnel from %d, want %d, %d", test.accuracies, d, s, test.depth, test.tunnel)
		}
	}
}
