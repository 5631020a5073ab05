package pnc

import (
	"pnclab/pnc/internal/engine"
	"pnclab/pnc/internal/gemm"
)

// engineLayers describes the layers to an engine. These share all weights and
// statistics with the network, so that Store of an engine changes the network.
func (n *Network) engineLayers() []engine.Layer {
	layers := make([]engine.Layer, len(n.Layers))
	for i := range n.Layers {
		layers[i] = n.Layers[i].engineLayer()
	}
	return layers
}

func (l *Layer) engineLayer() engine.Layer {
	e := engine.Layer{Name: l.Name, W: l.W, Bias: l.Bias, ReLU: l.ReLU}
	if l.Norm != nil {
		norm := engine.Norm(*l.Norm)
		e.Norm = &norm
	}
	if l.Conv != nil {
		e.Conv = &engine.Conv{In: engine.Shape(l.Conv.In), Kernel: l.Conv.Kernel, Stride: l.Conv.Stride}
	}
	if l.Pool != nil {
		l.Shape() // panics if the rectangles do not tile the images
		pool := engine.Pool(*l.Pool)
		e.Pool = &pool
	}
	if l.Skip != nil {
		e.Skip = &engine.Skip{From: l.Skip.From}
		if l.Skip.Map != nil {
			m := l.Skip.Map.engineLayer()
			e.Skip.Map = &m
		}
	}
	return e
}

// newInference returns an engine that evaluates n on batches of at most room
// samples.
func newInference[T gemm.Float](n *Network, room int) *engine.Engine[T] {
	return engine.NewInference[T](n.engineLayers(), room)
}
