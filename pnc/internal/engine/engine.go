package engine

import (
	"fmt"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/samples"
)

// Engine holds a network in the precision T. It must not be used by several
// goroutines at once.
type Engine[T gemm.Float] struct {
	layers []layer[T]
	work   *workshop[T]

	input  []T   // B×in, samples as rows, or in×B if the first layer is a convolution
	rows   [][]T // a few samples before they are transposed to an input in×B, for each goroutine
	size   int   // B, samples in the current batch
	room   int   // largest number of samples per batch
	labels []int
	dout   []T    // K×B, gradient of the output
	dfeat  [2][]T // gradients of the features of two layers
	column []T    // scratch for one column of the output

	spans []span[T] // of the parameters that are not fused
	loads recycled[loading[T]]
	steps recycled[update[T]]
	adam  adamMemory[T]
}

// workshop is what the layers of an engine share: goroutines, and memory for their
// passes.
type workshop[T gemm.Float] struct {
	crew      *crew.Crew
	forwards  rowPasses[forwardPass[T]]
	backwards rowPasses[backwardPass[T]]
	descents  rowPasses[descent[T]]
	convs     recycled[convPass[T]]
	pools     recycled[poolPass[T]]
	strideds  recycled[stridedPass[T]]
	winograds recycled[winogradPass[T]]
	scratch   []*scratch[T] // one for each goroutine
	kernels   []T           // 36 × O × C, transformed by Winograd's algorithm
	partial   []T           // sections × 36 × O × C, sums of gradients of the kernels
}

func newWorkshop[T gemm.Float]() *workshop[T] {
	w := &workshop[T]{crew: crew.New()}
	w.forwards.rows = (*forwardPass[T]).do
	w.backwards.rows = (*backwardPass[T]).do
	w.descents.rows = (*descent[T]).do
	return w
}

// convert copies src to dst, which has the same length, in the precision of dst.
func convert[D, S gemm.Float](dst []D, src []S) {
	for i, v := range src {
		dst[i] = D(v)
	}
}

// New returns an engine for training on batches of at most room samples that
// starts from the weights of the layers. It panics if a skip comes from a layer that
// does not exist or has another shape.
func New[T gemm.Float](layers []Layer, room int) *Engine[T] {
	e := build[T](layers, room, true)
	out := e.layers[len(e.layers)-1].out
	e.dout = make([]T, out*room)
	e.column = make([]T, out)
	widest := 0
	for i := range e.layers {
		widest = max(widest, e.layers[i].out, len(e.layers[i].y)/room)
	}
	for i := range e.dfeat {
		e.dfeat[i] = make([]T, widest*room)
	}
	e.spans = e.cut()
	return e
}

// NewInference returns an engine for forward passes outside training only.
func NewInference[T gemm.Float](layers []Layer, room int) *Engine[T] {
	return build[T](layers, room, false)
}

func build[T gemm.Float](layers []Layer, room int, training bool) *Engine[T] {
	e := &Engine[T]{room: room, work: newWorkshop[T](), input: make([]T, room*layers[0].in())}
	var shared []T // scratch of BatchNorm, of which every layer has its own in training
	if !training {
		largest := 0
		for i := range layers {
			largest = max(largest, layers[i].largestNorm())
		}
		shared = make([]T, largest*room)
	}
	for i := range layers {
		e.layers = append(e.layers, newLayer(&layers[i], e.work, room, training, shared))
	}
	for i := len(layers) - 1; i >= 0; i-- { // in the order of the backward pass
		s := e.layers[i].skip
		if s == nil {
			continue
		}
		if s.from < 1 || s.from > i || s.features(e.layers[s.from-1].out) != len(e.layers[i].y)/room {
			panic(fmt.Sprintf("pnc: layer %s cannot skip from layer %d", layers[i].Name, s.from))
		}
		if source := &e.layers[s.from-1]; training {
			if source.extra == nil {
				source.extra = make([]T, source.out*room)
				s.first = true
			}
			s.extra = source.extra
		}
	}
	return e
}

// Depth returns the number of layers.
func (e *Engine[T]) Depth() int { return len(e.layers) }

// Size returns the number of samples in the current batch.
func (e *Engine[T]) Size() int { return e.size }

// Out returns the number of features of layer l ≥ 1.
func (e *Engine[T]) Out(l int) int { return e.layers[l-1].out }

// Store copies the weights and statistics into layers, which may be those passed to
// New or others of the same shapes.
func (e *Engine[T]) Store(layers []Layer) {
	for i := range e.layers {
		e.layers[i].store(&layers[i])
	}
}

// Load makes the samples with the given indices, and their labels, the current
// batch. It panics if there are too many.
func (e *Engine[T]) Load(set samples.Set, labels, index []int) {
	if len(index) > e.room {
		panic(fmt.Sprintf("pnc: batch of %d samples in an engine for at most %d", len(index), e.room))
	}
	e.size = len(index)
	e.labels = e.labels[:0]
	for _, j := range index {
		e.labels = append(e.labels, labels[j])
	}
	in, grain := e.layers[0].in, transposeRows
	if e.layers[0].conv == nil {
		grain = crew.Grain(in)
	} else {
		for len(e.rows) < e.work.crew.Size() {
			e.rows = append(e.rows, make([]T, transposeRows*in))
		}
	}
	p := e.loads.take(loading[T]{e, set, index})
	e.work.crew.Run(len(index), grain, p)
	e.loads.give(p)
}

// loading is a call of Load.
type loading[T gemm.Float] struct {
	engine *Engine[T]
	set    samples.Set
	index  []int
}

// transposeRows is the number of samples that are transposed together.
const transposeRows = 16

// Do loads samples from ≤ i < to.
func (p *loading[T]) Do(from, to, worker int) {
	e := p.engine
	in := e.layers[0].in
	if e.layers[0].conv == nil {
		samples.Rows(e.input[from*in:], p.set, p.index[from:to])
		return
	}
	for ; from < to; from += transposeRows {
		rows, n := e.rows[worker], min(transposeRows, to-from)
		samples.Rows(rows, p.set, p.index[from:from+n])
		for r := range in {
			column := e.input[r*e.size+from:][:n]
			for k := range column {
				column[k] = rows[k*in+r]
			}
		}
	}
}

// Features returns the features×batch matrix of layer l ≥ 1 of the batch.
func (e *Engine[T]) Features(l int) []T {
	layer := &e.layers[l-1]
	return layer.a[:layer.out*e.size]
}

// Input returns the samples of the batch, batch×features if rows is set and
// features×batch otherwise.
func (e *Engine[T]) Input() (z []T, rows bool) {
	return e.input[:e.layers[0].in*e.size], e.layers[0].conv == nil
}

// before returns the features that layer l ≥ 1 takes.
func (e *Engine[T]) before(l int) features[T] {
	if l == 1 {
		z, rows := e.Input()
		return features[T]{z, rows}
	}
	return features[T]{e.Features(l - 1), false}
}

// features are the features of a batch, batch×features if rows is set and
// features×batch otherwise.
type features[T gemm.Float] struct {
	z    []T
	rows bool
}

// stride returns the leading dimension of dim features of b samples.
func (f features[T]) stride(dim, b int) int {
	if f.rows {
		return dim
	}
	return b
}

// Forward computes the features of every layer up to and including layer to.
// With training set, BatchNorm uses and records the statistics of the batch.
func (e *Engine[T]) Forward(to int, training bool) {
	for l := 1; l <= to; l++ {
		layer := &e.layers[l-1]
		var add []T
		if s := layer.skip; s != nil {
			add = e.Features(s.from)
			if s.layer != nil {
				s.layer.forward(features[T]{add, false}, nil, e.size, training)
				add = s.layer.a
			}
		}
		layer.forward(e.before(l), add, e.size, training)
	}
}

// Matrix gives access to the matrix of layer l ≥ 1: its elements, its row stride,
// and its gradient, which Backward computes, in the same layout.
func (e *Engine[T]) Matrix(l int) (value []T, stride int, gradient []T) {
	w := &e.layers[l-1].w
	return w.value, w.stride, w.gradient()
}

// SetMatrix replaces the matrix of Layers[l-1] by value, which has the same layout.
func (e *Engine[T]) SetMatrix(l int, value []T) {
	if w := &e.layers[l-1].w; len(value) != len(w.value) {
		panic(fmt.Sprintf("pnc: %d elements for a matrix of %d", len(value), len(w.value)))
	} else {
		w.value = value
	}
}

// EachState calls f for every array that training changes: parameters, the averages
// of their gradients and running statistics.
func (e *Engine[T]) EachState(f func([]T)) {
	for i := range e.layers {
		e.layers[i].eachState(f)
	}
}

// EachParam calls f for every parameter array with the gradient that Backward
// computed, in the order W, bias, γ, β of each layer and then those of its skip.
// Rows of a matrix have cols elements and are stride apart; other arrays are one
// row. Arrays that a layer does not have are empty.
func (e *Engine[T]) EachParam(f func(value, gradient []T, cols, stride int)) {
	for i := range e.layers {
		e.layers[i].eachParam(func(p *param[T]) {
			f(p.value, p.grad, p.cols, p.stride)
		})
	}
}
