package plotting

import "pnclab/pnc"

// Discrimination draws D_l over the layers, with the fitted line of every
// measurement. Its slope and R² are in the legend.
func Discrimination(traces ...Trace) *Figure {
	return overLayers(DiscriminationOf, DiscriminationOf.read, pnc.FitLinear, traces)
}
