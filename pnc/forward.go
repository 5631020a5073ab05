package pnc

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Forward returns the features of the given layers, 0 (the input) to L (the
// output of the classifier), as N×d matrices with a sample a row, in evaluation
// mode and float64. Without layers it returns all L+1 of them. It holds all
// features in memory; [Measure] does not. It panics if the network does not fit
// the data or there is no such layer.
func (n *Network) Forward(data *Dataset, layers ...int) []*mat.Dense {
	if n.In() != data.Dim() {
		panic(fmt.Sprintf("pnc: a network for samples of dimension %d, not %d", n.In(), data.Dim()))
	}
	if len(layers) == 0 {
		for l := range n.Depth() + 1 {
			layers = append(layers, l)
		}
	}
	deepest := 0
	out := make([]*mat.Dense, len(layers))
	for i, l := range layers {
		if l < 0 || l > n.Depth() {
			panic(fmt.Sprintf("pnc: Forward: no layer %d in a network of depth %d", l, n.Depth()))
		}
		deepest = max(deepest, l)
		if l == 0 {
			out[i] = data.X()
			continue
		}
		out[i] = mat.NewDense(data.Len(), n.Layers[l-1].Out(), nil)
	}
	batch := min(n.forwardBatch(), data.Len())
	e := newInference[float64](n, batch)
	index := make([]int, 0, batch)
	for from := 0; from < data.Len(); from += batch {
		index = index[:0]
		for i := from; i < min(from+batch, data.Len()); i++ {
			index = append(index, i)
		}
		e.load(data, index)
		e.forward(deepest, false)
		for i, l := range layers {
			if l == 0 {
				continue
			}
			z := e.features(l)
			for r := range e.layers[l-1].out {
				for c := range e.size {
					out[i].Set(from+c, r, z[r*e.size+c])
				}
			}
		}
	}
	return out
}

// forwardBatch returns the number of samples that are run forward together: 256,
// or fewer if their features would take more than 256 MB.
func (n *Network) forwardBatch() int {
	values := n.In()
	for i := range n.Layers {
		values += n.Layers[i].mapShape().Dim() + n.Layers[i].Out()
	}
	return max(16, min(256, 1<<25/values))
}
