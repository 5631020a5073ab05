package plotting

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bars draws adjoining columns of equal width.
type bars struct {
	low, width float64
	counts     []float64
	fill       color.Color
	line       draw.LineStyle
}

var (
	_ plot.Plotter     = (*bars)(nil)
	_ plot.Thumbnailer = (*bars)(nil)
)

func (b *bars) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for i, n := range b.counts {
		if n == 0 {
			continue
		}
		left, right := trX(b.low+float64(i)*b.width), trX(b.low+float64(i+1)*b.width)
		box(c, b.fill, b.line, left, right, trY(0), trY(n))
	}
}

func (b *bars) Thumbnail(c *draw.Canvas) {
	mid, h := c.Center().Y, (c.Max.Y-c.Min.Y)*0.4
	box(*c, b.fill, b.line, c.Min.X, c.Max.X, mid-h, mid+h)
}

// box fills and outlines a rectangle.
func box(c draw.Canvas, fill color.Color, line draw.LineStyle, left, right, bottom, top vg.Length) {
	corners := []vg.Point{{X: left, Y: bottom}, {X: right, Y: bottom}, {X: right, Y: top}, {X: left, Y: top}, {X: left, Y: bottom}}
	c.FillPolygon(fill, corners)
	c.StrokeLines(line, corners)
}
