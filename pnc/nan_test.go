package pnc

import (
	"math"
	"testing"
)

// TestBrokenFeatures checks that networks whose features are NaN, infinite, zero
// or tiny are measured without a panic, with NaN for undefined quantities.
func TestBrokenFeatures(t *testing.T) {
	data := Must(Blobs{Classes: 3, PerClass: 5, Dim: 6, Spread: 0.3}.Generate(1))
	for _, weight := range []float64{math.NaN(), math.Inf(1), 0, 1e-300, 1e-160, 1e160} {
		net := MLP(4, 8).Build(data, PyTorchDefault(), 1)
		net.Layers[1].Norm, net.Layers[1].ReLU = nil, false
		net.Layers[1].W.Scale(0, net.Layers[1].W)
		for i := range 8 {
			net.Layers[1].W.Set(i, i, weight)
		}
		ev := Measure(net, data)
		m := ev.Layers[2]
		residual := Must(MeasureWith(t.Context(), net, data, &MeasureOptions{Measures: Residual})).Layers[2]
		if why := residual.Undefined["residual"]; (why == notFinite) != (math.IsNaN(weight) || math.IsInf(weight, 0)) {
			t.Errorf("weight %g: residual %g, undefined: %q", weight, residual.Residual, why)
		}
		if finite := weight != 0 && !math.IsNaN(weight) && !math.IsInf(weight, 0); finite != !math.IsNaN(m.C) {
			t.Errorf("weight %g: C = %g", weight, m.C)
		} else if finite && math.Abs(m.C/ev.Layers[1].C-1) > 1e-12 {
			t.Errorf("scaling by %g changes C from %g to %g", weight, ev.Layers[1].C, m.C)
		}
		if math.IsNaN(weight) && (!math.IsNaN(m.D) || !math.IsNaN(m.NC1) || !math.IsNaN(m.Rank95)) {
			t.Errorf("NaN features have D = %g, NC1 = %g, rank %v", m.D, m.NC1, m.Rank95)
		}
		if weight == 1e160 && m.Rank95 != ev.Layers[1].Rank95 {
			t.Errorf("scaling by %g changes the rank from %v to %v", weight, ev.Layers[1].Rank95, m.Rank95)
		}
	}
}
