package pnc

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Network is a feed-forward network: a sequence of layers, the last of which is
// the classifier. Its weights are float64, regardless of the precision of training.
type Network struct {
	// Name describes the network, as it should appear in a legend.
	Name string
	// Layers holds the L layers; the features z^l are the output of Layers[l-1].
	Layers []Layer
}

// Layer is one layer of a network,
//
//	z ↦ Pool( ReLU( BatchNorm( W z + b ) + Skip ) )
//
// of which all but the linear map W are optional. In a layer with Conv, W is a
// convolution, and b and the normalisation act on channels.
type Layer struct {
	// Name is the stable name of the layer: hidden1, hidden2, ..., classifier.
	Name string
	// W is the weight matrix, out×in, or the kernels of Conv.
	W *mat.Dense
	// Bias is b, with one element per row of W, or nil.
	Bias []float64
	// Norm is the batch normalisation, or nil.
	Norm *BatchNorm
	// ReLU applies max(0, ·).
	ReLU bool
	// Conv describes W as a convolution; nil if W is a matrix.
	Conv *Conv
	// Skip adds the features of an earlier layer; nil for none.
	Skip *Skip
	// Pool reduces the images of a convolution; nil for none.
	Pool *Pool
}

// In returns the number of features that the layer takes.
func (l *Layer) In() int {
	if l.Conv != nil {
		return l.Conv.In.Dim()
	}
	_, in := l.W.Dims()
	return in
}

// Out returns the number of features that the layer outputs.
func (l *Layer) Out() int { return l.Shape().Dim() }

// Shape returns the shape of the features that the layer outputs.
func (l *Layer) Shape() Shape {
	s := l.mapShape()
	if l.Pool != nil {
		s = l.Pool.out(s)
	}
	return s
}

// mapShape returns the shape of W z.
func (l *Layer) mapShape() Shape {
	rows, _ := l.W.Dims()
	if l.Conv != nil {
		return l.Conv.out(rows)
	}
	return vectorShape(rows)
}

// clone returns a copy that shares nothing with l.
func (l *Layer) clone() Layer {
	c := *l
	c.W = mat.DenseCopyOf(l.W)
	c.Bias = slices.Clone(l.Bias)
	if l.Norm != nil {
		c.Norm = l.Norm.clone()
	}
	if l.Conv != nil {
		conv := *l.Conv
		c.Conv = &conv
	}
	if l.Skip != nil {
		c.Skip = l.Skip.clone()
	}
	if l.Pool != nil {
		pool := *l.Pool
		c.Pool = &pool
	}
	return c
}

// BatchNorm holds the parameters and running statistics of a batch
// normalisation (Ioffe, Szegedy 2015),
//
//	z ↦ γ (z - m) / √(v + ε) + β
//
// for each feature, or each channel of a convolution over all its pixels: m and v
// are the mean and the biased variance of the batch in training, and the running
// statistics otherwise. The running variance is updated with the unbiased batch
// variance. All slices have one element per row of W.
type BatchNorm struct {
	Gamma, Beta  []float64
	RunningMean  []float64
	RunningVar   []float64
	Eps          float64 // 1e-5
	StatMomentum float64 // weight of the newest batch in the running statistics, 0.1
}

// newBatchNorm returns the normalisation with its initial values.
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

// clone returns a copy that shares nothing with b.
func (b *BatchNorm) clone() *BatchNorm {
	c := *b
	c.Gamma, c.Beta = slices.Clone(b.Gamma), slices.Clone(b.Beta)
	c.RunningMean, c.RunningVar = slices.Clone(b.RunningMean), slices.Clone(b.RunningVar)
	return &c
}

// Depth returns L, the number of layers including the classifier.
func (n *Network) Depth() int { return len(n.Layers) }

// In returns the dimension of the samples.
func (n *Network) In() int { return n.Layers[0].In() }

// Out returns the dimension of the output, the number of classes.
func (n *Network) Out() int { return n.Layers[len(n.Layers)-1].Out() }

// IsLinear reports whether the network is a deep linear network, one of matrices
// only.
func (n *Network) IsLinear() bool {
	for _, l := range n.Layers {
		if l.Bias != nil || l.Norm != nil || l.ReLU || l.Conv != nil || l.Skip != nil {
			return false
		}
	}
	return true
}

// hasBatchNorm reports whether any layer has batch normalisation.
func (n *Network) hasBatchNorm() bool {
	for _, l := range n.Layers {
		if l.Norm != nil {
			return true
		}
	}
	return false
}

// Clone returns a copy that shares nothing with n.
func (n *Network) Clone() *Network {
	c := &Network{Name: n.Name, Layers: make([]Layer, len(n.Layers))}
	for i := range n.Layers {
		c.Layers[i] = n.Layers[i].clone()
	}
	return c
}

// Product returns W_{to:from} = W_to ... W_from with layers counted from 1, the
// linear map between features from-1 and to of a deep linear network. It panics if
// the network is not linear, or if 1 ≤ from ≤ to ≤ L does not hold.
func (n *Network) Product(to, from int) *mat.Dense {
	n.mustBeLinear("Product")
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

// mustBeLinear panics if the network is more than a product of matrices, in the name of
// a function that is for those.
func (n *Network) mustBeLinear(function string) {
	for i := range n.Layers {
		if n.Layers[i].Skip != nil {
			panic(fmt.Sprintf("pnc: %s: the network is not a product of matrices: layer %s has a skip", function, n.Layers[i].Name))
		}
	}
	if !n.IsLinear() {
		panic(fmt.Sprintf("pnc: %s: the network is not linear", function))
	}
}

// mustFit panics if the dimensions of the network do not fit the samples and classes
// of data.
func (n *Network) mustFit(data *Dataset) {
	if n.In() != data.Dim() || n.Out() != data.K() {
		panic(fmt.Sprintf("pnc: a network from %d to %d features does not fit samples of dimension %d in %d classes", n.In(), n.Out(), data.Dim(), data.K()))
	}
}

// layerName returns the name of the features z^l.
func (n *Network) layerName(l int) string {
	if l == 0 {
		return layerName(0)
	}
	return n.Layers[l-1].Name
}

// layerName returns the name of the features z^l of a fully connected network.
func layerName(l int) string {
	if l == 0 {
		return "input"
	}
	return fmt.Sprintf("hidden%d", l)
}
