package plotting

import (
	"math"

	"pnclab/pnc"
)

// Ratios draws C_{l+1}/C_l over the layers l: a horizontal line where the
// compression is geometric. Values given without an evaluation, such as those of
// the paper, must be ratios already.
func Ratios(traces ...Trace) *Figure {
	q := Quantity{
		Name: "ratios", Title: "Compression by one layer", Label: `$C_{\ell+1}/C_\ell$`,
		Of: func(m pnc.LayerMeasures) float64 { return m.C },
	}
	ratios := make([]Trace, len(traces))
	for i, t := range traces {
		evs := t.evs
		t.evs = make([]*pnc.Evaluation, len(evs))
		for j, ev := range evs {
			t.evs[j] = ratiosOf(ev)
		}
		ratios[i] = t
	}
	f := Layers(q, ratios...)
	// Ratios that are nearly equal should look so: the axis is no finer than a
	// quarter of their size.
	y := &f.panels[0][0].Y
	mid, half := (y.Min+y.Max)/2, (y.Max-y.Min)/2
	if least := math.Abs(mid) / 8; half < least {
		y.Min, y.Max = mid-least, mid+least
	}
	return f
}

// ratiosOf returns an evaluation whose C are the ratios of successive layers.
func ratiosOf(ev *pnc.Evaluation) *pnc.Evaluation {
	c := pnc.Ratios(ev.C())
	r := &pnc.Evaluation{Name: ev.Name, Layers: make([]pnc.LayerMeasures, len(c))}
	for l := range c {
		r.Layers[l] = pnc.LayerMeasures{Layer: ev.Layers[l].Layer, C: c[l]}
	}
	return r
}
