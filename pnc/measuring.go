package pnc

import "fmt"

// MeasureOptions say what to measure and how. The zero value measures everything
// of every layer in float64.
type MeasureOptions struct {
	// Measures selects what to measure; 0 means Everything.
	Measures Measures
	// Layers selects layers by their index, 0 for the input; nil means all.
	Layers []int
	// Batch is the number of samples in a forward pass; 0 means 256, or fewer if
	// their features would take more than 256 MB.
	Batch int
	// Precision is the arithmetic of the forward pass. Sums are float64 always.
	Precision Precision
}

// withDefaults returns o with the documented defaults filled in, for net and
// data. It panics if there is no such layer.
func (o MeasureOptions) withDefaults(net *Network, data *Dataset) MeasureOptions {
	if o.Batch <= 0 {
		o.Batch = net.forwardBatch()
	}
	o.Batch = min(o.Batch, data.Len())
	if o.Layers == nil {
		for l := range net.Depth() {
			o.Layers = append(o.Layers, l)
		}
	}
	for _, l := range o.Layers {
		if l < 0 || l >= net.Depth() {
			panic(fmt.Sprintf("pnc: no layer %d to measure in a network of depth %d", l, net.Depth()))
		}
	}
	return o
}
