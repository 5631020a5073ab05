package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/engine"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/samples"
)

// Forward returns the features of the given layers, 0 (the input) to L (the
// output of the classifier), as N×d matrices with one row per sample, in evaluation
// mode and float64. If no layers are given, it returns all L+1. It holds all
// features in memory; [Measure] does not. It panics if the network does not fit the
// data or a layer does not exist.
func (n *Network) Forward(data *Dataset, layers ...int) []*mat.Dense {
	return n.forward(data, Float64, layers)
}

// forward is Forward in the given precision.
func (n *Network) forward(data *Dataset, p Precision, layers []int) []*mat.Dense {
	if n.In() != data.Dim() {
		panic(fmt.Sprintf("pnc: the network takes samples of dimension %d, not %d", n.In(), data.Dim()))
	}
	if len(layers) == 0 {
		for l := range n.Depth() + 1 {
			layers = append(layers, l)
		}
	}
	out := make([]*mat.Dense, len(layers))
	for i, l := range layers {
		if l < 0 || l > n.Depth() {
			panic(fmt.Sprintf("pnc: Forward: no layer %d in a network of depth %d", l, n.Depth()))
		}
		if l == 0 {
			out[i] = data.X()
		} else {
			out[i] = mat.NewDense(data.Len(), n.Layers[l-1].Out(), nil)
		}
	}
	room := min(n.forwardBatch(), data.Len())
	if single && p == Float32 {
		collect(newInference[float32](n, room), data, room, layers, out)
	} else {
		collect(newInference[float64](n, room), data, room, layers, out)
	}
	return out
}

// collect writes the features of the given layers, except the input, to out.
func collect[T gemm.Float](e *engine.Engine[T], data *Dataset, room int, layers []int, out []*mat.Dense) {
	deepest := 0
	for _, l := range layers {
		deepest = max(deepest, l)
	}
	index := make([]int, 0, room)
	for from := 0; from < data.Len() && deepest > 0; from += room {
		index = index[:0]
		for i := from; i < min(from+room, data.Len()); i++ {
			index = append(index, i)
		}
		e.Load(data.samples, data.Labels, index)
		e.Forward(deepest, false)
		for i, l := range layers {
			if l == 0 {
				continue
			}
			z := e.Features(l)
			for r := range e.Out(l) {
				for c := range e.Size() {
					out[i].Set(from+c, r, float64(z[r*e.Size()+c]))
				}
			}
		}
	}
}

// forwardBatch returns the number of samples in a forward batch: 256, or fewer if
// their features would take more than 256 MB.
func (n *Network) forwardBatch() int {
	values := n.In()
	for i := range n.Layers {
		values += n.Layers[i].mapShape().Dim() + n.Layers[i].Out()
	}
	return max(16, min(256, 1<<25/values))
}

// featuresOf returns the features of layer l as a data set, or an error that names the
// first feature that is no number in the given precision.
func (n *Network) featuresOf(data *Dataset, l int, p Precision) (*Dataset, error) {
	z := n.forward(data, p, []int{l})[0]
	for i := range data.Len() {
		for j, v := range z.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				remedy := "the weights are too large, or training diverged"
				if p == Float32 {
					remedy += "; with Precision Float64 features can be larger"
				}
				return nil, fmt.Errorf("feature %d of sample %d of %s is %v in layer %d (%s): %s", j, i, data.Name, v, l, n.layerName(l), remedy)
			}
		}
	}
	return data.derived(data.Name, samples.Dense{Dense: z}, data.Labels, data.ClassNames)
}
