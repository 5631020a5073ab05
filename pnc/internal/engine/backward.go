package engine

import "pnclab/pnc/internal/vec"

// Backward computes the gradients of all parameters after a forward pass in training
// mode and Loss, which computes the gradient of the output.
func (e *Engine[T]) Backward() {
	e.backward(func(l *layer[T], dz []T, z features[T]) { l.weightGradient(dz, z, e.size) })
}

// backward processes the layers from the last to the first and calls weights for
// every matrix or convolution, with the gradient dz of W z and the features z, once
// W is no longer needed.
func (e *Engine[T]) backward(weights func(l *layer[T], dz []T, z features[T])) {
	dz, next, finished := e.dout, 0, false
	for l := len(e.layers); l >= 1; l-- {
		layer := &e.layers[l-1]
		dz = dz[:layer.out*e.size]
		if layer.extra != nil {
			vec.Axpy(1, layer.extra[:len(dz)], dz)
		}
		if layer.pool != nil {
			dy := e.dfeat[next][:layer.rows()*e.size]
			layer.pool.backward(dy, dz, layer.y, layer.a, e.size)
			dz, next = dy, 1-next
		}
		if !finished {
			layer.finishBackward(dz, e.size)
		}
		if layer.skip != nil {
			e.skipBackward(layer.skip, weights)
		}
		var da []T
		finished = false
		if l > 1 {
			da, next = e.dfeat[next][:layer.in*e.size], 1-next
			finished = layer.inputGradientThen(&e.layers[l-2], da, dz, e.size)
		}
		weights(layer, dz, e.before(l))
		dz = da
	}
}

// skipBackward adds the gradient that a skip has received to that of the features
// it comes from.
func (e *Engine[T]) skipBackward(s *skip[T], weights func(l *layer[T], dz []T, z features[T])) {
	source := &e.layers[s.from-1]
	extra := source.extra[:source.out*e.size]
	dz := s.dz[:s.features(source.out)*e.size]
	var beta T = 1
	if s.first {
		beta = 0
	}
	switch {
	case s.layer != nil:
		s.layer.finishBackward(dz, e.size)
		s.layer.inputGradient(extra, beta, dz, e.size)
		weights(s.layer, dz, features[T]{e.Features(s.from), false})
	case s.first:
		copy(extra, dz)
	default:
		vec.Axpy(1, dz, extra)
	}
}
