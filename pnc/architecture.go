package pnc

import (
	"errors"
	"fmt"

	"pnclab/pnc/internal/random"
)

// Architecture describes a feed-forward network: plain values that can be
// compared, printed and stored. [Linear], [MLP] and [Hybrid] return the paper's
// three kinds, [ConvNet] and [ResNet] put them behind a convolutional extractor.
// Fields can be changed afterwards.
type Architecture struct {
	// Depth is L, the number of linear maps after the Extractor, if any, including
	// the classifier.
	Depth int
	// Width is the dimension of all hidden layers.
	Width int
	// Nonlinear is the number of hidden layers, counted from the input, that are
	// followed by BatchNorm (if set) and ReLU; the others are linear.
	Nonlinear int
	// BatchNorm puts batch normalisation between the linear map and the ReLU of
	// nonlinear layers.
	BatchNorm bool
	// Bias adds a bias vector to every linear map outside Extractor.
	Bias bool
	// Residual is the number of hidden layers in a block with a skip around it; blocks begin
	// behind the first hidden layer, which makes x_1 of the samples: x_{b+1} = x_b + f(x_b), where the last
	// layer of f has no ReLU. With 2 nonlinear layers in a block, f is two linear maps
	// with BatchNorm, if set, behind both and a ReLU between them. 0 means no skips.
	Residual int `json:",omitempty"`
	// PostActivation gives the last layer of a nonlinear block its ReLU, after the sum:
	// x_{b+1} = ReLU(x_b + f(x_b)), as in the ResNet of He et al. (2016).
	PostActivation bool `json:",omitempty"`
	// Extractor puts convolutional layers in front of the layers that the other
	// fields describe, see [ConvNet] and [ResNet]; there are none by default.
	Extractor Extractor `json:",omitzero"`
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

// Check returns an error if the architecture is not possible for samples of the
// given shape in the given number of classes.
func (a Architecture) Check(in Shape, classes int) error {
	if a.convolutional() {
		if err := a.Extractor.check(in); err != nil {
			return err
		}
	}
	switch {
	case a.Depth < 1 || a.Depth == 1 && !a.convolutional():
		return fmt.Errorf("network of depth %d has no hidden layer to study; depth, classifier included, must be at least 2", a.Depth)
	case a.Depth > 1 && a.Width < classes:
		return fmt.Errorf("hidden width %d is less than the %d classes, too few dimensions to separate them; use a width of at least %d", a.Width, classes, classes)
	case a.Depth == 1 && a.Extractor.features() < classes:
		return fmt.Errorf("the extractor has %d features, fewer than the %d classes; use more channels or stages", a.Extractor.features(), classes)
	case a.Nonlinear < 0 || a.Nonlinear > a.Depth-1:
		return fmt.Errorf("%d nonlinear layers requested, but depth %d has %d hidden layers", a.Nonlinear, a.Depth, a.Depth-1)
	case a.Residual < 0 || a.Residual > 0 && (a.Depth < 3 || (a.Depth-2)%a.Residual != 0):
		return fmt.Errorf("blocks of %d layers do not divide the %d hidden layers behind the first", a.Residual, a.Depth-2)
	case a.PostActivation && (a.Residual == 0 || a.Nonlinear <= a.Residual):
		return errors.New("PostActivation without a sum in a nonlinear layer; set Residual and Nonlinear")
	case a.Residual == 1 && a.Nonlinear > 1 && !a.PostActivation:
		return errors.New("blocks x + f(x) of one layer have no ReLU; use Residual 2 or PostActivation")
	case in.Dim() < 1:
		return fmt.Errorf("samples of dimension %d", in.Dim())
	}
	return nil
}

// linear reports whether networks of the architecture are deep linear networks, see
// [Network.IsLinear].
func (a Architecture) linear() bool {
	return a.Nonlinear == 0 && !a.Bias && a.Residual == 0 && !a.convolutional()
}

// endsBlock reports whether the features in front of a block are added to those of
// hidden layer l, counted from 0.
func (a Architecture) endsBlock(l int) bool {
	return a.Residual > 0 && l > 0 && l < a.Depth-1 && l%a.Residual == 0
}

// convolutional reports whether the architecture has an extractor.
func (a Architecture) convolutional() bool { return a.Extractor != Extractor{} }

// String describes the architecture in a few words.
func (a Architecture) String() string {
	kind := "linear"
	switch {
	case a.Nonlinear == a.Depth-1:
		kind = "MLP"
	case a.Nonlinear > 0:
		kind = fmt.Sprintf("hybrid (%d nonlinear)", a.Nonlinear)
	}
	text := fmt.Sprintf("%d-layer %s network of width %d", a.Depth, kind, a.Width)
	if a.Residual > 0 {
		text += fmt.Sprintf(" with skips around %d layers each", a.Residual)
	}
	switch {
	case !a.convolutional():
		return text
	case a.Depth == 1:
		return a.Extractor.String()
	}
	return fmt.Sprintf("%v with a %s", a.Extractor, text)
}

// Build returns a network of this architecture for the data, with weights drawn
// by init from the seed. It panics if Check returns an error.
func (a Architecture) Build(data *Dataset, init Init, seed int) *Network {
	return a.BuildFor(data.Shape(), data.K(), init, seed)
}

// BuildFor is Build for samples of the given shape in the given number of classes.
func (a Architecture) BuildFor(shape Shape, classes int, init Init, seed int) *Network {
	if err := a.Check(shape, classes); err != nil {
		panic("pnc: " + err.Error())
	}
	net := &Network{Name: a.String()}
	rnd := random.New(seed, random.Init)
	in := shape.Dim()
	if a.convolutional() {
		net.Layers = a.Extractor.layers(shape, init, rnd)
		in = net.Layers[len(net.Layers)-1].Out()
	}
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
			layer.ReLU = a.PostActivation || !a.endsBlock(l)
			if a.BatchNorm {
				layer.Norm = newBatchNorm(out)
			}
		}
		if a.endsBlock(l) {
			layer.Skip = &Skip{From: len(net.Layers) - a.Residual + 1}
		}
		net.Layers = append(net.Layers, layer)
		in = out
	}
	return net
}
