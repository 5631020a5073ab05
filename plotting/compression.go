package plotting

import "pnclab/pnc"

// Compression draws C_l over the layers on a logarithmic axis, where a geometric
// decay is a straight line, with the fitted line of every measurement. Its rate
// and R² are in the legend.
func Compression(traces ...Trace) *Figure {
	return overLayers(CompressionOf, CompressionOf.read, pnc.FitGeometric, traces)
}

// CompressionDiscrimination draws C_l on a logarithmic axis on the left and D_l
// on the right over the same layers. The traces must be measured or predicted;
// values of a single quantity go into a [Twin] of two figures.
func CompressionDiscrimination(traces ...Trace) *Figure {
	for _, t := range traces {
		if t.runs != nil {
			panic("plotting: CompressionDiscrimination cannot tell of which quantity the values of " + t.label + " are")
		}
	}
	f := Twin(Layers(CompressionOf, suffixed(traces, `, $C_\ell$`)...), Layers(DiscriminationOf, suffixed(traces, `, $D_\ell$`)...))
	f.Name = "compression-discrimination"
	return f
}

// suffixed returns traces with longer labels.
func suffixed(traces []Trace, suffix string) []Trace {
	long := make([]Trace, len(traces))
	for i, t := range traces {
		t.label += suffix
		long[i] = t
	}
	return long
}
