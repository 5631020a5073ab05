package plotting

import "pnclab/pnc"

// Discrimination draws D_l over the layers, with a fitted line for every
// measurement. The legend gives its slope and R².
func Discrimination(traces ...Trace) *Figure {
	return overLayers(DiscriminationOf, DiscriminationOf.read, pnc.FitLinear, traces)
}
