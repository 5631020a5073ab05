package pnc

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Architecture describes a feed-forward network: plain values that can be
// compared, printed and stored. [Linear], [MLP] and [Hybrid] make the paper's
// three kinds; fields can be changed afterwards.
type Architecture struct {
	// Depth is L, the number of linear maps including the classifier.
	Depth int
	// Width is the dimension of all hidden layers.
	Width int
	// Nonlinear is the number of hidden layers, counted from the input, that are
	// followed by BatchNorm (if set) and ReLU; the others are linear.
	Nonlinear int
	// BatchNorm puts batch normalisation between the linear map and the ReLU of
	// nonlinear layers.
	BatchNorm bool
	// Bias adds a bias vector to every linear map.
	Bias bool
}

// Linear returns the deep linear network of the given depth L, classifier
// included, and hidden width: f(x) = W_L ... W_1 x.
func Linear(depth, width int) Architecture { return Architecture{Depth: depth, Width: width} }

// MLP returns the multilayer perceptron of the given depth, classifier included,
// whose hidden layers are linear map, BatchNorm, ReLU.
func MLP(depth, width int) Architecture {
	return Architecture{Depth: depth, Width: width, Nonlinear: depth - 1, BatchNorm: true}
}

// Hybrid returns the network of the given depth, classifier included, whose
// first nonlinear hidden layers are linear map, BatchNorm, ReLU and whose other
// hidden layers are linear.
func Hybrid(depth, width, nonlinear int) Architecture {
	return Architecture{Depth: depth, Width: width, Nonlinear: nonlinear, BatchNorm: true}
}

// Check returns an error if there is no such network for samples of dimension
// dim in classes classes.
func (a Architecture) Check(dim, classes int) error {
	switch {
	case a.Depth < 2:
		return fmt.Errorf("network of depth %d has no hidden layer to study; depth, classifier included, must be at least 2", a.Depth)
	case a.Width < classes:
		return fmt.Errorf("hidden width %d is less than the %d classes, which the features could not tell apart; use a width of at least %d", a.Width, classes, classes)
	case a.Nonlinear < 0 || a.Nonlinear > a.Depth-1:
		return fmt.Errorf("%d nonlinear layers asked for, but depth %d has %d hidden layers", a.Nonlinear, a.Depth, a.Depth-1)
	case dim < 1:
		return fmt.Errorf("samples of dimension %d", dim)
	}
	return nil
}

// String describes the architecture in a few words.
func (a Architecture) String() string {
	kind := "linear"
	switch {
	case a.Nonlinear == a.Depth-1:
		kind = "MLP"
	case a.Nonlinear > 0:
		kind = fmt.Sprintf("hybrid (%d nonlinear)", a.Nonlinear)
	}
	return fmt.Sprintf("%d-layer %s network of width %d", a.Depth, kind, a.Width)
}

// Build returns a network of this architecture for the data, with weights drawn
// by init from the seed. It panics if Check returns an error.
func (a Architecture) Build(data *Dataset, init Init, seed uint64) *Network {
	return a.BuildFor(data.Dim(), data.K(), init, seed)
}

// BuildFor is Build for samples of dimension dim in classes classes.
func (a Architecture) BuildFor(dim, classes int, init Init, seed uint64) *Network {
	if err := a.Check(dim, classes); err != nil {
		panic("pnc: " + err.Error())
	}
	net := &Network{Name: a.String()}
	rnd := newRand(seed, streamInit)
	in := dim
	for l := range a.Depth {
		layer := Layer{Name: fmt.Sprintf("hidden%d", l+1)}
		out := a.Width
		if l == a.Depth-1 {
			layer.Name, out = "classifier", classes
		}
		layer.W = init.weights(out, in, rnd)
		if a.Bias {
			layer.Bias = init.bias(out, in, rnd)
		}
		if l < a.Nonlinear {
			layer.ReLU = true
			if a.BatchNorm {
				layer.Norm = newBatchNorm(out)
			}
		}
		net.Layers = append(net.Layers, layer)
		in = out
	}
	return net
}

// Network is a feed-forward network: a sequence of layers, the last of which is
// the classifier. Its weights are float64 whatever precision it is trained in.
type Network struct {
	// Name says what the network is, as a legend should put it.
	Name string
	// Layers holds the L layers; the features z^l are the output of Layers[l-1].
	Layers []Layer
}

// Layer is one layer of a network,
//
//	z ↦ ReLU( BatchNorm( W z + b ) )
//
// of which the bias, the normalisation and the ReLU are optional.
type Layer struct {
	// Name is the stable name of the layer: hidden1, hidden2, ..., classifier.
	Name string
	// W is the weight matrix, out×in.
	W *mat.Dense
	// Bias is b, of length out, or nil.
	Bias []float64
	// Norm is the batch normalisation, or nil.
	Norm *BatchNorm
	// ReLU says that the layer ends with max(0, ·).
	ReLU bool
}

// BatchNorm holds the parameters and running statistics of a batch
// normalisation (Ioffe, Szegedy 2015),
//
//	z ↦ γ (z - m) / √(v + ε) + β
//
// for each feature: m and v are the mean and the biased variance of the batch in
// training, and the running statistics otherwise. The running variance is
// updated with the unbiased batch variance. All slices have length out.
type BatchNorm struct {
	Gamma, Beta  []float64
	RunningMean  []float64
	RunningVar   []float64
	Eps          float64 // 1e-5
	StatMomentum float64 // weight of the newest batch in the running statistics, 0.1
}

// newBatchNorm returns the normalisation that training starts from.
func newBatchNorm(out int) *BatchNorm {
	b := &BatchNorm{
		Gamma: make([]float64, out), Beta: make([]float64, out),
		RunningMean: make([]float64, out), RunningVar: make([]float64, out),
		Eps: 1e-5, StatMomentum: 0.1,
	}
	for i := range out {
		b.Gamma[i], b.RunningVar[i] = 1, 1
	}
	return b
}

// Depth returns L, the number of layers including the classifier.
func (n *Network) Depth() int { return len(n.Layers) }

// In returns the dimension of the samples.
func (n *Network) In() int { _, in := n.Layers[0].W.Dims(); return in }

// Out returns the dimension of the output, the number of classes.
func (n *Network) Out() int { out, _ := n.Layers[len(n.Layers)-1].W.Dims(); return out }

// IsLinear reports whether the network is a deep linear network: no bias, no
// normalisation and no ReLU.
func (n *Network) IsLinear() bool {
	for _, l := range n.Layers {
		if l.Bias != nil || l.Norm != nil || l.ReLU {
			return false
		}
	}
	return true
}

// Clone returns a copy that shares nothing with n.
func (n *Network) Clone() *Network {
	c := &Network{Name: n.Name, Layers: make([]Layer, len(n.Layers))}
	for i, l := range n.Layers {
		l.W = mat.DenseCopyOf(l.W)
		l.Bias = append([]float64(nil), l.Bias...)
		if l.Norm != nil {
			b := *l.Norm
			b.Gamma = append([]float64(nil), b.Gamma...)
			b.Beta = append([]float64(nil), b.Beta...)
			b.RunningMean = append([]float64(nil), b.RunningMean...)
			b.RunningVar = append([]float64(nil), b.RunningVar...)
			l.Norm = &b
		}
		c.Layers[i] = l
	}
	return c
}

// Product returns W_{to:from} = W_to ... W_from with layers counted from 1, the
// linear map between features from-1 and to of a deep linear network. It panics
// if 1 ≤ from ≤ to ≤ L does not hold.
func (n *Network) Product(to, from int) *mat.Dense {
	if from < 1 || to < from || to > n.Depth() {
		panic(fmt.Sprintf("pnc: Product: no layers %d..%d in a network of depth %d", from, to, n.Depth()))
	}
	p := mat.DenseCopyOf(n.Layers[from-1].W)
	for _, l := range n.Layers[from:to] {
		var next mat.Dense
		next.Mul(l.W, p)
		p = &next
	}
	return p
}
