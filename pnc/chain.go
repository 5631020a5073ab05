package pnc

import (
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/engine"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// chainStepper trains all weights of a deep linear network by the method
// [Chain].
type chainStepper[T gemm.Float] struct {
	layers []chainLayer[T]
	// product is the network with the single layer P_0 = W_L ⋯ W_1: it runs on the
	// data and computes the loss, and its gradient is M_1.
	product  *fullStepper[T]
	settings Settings
	gradient []T // of one layer, for Adam
}

// chainLayer is a layer W_l with the two factors of its gradient P_lᵀ M_l.
type chainLayer[T gemm.Float] struct {
	out, in  int
	ld       int // leading dimension of matrices with in columns, in or more
	weight   []T // out×in
	velocity []T // out×in, momentum or m of Adam; nil without momentum, except for the classifier
	squares  []T // out×in, v of Adam; nil without it
	above    []T // K×out, P_l = W_L ⋯ W_{l+1}; nil for P_L = I
	below    []T // K×in, M_l = G (W_{l-1} ⋯ W_1)ᵀ
	product  []T // K×in, P_{l-1}
}

func newChainStepper[T gemm.Float](net *Network, data *Dataset, s Settings) *chainStepper[T] {
	k := net.Out()
	product := &Network{Layers: []Layer{{W: mat.NewDense(k, net.In(), nil)}}}
	c := &chainStepper[T]{
		layers: make([]chainLayer[T], net.Depth()), product: newFullStepper[T](product, data, s), settings: s,
	}
	// An engine may store the rows of a matrix with padding. The first layer, whose
	// product and gradient are those of the engine, does the same.
	end, stride, gradient := c.product.engine.Matrix(1)
	last := len(c.layers) - 1
	for i := last; i >= 0; i-- {
		l, w := &c.layers[i], net.Layers[i].W
		l.out, l.in = w.Dims()
		l.ld = l.in
		if i == 0 {
			l.ld = stride
		}
		l.weight = make([]T, l.out*l.ld)
		for r := range l.out {
			convert(l.weight[r*l.ld:][:l.in], w.RawRowView(r))
		}
		if s.Momentum != 0 || s.adapts() || i == last {
			l.velocity = make([]T, len(l.weight))
		}
		if s.adapts() {
			l.squares = make([]T, len(l.weight))
			if i < last && len(c.gradient) < len(l.weight) {
				c.gradient = make([]T, len(l.weight))
			}
		}
		switch i {
		case last:
			l.product = l.weight // P_{L-1} = W_L
		case 0:
			l.product = end
		default:
			l.product = make([]T, k*l.ld)
		}
		if i < last {
			l.above = c.layers[i+1].product
		}
		l.below = gradient
		if i > 0 {
			l.below = make([]T, k*l.ld)
		}
	}
	if last == 0 {
		c.product.engine.SetMatrix(1, c.layers[0].weight)
	}
	return c
}

func (c *chainStepper[T]) step(batch []int, lr float64, t int) (loss float64, correct int) {
	last := len(c.layers) - 1
	k := c.layers[last].out
	for i := last - 1; i >= 0; i-- {
		l := &c.layers[i]
		gemm.Mul(false, false, k, l.in, l.out, 1, l.above, l.out, l.weight, l.ld, 0, l.product, l.ld)
	}
	loss, correct = c.product.gradient(batch)
	m, decay := T(c.settings.Momentum), T(c.settings.WeightDecay)
	var adam vec.AdamRates[T]
	if c.settings.adapts() {
		adam = engine.AdamRates[T](c.settings.adam(lr, t))
	}
	for i := range last {
		l := &c.layers[i]
		gemm.Mul(false, true, k, l.out, l.in, 1, l.below, l.ld, l.weight, l.ld, 0, c.layers[i+1].below, l.out)
		if c.settings.adapts() {
			l.updateAdam(k, c.gradient, adam)
		} else {
			l.update(k, T(lr), m, decay)
		}
	}
	l := &c.layers[last]
	if c.settings.adapts() {
		vec.Adam(l.weight, l.velocity, l.squares, l.below, adam)
	} else {
		vec.SGD(l.weight, l.velocity, l.below, T(lr), m, decay)
	}
	return loss, correct
}

// updateAdam takes the step of Adam, with memory for the gradient aboveᵀ·below. What is
// between its rows belongs to other layers.
func (l *chainLayer[T]) updateAdam(k int, gradient []T, r vec.AdamRates[T]) {
	gemm.Mul(true, false, l.out, l.in, k, 1, l.above, l.out, l.below, l.ld, 0, gradient, l.ld)
	for i := 0; i < len(l.weight); i += l.ld {
		vec.Adam(l.weight[i:i+l.in], l.velocity[i:i+l.in], l.squares[i:i+l.in], gradient[i:i+l.in], r)
	}
}

// update takes the step that an engine would take with the gradient aboveᵀ·below.
func (l *chainLayer[T]) update(k int, lr, momentum, decay T) {
	if l.velocity == nil {
		gemm.Mul(true, false, l.out, l.in, k, -lr, l.above, l.out, l.below, l.ld, 1-lr*decay, l.weight, l.ld)
		return
	}
	gemm.Mul(true, false, l.out, l.in, k, 1, l.above, l.out, l.below, l.ld, momentum, l.velocity, l.ld)
	vec.Descend(l.weight, l.velocity, lr, decay)
}

func (c *chainStepper[T]) store(net *Network) {
	for i := range c.layers {
		l := &c.layers[i]
		for r := range l.out {
			convert(net.Layers[i].W.RawRowView(r), l.weight[r*l.ld:][:l.in])
		}
	}
}

func (c *chainStepper[T]) state() []any { return copies(c.eachState) }

func (c *chainStepper[T]) restore(s []any) error { return fillFrom(s, c.eachState) }

// eachState calls f for every array that training changes.
func (c *chainStepper[T]) eachState(f func([]T)) {
	for i := range c.layers {
		f(c.layers[i].weight)
		f(c.layers[i].velocity)
		if c.layers[i].squares != nil {
			f(c.layers[i].squares)
		}
	}
}
