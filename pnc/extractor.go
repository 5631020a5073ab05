package pnc

import (
	"fmt"
	"math/rand/v2"
)

// Extractor describes the convolutional layers in front of a network: Stages groups
// of Blocks blocks. The first stage has the given number of Channels and the
// resolution of the images, every further one twice the channels at half the height
// and width. All convolutions are 3×3 and followed by BatchNorm and ReLU. The
// features of the last layer are the means of its channels over the image, one per
// channel.
//
// A block is a convolution, and stages end with 2×2 max pooling. If Residual is set,
// it is two convolutions with a skip connection from the preceding block, through a
// 1×1 convolution where shapes differ; the first convolution of a stage has stride
// 2, and one more layer precedes the first stage (He et al. 2016).
type Extractor struct {
	Channels, Stages, Blocks int
	Residual                 bool `json:",omitempty"`
}

// ConvNet returns the architecture of a convolutional extractor with one convolution
// per stage, followed by the given projection head: its hidden layers, if any, and
// its classifier. Pass MLP(1, 0) for a classifier only. Networks of this
// architecture take images, see [Dataset.Shape].
func ConvNet(channels, stages int, head Architecture) Architecture {
	head.Extractor = Extractor{Channels: channels, Stages: stages, Blocks: 1}
	return head
}

// ResNet returns the architecture of a residual extractor followed by the given
// projection head, see [ConvNet]. ResNet(16, 3, n, MLP(1, 0)) is the ResNet with
// 6n+2 layers of He et al. (2016) for CIFAR, with 1×1 convolutions where images
// shrink.
func ResNet(channels, stages, blocks int, head Architecture) Architecture {
	head.Extractor = Extractor{Channels: channels, Stages: stages, Blocks: blocks, Residual: true}
	return head
}

// String returns a short description.
func (e Extractor) String() string {
	kind := "convolutional network"
	if e.Residual {
		kind = "residual network"
	}
	return fmt.Sprintf("%s with %d stages of %d, from %d channels", kind, e.Stages, e.Blocks, e.Channels)
}

// features returns the number of features that the extractor returns.
func (e Extractor) features() int { return e.Channels << (e.Stages - 1) }

// check returns an error if the extractor is not possible for samples of the given
// shape.
func (e Extractor) check(in Shape) error {
	smallest := 1 << max(0, min(e.Stages-1, 30)) // side of an image that can be halved often enough
	switch {
	case e.Channels < 1 || e.Stages < 1 || e.Blocks < 1:
		return fmt.Errorf("extractor of %d stages of %d blocks with %d channels; there must be at least one of each", e.Stages, e.Blocks, e.Channels)
	case in.area() < 2:
		return fmt.Errorf("a convolutional extractor needs images, such as those of Glyphs or CIFAR-10; these samples have no height and width")
	case in.Height%smallest != 0 || in.Width%smallest != 0:
		return fmt.Errorf("images of %d×%d cannot be halved %d times; use fewer stages", in.Height, in.Width, e.Stages-1)
	}
	return nil
}

// layers returns the layers for images of the given shape, with weights drawn by
// init.
func (e Extractor) layers(in Shape, init Init, rnd *rand.Rand) []Layer {
	b := extractorBuilder{shape: in, init: init, rnd: rnd}
	if e.Residual {
		b.conv("conv1", e.Channels, 1)
	}
	for stage := range e.Stages {
		channels := e.Channels << stage
		for block := range e.Blocks {
			if !e.Residual {
				b.conv(fmt.Sprintf("conv%d", len(b.layers)+1), channels, 1)
				continue
			}
			stride := 1
			if stage > 0 && block == 0 {
				stride = 2
			}
			b.residual(fmt.Sprintf("block%d", stage*e.Blocks+block+1), channels, stride)
		}
		if !e.Residual && stage < e.Stages-1 {
			b.pool(&Pool{Height: 2, Width: 2, Max: true})
		}
	}
	b.pool(&Pool{Height: b.shape.Height, Width: b.shape.Width})
	return b.layers
}

// extractorBuilder builds one layer after another.
type extractorBuilder struct {
	layers []Layer
	shape  Shape // of the newest features
	init   Init
	rnd    *rand.Rand
}

// conv adds a 3×3 convolution with BatchNorm and ReLU.
func (b *extractorBuilder) conv(name string, channels, stride int) *Layer {
	l := b.linear(name, b.shape, channels, 3, stride)
	l.ReLU = true
	b.layers = append(b.layers, l)
	b.shape = l.Shape()
	return &b.layers[len(b.layers)-1]
}

// residual adds two convolutions and a skip connection around them.
func (b *extractorBuilder) residual(name string, channels, stride int) {
	from, before := len(b.layers), b.shape
	b.conv(name+".conv1", channels, stride)
	l := b.conv(name+".conv2", channels, 1)
	l.Skip = &Skip{From: from}
	if before != b.shape {
		m := b.linear(name+".skip", before, channels, 1, stride)
		l.Skip.Map = &m
	}
}

// pool adds pooling to the newest layer.
func (b *extractorBuilder) pool(p *Pool) {
	l := &b.layers[len(b.layers)-1]
	l.Pool = p
	b.shape = l.Shape()
}

// linear returns a layer that consists of a convolution and BatchNorm.
func (b *extractorBuilder) linear(name string, in Shape, channels, kernel, stride int) Layer {
	return Layer{
		Name: name,
		W:    b.init.weights(channels, kernel*kernel*in.Channels, b.rnd),
		Norm: newBatchNorm(channels),
		Conv: &Conv{In: in, Kernel: kernel, Stride: stride},
	}
}
