package plotting

import "pnclab/pnc"

// Compression draws C_l over the layers on a logarithmic axis, where a geometric
// decay is a straight line, with a fitted line for every measurement. The legend
// gives its rate and R².
func Compression(traces ...Trace) *Figure {
	return overLayers(CompressionOf, CompressionOf.read, pnc.FitGeometric, traces)
}

// CompressionDiscrimination draws C_l on a logarithmic axis on the left and D_l
// on the right over the same layers. It panics unless all traces are made of
// evaluations; for values of a single quantity use [Twin].
func CompressionDiscrimination(traces ...Trace) *Figure {
	for _, t := range traces {
		if t.runs != nil {
			panic("plotting: CompressionDiscrimination needs evaluations, but " + t.label + " has values of one quantity")
		}
	}
	f := Twin(Layers(CompressionOf, suffixed(traces, `, $C_\ell$`)...), Layers(DiscriminationOf, suffixed(traces, `, $D_\ell$`)...))
	f.Name = "compression-discrimination"
	return f
}

// suffixed returns the traces with a suffix on their labels.
func suffixed(traces []Trace, suffix string) []Trace {
	long := make([]Trace, len(traces))
	for i, t := range traces {
		t.label += suffix
		long[i] = t
	}
	return long
}
