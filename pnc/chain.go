package pnc

import (
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// chainStepper trains all weights of a deep linear network by the method
// [Chain].
type chainStepper[T gemm.Float] struct {
	layers []chainLayer[T]
	// product is the network of the one layer P_0 = W_L ⋯ W_1: it takes the data
	// and the loss, and its gradient is M_1.
	product  *fullStepper[T]
	settings Settings
}

// chainLayer is a layer W_l with the two factors of its gradient P_lᵀ M_l.
type chainLayer[T gemm.Float] struct {
	out, in  int
	weight   []T // out×in
	velocity []T // out×in; nil without momentum, the classifier's aside
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
	end := &c.product.layers[0].w
	for i := len(c.layers) - 1; i >= 0; i-- {
		l, w := &c.layers[i], net.Layers[i].W
		l.out, l.in = w.Dims()
		l.weight = make([]T, l.out*l.in)
		convert(l.weight, w.RawMatrix().Data)
		if s.Momentum != 0 || i == len(c.layers)-1 {
			l.velocity = make([]T, l.out*l.in)
		}
		switch {
		case i == len(c.layers)-1:
			l.product = l.weight // P_{L-1} = W_L
		case i == 0:
			l.product = end.value
		default:
			l.product = make([]T, k*l.in)
		}
		if i < len(c.layers)-1 {
			l.above = c.layers[i+1].product
		}
		l.below = end.gradient()
		if i > 0 {
			l.below = make([]T, k*l.in)
		}
	}
	if len(c.layers) == 1 {
		end.value = c.layers[0].weight
	}
	return c
}

func (c *chainStepper[T]) step(batch []int, lr float64) (loss float64, correct int) {
	k := c.product.layers[0].out
	last := len(c.layers) - 1
	for i := last - 1; i >= 0; i-- {
		l := &c.layers[i]
		gemm.Mul(false, false, k, l.in, l.out, 1, l.above, l.out, l.weight, l.in, 0, l.product, l.in)
	}
	loss, correct = c.product.gradient(batch)
	m, decay := T(c.settings.Momentum), T(c.settings.WeightDecay)
	for i := range last {
		l := &c.layers[i]
		gemm.Mul(false, true, k, l.out, l.in, 1, l.below, l.in, l.weight, l.in, 0, c.layers[i+1].below, l.out)
		l.update(k, T(lr), m, decay)
	}
	l := &c.layers[last]
	vec.SGD(l.weight, l.velocity, l.below, T(lr), m, decay)
	return loss, correct
}

// update takes the step that [engine.descend] takes with the gradient
// aboveᵀ·below.
func (l *chainLayer[T]) update(k int, lr, momentum, decay T) {
	if l.velocity == nil {
		gemm.Mul(true, false, l.out, l.in, k, -lr, l.above, l.out, l.below, l.in, 1-lr*decay, l.weight, l.in)
		return
	}
	gemm.Mul(true, false, l.out, l.in, k, 1, l.above, l.out, l.below, l.in, momentum, l.velocity, l.in)
	vec.Descend(l.weight, l.velocity, lr, decay)
}

func (c *chainStepper[T]) store(net *Network) {
	for i := range c.layers {
		convert(net.Layers[i].W.RawMatrix().Data, c.layers[i].weight)
	}
}

func (c *chainStepper[T]) state() [][]float64 { return copies(c.eachState) }

func (c *chainStepper[T]) restore(s [][]float64) error { return fillFrom(s, c.eachState) }

// eachState calls f for every array that training changes.
func (c *chainStepper[T]) eachState(f func([]T)) {
	for i := range c.layers {
		f(c.layers[i].weight)
		f(c.layers[i].velocity)
	}
}
