package engine

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Layer describes a layer to New, and receives the trained weights from Store,
//
//	z ↦ Pool( ReLU( Norm( W z + Bias ) + Skip ) )
//
// of which all but W can be omitted.
type Layer struct {
	Name string // for messages
	W    *mat.Dense
	Bias []float64
	Norm *Norm
	ReLU bool
	Conv *Conv
	Skip *Skip
	Pool *Pool
}

// Norm is a batch normalisation with one element per row of W.
type Norm struct {
	Gamma, Beta, RunningMean, RunningVar []float64
	Eps, StatMomentum                    float64
}

// Conv makes W a convolution of images of shape In, see pnc.Conv.
type Conv struct {
	In             Shape
	Kernel, Stride int
}

// Pool reduces images, see pnc.Pool.
type Pool struct {
	Height, Width int
	Max           bool
}

// Skip adds the features of layer From ≥ 1, mapped by Map or, if that is nil,
// unchanged.
type Skip struct {
	From int
	Map  *Layer
}

// Shape is the shape of features that are images, or Dim×1×1.
type Shape struct{ Channels, Height, Width int }

// Dim returns the number of values.
func (s Shape) Dim() int { return s.Channels * s.area() }

func (s Shape) area() int { return s.Height * s.Width }

// in returns the number of features that the layer takes.
func (l *Layer) in() int {
	if l.Conv != nil {
		return l.Conv.In.Dim()
	}
	_, in := l.W.Dims()
	return in
}

// mapShape returns the shape of W z.
func (l *Layer) mapShape() Shape {
	rows, _ := l.W.Dims()
	if l.Conv != nil {
		return l.Conv.out(rows)
	}
	return Shape{rows, 1, 1}
}

// shape returns the shape of the features that the layer outputs.
func (l *Layer) shape() Shape {
	s := l.mapShape()
	if l.Pool != nil {
		s = l.Pool.out(s)
	}
	return s
}

// largestNorm returns the number of values that batch normalisation processes.
func (l *Layer) largestNorm() int {
	n := 0
	if l.Norm != nil {
		n = l.mapShape().Dim()
	}
	if l.Skip != nil && l.Skip.Map != nil {
		n = max(n, l.Skip.Map.largestNorm())
	}
	return n
}

// out returns the shape of the result for a weight matrix of the given number of
// rows.
func (c *Conv) out(rows int) Shape {
	return Shape{rows, (c.In.Height + c.Stride - 1) / c.Stride, (c.In.Width + c.Stride - 1) / c.Stride}
}

// check panics if W does not fit the convolution.
func (c *Conv) check(w *mat.Dense) {
	_, cols := w.Dims()
	if c.Kernel < 1 || c.Kernel%2 == 0 || c.Stride < 1 || cols != c.Kernel*c.Kernel*c.In.Channels {
		panic(fmt.Sprintf("pnc: %d columns of W for a convolution of size %d with stride %d of %v images", cols, c.Kernel, c.Stride, c.In))
	}
}

// out returns the shape of the result. The rectangles must tile the image.
func (p *Pool) out(s Shape) Shape { return Shape{s.Channels, s.Height / p.Height, s.Width / p.Width} }
