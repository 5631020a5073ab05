package plotting

import (
	"math"

	"pnclab/pnc"
)

// Ratios draws C_{l+1}/C_l over the layers l: a horizontal line if compression is
// geometric. Values that are given directly, such as those of the paper, must be
// ratios already.
func Ratios(traces ...Trace) *Figure {
	q := Quantity{Name: "ratios", Title: "Compression by one layer", Label: `$C_{\ell+1}/C_\ell$`}
	f := overLayers(q, readRatios, nil, traces)
	// Ratios that are nearly equal should look so: the axis is no finer than a
	// quarter of their size.
	y := &f.panels[0][0].Y
	mid, half := (y.Min+y.Max)/2, (y.Max-y.Min)/2
	if least := math.Abs(mid) / 8; half < least {
		y.Min, y.Max = mid-least, mid+least
	}
	return f
}

// readRatios returns C_{l+1}/C_l of every layer l but the last.
func readRatios(ev *pnc.Evaluation) (layers, ratios []float64) {
	ratios = pnc.Ratios(ev.C())
	for l := range ratios {
		layers = append(layers, float64(ev.Layers[l].Layer))
	}
	return layers, ratios
}
