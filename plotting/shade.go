package plotting

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Shade fills the part of a plot between two values of x, over its full height.
// Infinite ends reach to the ends of the axis. A shade does not widen the axes.
type Shade struct {
	From, To float64
	Color    color.Color
}

var (
	_ plot.Plotter     = (*Shade)(nil)
	_ plot.Thumbnailer = (*Shade)(nil)
)

// NewShade returns a light grey region between two values of x.
func NewShade(from, to float64) *Shade {
	return &Shade{from, to, color.NRGBA{A: 0x16}}
}

// Plot draws the region.
func (s *Shade) Plot(c draw.Canvas, p *plot.Plot) {
	left := max(c.Min.X, c.X(p.X.Norm(max(s.From, p.X.Min))))
	right := min(c.Max.X, c.X(p.X.Norm(min(s.To, p.X.Max))))
	if left < right { // false for NaN
		c.FillPolygon(s.Color, []vg.Point{
			{X: left, Y: c.Min.Y}, {X: right, Y: c.Min.Y}, {X: right, Y: c.Max.Y}, {X: left, Y: c.Max.Y},
		})
	}
}

// Thumbnail fills a box.
func (s *Shade) Thumbnail(c *draw.Canvas) {
	mid, h := c.Center().Y, (c.Max.Y-c.Min.Y)*0.45
	c.FillPolygon(s.Color, []vg.Point{
		{X: c.Min.X, Y: mid - h}, {X: c.Max.X, Y: mid - h}, {X: c.Max.X, Y: mid + h}, {X: c.Min.X, Y: mid + h},
	})
}
