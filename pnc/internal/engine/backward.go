package engine

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
		if layer.pool != nil {
			dy := e.dfeat[next][:layer.rows()*e.size]
			layer.pool.backward(dy, dz, layer.y, layer.a, e.size)
			dz, next = dy, 1-next
		}
		if !finished {
			layer.finishBackward(dz, e.size)
		}
		if layer.skip != nil && layer.skip.layer != nil {
			e.skipBackward(layer.skip, weights)
		}
		var da []T
		finished = false
		switch {
		case l == 1:
		case e.layers[l-2].extra != nil: // all skips from these features have been added up
			da = e.layers[l-2].extra[:layer.in*e.size]
			layer.inputGradient(da, 1, dz, e.size)
		default:
			da, next = e.dfeat[next][:layer.in*e.size], 1-next
			finished = layer.inputGradientThen(&e.layers[l-2], da, dz, e.size)
		}
		weights(layer, dz, e.before(l))
		dz = da
	}
}

// skipBackward passes the gradient that the map of a skip has received on to the features
// it comes from.
func (e *Engine[T]) skipBackward(s *skip[T], weights func(l *layer[T], dz []T, z features[T])) {
	source := &e.layers[s.from-1]
	dz := s.dz[:s.layer.out*e.size]
	var beta T = 1
	if s.first {
		beta = 0
	}
	s.layer.finishBackward(dz, e.size)
	s.layer.inputGradient(s.extra[:source.out*e.size], beta, dz, e.size)
	weights(s.layer, dz, features[T]{e.Features(s.from), false})
}
