package pnc

import (
	"fmt"

	"pnclab/pnc/internal/gemm"
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
// rows. Only the input keeps samples as rows, the way data sets deliver it. No
// step allocates.
type engine[T gemm.Float] struct {
	layers []engineLayer[T]
	alpha  T

	input  []T // B×in, samples as rows
	size   int // B, samples in the batch at hand
	room   int // samples there is room for
	labels []int
	dout   []T // K×B, gradient of the output
	dfeat  [2][]T
	column []T // scratch for one column of the output
}

// engineLayer is one layer with its parameters, features and gradients.
type engineLayer[T gemm.Float] struct {
	in, out int
	w, bias param[T]
	norm    *engineNorm[T]
	relu    bool
	a       []T // out×B, the features this layer makes
}

// param is a parameter array with its gradient and its momentum.
type param[T gemm.Float] struct{ value, grad, velocity []T }

// newParam returns a parameter with the given values, or an empty one.
func newParam[T gemm.Float](values []float64) param[T] {
	if values == nil {
		return param[T]{}
	}
	p := param[T]{make([]T, len(values)), make([]T, len(values)), make([]T, len(values))}
	convert(p.value, values)
	return p
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
	e := &engine[T]{alpha: T(alpha), room: room, input: make([]T, room*net.In())}
	widest := 0
	for _, l := range net.Layers {
		out, in := l.W.Dims()
		el := engineLayer[T]{
			in: in, out: out, relu: l.ReLU,
			w:    newParam[T](l.W.RawMatrix().Data),
			bias: newParam[T](l.Bias),
			a:    make([]T, out*room),
		}
		if l.Norm != nil {
			el.norm = newEngineNorm[T](l.Norm, room)
		}
		e.layers = append(e.layers, el)
		widest = max(widest, out)
	}
	e.dout = make([]T, net.Out()*room)
	e.column = make([]T, net.Out())
	for i := range e.dfeat {
		e.dfeat[i] = make([]T, widest*room)
	}
	return e
}

// store copies the weights and statistics into net, the network the engine was
// made from or one of the same shape.
func (e *engine[T]) store(net *Network) {
	for i := range e.layers {
		from, to := &e.layers[i], &net.Layers[i]
		convert(to.W.RawMatrix().Data, from.w.value)
		convert(to.Bias, from.bias.value)
		if from.norm != nil {
			from.norm.store(to.Norm)
		}
	}
}

// load makes the samples of data with the given indices the batch at hand.
func (e *engine[T]) load(data *Dataset, index []int) {
	if len(index) > e.room {
		panic(fmt.Sprintf("pnc: batch of %d samples in an engine for %d", len(index), e.room))
	}
	e.size = len(index)
	e.labels = e.labels[:0]
	in := e.layers[0].in
	for i, j := range index {
		e.labels = append(e.labels, data.Labels[j])
		switch row := any(e.input[i*in : (i+1)*in]).(type) {
		case []float64:
			data.samples.row(row, j)
		case []float32:
			data.samples.row32(row, j)
		}
	}
}

// features returns the features×batch matrix of layer l ≥ 1 of the batch.
func (e *engine[T]) features(l int) []T {
	layer := &e.layers[l-1]
	return layer.a[:layer.out*e.size]
}

// forward computes the features of every layer up to and including layer to.
// With training set, BatchNorm uses and records the statistics of the batch.
func (e *engine[T]) forward(to int, training bool) {
	b := e.size
	for l := range e.layers[:to] {
		layer := &e.layers[l]
		if l == 0 {
			gemm.Mul(false, true, layer.out, b, layer.in, 1, layer.w.value, layer.in, e.input, layer.in, 0, layer.a, b)
		} else {
			gemm.Mul(false, false, layer.out, b, layer.in, 1, layer.w.value, layer.in, e.layers[l-1].a, b, 0, layer.a, b)
		}
		layer.finish(b, training)
	}
}

// finish adds the bias to W·A and applies BatchNorm and ReLU.
func (l *engineLayer[T]) finish(b int, training bool) {
	for r, v := range l.bias.value {
		row := l.a[r*b : (r+1)*b]
		for i := range row {
			row[i] += v
		}
	}
	if l.norm != nil {
		l.norm.forward(l.a, b, training)
	}
	if l.relu {
		relu(l.a[:l.out*b])
	}
}

// backward computes the gradients of all parameters from dout, the gradient of
// the output of the batch at hand, after a forward pass in training mode.
func (e *engine[T]) backward() {
	b := e.size
	dz := e.dout
	for l := len(e.layers) - 1; l >= 0; l-- {
		layer := &e.layers[l]
		if layer.relu {
			reluBackward(dz[:layer.out*b], layer.a)
		}
		if layer.norm != nil {
			layer.norm.backward(dz, b)
		}
		for r := range layer.bias.grad {
			var sum T
			for _, v := range dz[r*b : (r+1)*b] {
				sum += v
			}
			layer.bias.grad[r] = sum
		}
		if l == 0 {
			gemm.Mul(false, false, layer.out, layer.in, b, 1, dz, b, e.input, layer.in, 0, layer.w.grad, layer.in)
			break
		}
		gemm.Mul(false, true, layer.out, layer.in, b, 1, dz, b, e.layers[l-1].a, b, 0, layer.w.grad, layer.in)
		da := e.dfeat[l%2]
		gemm.Mul(true, false, layer.in, b, layer.out, 1, layer.w.value, layer.in, dz, b, 0, da, b)
		dz = da
	}
}

// update takes one step of gradient descent with momentum m and weight decay λ
// on every parameter p with gradient g, as torch.optim.SGD does:
//
//	v ← m v + g + λ p,   p ← p - η v
func (e *engine[T]) update(lr, momentum, decay float64) {
	for i := range e.layers {
		e.layers[i].eachParam(func(p *param[T]) { p.update(T(lr), T(momentum), T(decay)) })
	}
}

// eachParam calls f for every parameter array of the layer.
func (l *engineLayer[T]) eachParam(f func(*param[T])) {
	f(&l.w)
	f(&l.bias)
	if l.norm != nil {
		f(&l.norm.gamma)
		f(&l.norm.beta)
	}
}

func (p *param[T]) update(lr, momentum, decay T) {
	for i, g := range p.grad {
		v := momentum*p.velocity[i] + g + decay*p.value[i]
		p.velocity[i] = v
		p.value[i] -= lr * v
	}
}

// relu sets x to max(0, x) and keeps NaN.
func relu[T gemm.Float](x []T) {
	for i, v := range x {
		if v < 0 {
			x[i] = 0
		}
	}
}

// reluBackward clears the gradient where the ReLU's output a is not positive.
func reluBackward[T gemm.Float](dz, a []T) {
	for i := range dz {
		if a[i] <= 0 {
			dz[i] = 0
		}
	}
}
