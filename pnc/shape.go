package pnc

import (
	"fmt"

	"pnclab/pnc/internal/samples"
)

// Shape is the shape of samples or features that are images: Channels planes of
// Height×Width values, one plane after the other and each row by row. Samples and
// features that are not images have one channel of size 1×1 per value.
type Shape struct{ Channels, Height, Width int }

// vectorShape returns the shape of samples of dim values that are not images.
func vectorShape(dim int) Shape { return Shape{dim, 1, 1} }

// Dim returns the number of values.
func (s Shape) Dim() int { return s.Channels * s.Height * s.Width }

// area returns the number of values per channel.
func (s Shape) area() int { return s.Height * s.Width }

// String returns channels×height×width.
func (s Shape) String() string { return fmt.Sprintf("%d×%d×%d", s.Channels, s.Height, s.Width) }

// Shape returns the shape of a sample, d×1×1 if samples are not images.
func (d *Dataset) Shape() Shape {
	if p, ok := d.samples.(samples.Pixels); ok {
		c, h, w := p.Shape()
		return Shape{c, h, w}
	}
	return vectorShape(d.Dim())
}
