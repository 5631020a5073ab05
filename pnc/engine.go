package pnc

import (
	"fmt"

	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// engine holds a network in the precision T and runs it forward and backward.
//
// Features are stored features×batch, one feature a contiguous row of B samples,
// and weights out×in, so that the three products of a layer are
//
//	Z  = W A      forward
//	dA = Wᵀ dZ    gradient of the features
//	dW = dZ Aᵀ    gradient of the weights
//
// and everything that works feature by feature (bias, BatchNorm, ReLU) runs along
// rows. The features of an image are channels × height × width rows, so that a
// channel is contiguous as well. Only the input of a matrix keeps samples as rows,
// the way data sets deliver it. No step allocates.
type engine[T gemm.Float] struct {
	layers []engineLayer[T]
	alpha  T
	crew   *crew

	input  []T   // B×in, samples as rows, or in×B if the first layer is a convolution
	rows   [][]T // a few samples on their way to an input in×B, for each goroutine
	size   int   // B, samples in the batch at hand
	room   int   // samples there is room for
	labels []int
	dout   []T    // K×B, gradient of the output
	dfeat  [2][]T // gradients of the features of two layers
	column []T    // scratch for one column of the output

	spans   []span[T] // of the parameters that are not fused
	rates   rates[T]
	loading struct {
		from  *Dataset
		index []int
	}
	task struct{ load, update func(from, to, worker int) }
}

// convert copies src to dst, which has the same length, in the precision of dst.
func convert[D, S gemm.Float](dst []D, src []S) {
	for i, v := range src {
		dst[i] = D(v)
	}
}

// newEngine returns an engine for batches of at most room samples that starts
// from the weights of net.
func newEngine[T gemm.Float](net *Network, alpha float64, room int) *engine[T] {
	e := buildEngine[T](net, room, true)
	e.alpha = T(alpha)
	e.dout = make([]T, net.Out()*room)
	e.column = make([]T, net.Out())
	widest := 0
	for i := range e.layers {
		widest = max(widest, e.layers[i].out, len(e.layers[i].y)/room)
	}
	for i := range e.dfeat {
		e.dfeat[i] = make([]T, widest*room)
	}
	e.task.update = e.updateSpans
	e.spans = e.cut()
	return e
}

// newInference returns an engine that only runs forward, and not in training.
func newInference[T gemm.Float](net *Network, room int) *engine[T] {
	return buildEngine[T](net, room, false)
}

func buildEngine[T gemm.Float](net *Network, room int, training bool) *engine[T] {
	e := &engine[T]{room: room, crew: newCrew(), input: make([]T, room*net.In())}
	var shared []T // BatchNorm's scratch, which every layer has for itself in training
	if !training {
		largest := 0
		for i := range net.Layers {
			largest = max(largest, net.Layers[i].largestNorm())
		}
		shared = make([]T, largest*room)
	}
	for i := range net.Layers {
		e.layers = append(e.layers, newEngineLayer[T](&net.Layers[i], room, training, shared))
	}
	e.task.load = e.loadSamples
	for i := range e.layers {
		l := &e.layers[i]
		l.setUp(e.crew)
		if s := l.skip; s != nil {
			if s.from < 1 || s.from > i || s.features(e.layers[s.from-1].out) != len(l.y)/room {
				panic(fmt.Sprintf("pnc: layer %s cannot skip from layer %d", net.Layers[i].Name, s.from))
			}
			if s.layer != nil {
				s.layer.setUp(e.crew)
			}
			if source := &e.layers[s.from-1]; training && source.extra == nil {
				source.extra = make([]T, source.out*room)
			}
		}
	}
	return e
}

// store copies the weights and statistics into net, the network the engine was
// made from or one of the same shape.
func (e *engine[T]) store(net *Network) {
	for i := range e.layers {
		e.layers[i].store(&net.Layers[i])
	}
}

// load makes the samples of data with the given indices the batch at hand.
func (e *engine[T]) load(data *Dataset, index []int) {
	if len(index) > e.room {
		panic(fmt.Sprintf("pnc: batch of %d samples in an engine for %d", len(index), e.room))
	}
	e.size = len(index)
	e.labels = e.labels[:0]
	for _, j := range index {
		e.labels = append(e.labels, data.Labels[j])
	}
	e.loading.from, e.loading.index = data, index
	if e.layers[0].conv == nil {
		e.crew.run(len(index), grainFor(e.layers[0].in), e.task.load)
		return
	}
	for len(e.rows) < e.crew.size() {
		e.rows = append(e.rows, make([]T, transposeRows*e.layers[0].in))
	}
	e.crew.run(len(index), transposeRows, e.task.load)
}

// transposeRows is the number of samples that are turned from rows to columns
// together.
const transposeRows = 16

func (e *engine[T]) loadSamples(from, to, worker int) {
	in, s, index := e.layers[0].in, e.loading.from.samples, e.loading.index
	if e.layers[0].conv == nil {
		loadRows(e.input[from*in:], s, index[from:to], in)
		return
	}
	for ; from < to; from += transposeRows {
		rows, n := e.rows[worker], min(transposeRows, to-from)
		loadRows(rows, s, index[from:from+n], in)
		for r := range in {
			column := e.input[r*e.size+from:][:n]
			for k := range column {
				column[k] = rows[k*in+r]
			}
		}
	}
}

// loadRows writes the samples with the given indices to the rows of dst.
func loadRows[T gemm.Float](dst []T, s samples, index []int, dim int) {
	for i, j := range index {
		switch row := any(dst[i*dim : (i+1)*dim]).(type) {
		case []float64:
			s.row(row, j)
		case []float32:
			s.row32(row, j)
		}
	}
}

// features returns the features×batch matrix of layer l ≥ 1 of the batch.
func (e *engine[T]) features(l int) []T {
	layer := &e.layers[l-1]
	return layer.a[:layer.out*e.size]
}

// before returns the features that layer l ≥ 1 takes, and whether they are those
// of an input with samples as rows.
func (e *engine[T]) before(l int) (z []T, rows bool) {
	if l == 1 {
		return e.input[:e.layers[0].in*e.size], e.layers[0].conv == nil
	}
	return e.features(l - 1), false
}

// forward computes the features of every layer up to and including layer to.
// With training set, BatchNorm uses and records the statistics of the batch.
func (e *engine[T]) forward(to int, training bool) {
	for l := 1; l <= to; l++ {
		layer := &e.layers[l-1]
		if s := layer.skip; s != nil {
			layer.add = e.features(s.from)
			if s.layer != nil {
				s.layer.forward(layer.add, false, e.size, training)
				layer.add = s.layer.a
			}
		}
		z, rows := e.before(l)
		layer.forward(z, rows, e.size, training)
	}
}

// backward computes the gradients of all parameters from dout, the gradient of
// the output of the batch at hand, after a forward pass in training mode.
func (e *engine[T]) backward() { e.backwardWith(nil) }

// backwardWith is backward that updates the fused parameters on the way, if there
// are rates to do it with.
func (e *engine[T]) backwardWith(r *rates[T]) {
	for i := range e.layers {
		e.layers[i].marked = false
	}
	dz, next, finished := e.dout, 0, false
	for l := len(e.layers); l >= 1; l-- {
		layer := &e.layers[l-1]
		dz = dz[:layer.out*e.size]
		if layer.marked {
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
			e.skipBackward(layer.skip, r)
		}
		z, rows := e.before(l)
		var da []T
		var below *engineLayer[T]
		if l > 1 {
			da, next = e.dfeat[next][:layer.in*e.size], 1-next
			below = &e.layers[l-2]
		}
		finished = layer.mapBackward(da, 0, dz, z, rows, e.size, r, below)
		dz = da
	}
}

// skipBackward adds the gradient that a skip has received to that of the features
// it comes from.
func (e *engine[T]) skipBackward(s *engineSkip[T], r *rates[T]) {
	source := &e.layers[s.from-1]
	extra := source.extra[:source.out*e.size]
	var beta T
	if source.marked {
		beta = 1
	}
	source.marked = true
	dz := s.dz[:s.features(source.out)*e.size]
	if s.layer != nil {
		s.layer.finishBackward(dz, e.size)
		s.layer.mapBackward(extra, beta, dz, e.features(s.from), false, e.size, r, nil)
		return
	}
	if beta == 0 {
		copy(extra, dz)
	} else {
		vec.Axpy(1, dz, extra)
	}
}

// eachParam calls f for every parameter array.
func (e *engine[T]) eachParam(f func(*param[T])) {
	for i := range e.layers {
		e.layers[i].eachParam(f)
	}
}
