package pnc

import (
	"fmt"
)

// Conv makes the linear map of a layer a convolution of images. With the C
// channels of In, the kernel size k and the stride s, the value of channel o at
// row y and column x is
//
//	(W z)[o,y,x] = Σ_{i,j<k} Σ_{c<C} W[o, (jk+i)C + c] · z[c, sy+i-(k-1)/2, sx+j-(k-1)/2]
//
// where z is zero outside the image. W has one row per channel of the result, whose
// images are ⌈Height/s⌉×⌈Width/s⌉. W[o, (jk+i)C + c] is weight[o,c,i,j] of PyTorch.
type Conv struct {
	In     Shape
	Kernel int // k, odd
	Stride int // s
}

// out returns the shape of the result for a weight matrix of the given number of
// rows.
func (c *Conv) out(rows int) Shape {
	return Shape{rows, (c.In.Height + c.Stride - 1) / c.Stride, (c.In.Width + c.Stride - 1) / c.Stride}
}

// Pool reduces images to smaller ones, separately in each channel: it replaces every
// rectangle of Height×Width values by one value.
type Pool struct {
	Height, Width int  // must divide those of the images
	Max           bool // take the largest value, not the mean
}

// out returns the shape of the result. It panics if the rectangles do not tile
// the image.
func (p *Pool) out(s Shape) Shape {
	if p.Height < 1 || p.Width < 1 || s.Height%p.Height != 0 || s.Width%p.Width != 0 {
		panic(fmt.Sprintf("pnc: pooling of %v images by %d×%d", s, p.Height, p.Width))
	}
	return Shape{s.Channels, s.Height / p.Height, s.Width / p.Width}
}

// Skip adds the features of an earlier layer to those of a layer (He et al.
// 2016).
type Skip struct {
	// From is the layer whose features z^From are added, From ≥ 1.
	From int
	// Map is applied to z^From first: a linear map with or without bias and
	// BatchNorm; nil means the identity.
	Map *Layer
}

// clone returns a copy that shares nothing with s.
func (s *Skip) clone() *Skip {
	c := *s
	if s.Map != nil {
		m := s.Map.clone()
		c.Map = &m
	}
	return &c
}
