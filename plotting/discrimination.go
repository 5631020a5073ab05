package plotting

import "pnclab/pnc"

// DiscriminationOf is D_l of a layer.
var DiscriminationOf = Quantity{
	Name: "discrimination", Title: "Between-class discrimination", Label: `$D_\ell$`, Symbol: `$D_\ell$`,
	Of: func(m pnc.LayerMeasures) float64 { return m.D },
}

// Discrimination draws D_l over the layers, with the fitted line of every
// measurement. Its slope and R² are in the legend.
func Discrimination(traces ...Trace) *Figure {
	return overLayers(DiscriminationOf, pnc.FitLinear, traces)
}
