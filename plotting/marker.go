package plotting

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Marker is the shape of a point. The zero value is a filled circle.
type Marker struct {
	// Sides is the number of corners: 0 for a circle, 3 for a triangle, 4 for a
	// diamond, and so on. Negative numbers turn the shape: -4 is a square.
	Sides int
	// Hollow draws the outline of the shape, filled with white.
	Hollow bool
	// Cross draws a cross instead.
	Cross bool
}

var _ draw.GlyphDrawer = Marker{}

// markers are the shapes of the points of a series, in the order of use.
var markers = []Marker{{}, {Sides: -4}, {Sides: 3}, {Sides: 4}, {Sides: -3}, {Sides: 5}}

// marker returns the shape of the i-th series.
func marker(i int) Marker { return markers[i%len(markers)] }

// hollow returns the outline of the shape.
func (m Marker) hollow() Marker { m.Hollow = true; return m }

// DrawGlyph draws the shape around a point.
func (m Marker) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, pt vg.Point) {
	outline := draw.LineStyle{Color: sty.Color, Width: 1.1}
	switch {
	case m.Cross:
		outline.Width = 1.4
		r := sty.Radius * 0.85
		c.StrokeLine2(outline, pt.X-r, pt.Y-r, pt.X+r, pt.Y+r)
		c.StrokeLine2(outline, pt.X-r, pt.Y+r, pt.X+r, pt.Y-r)
	case m.Hollow:
		c.SetColor(color.White)
		c.Fill(m.path(sty.Radius, pt))
		c.SetLineStyle(outline)
		c.Stroke(m.path(sty.Radius, pt))
	default:
		c.SetColor(sty.Color)
		c.Fill(m.path(sty.Radius, pt))
	}
}

// path returns the outline of the shape. All shapes have about the same area.
func (m Marker) path(r vg.Length, pt vg.Point) vg.Path {
	var p vg.Path
	if m.Sides == 0 {
		p.Move(vg.Point{X: pt.X + r, Y: pt.Y})
		p.Arc(pt, r, 0, 2*math.Pi)
		p.Close()
		return p
	}
	n := max(m.Sides, -m.Sides)
	start := math.Pi / 2
	if m.Sides < 0 {
		start += math.Pi / float64(n)
	}
	r *= vg.Length(1 + 0.8/float64(n))
	for i := range n {
		sin, cos := math.Sincos(start + 2*math.Pi*float64(i)/float64(n))
		corner := vg.Point{X: pt.X + r*vg.Length(cos), Y: pt.Y + r*vg.Length(sin)}
		if i == 0 {
			p.Move(corner)
		} else {
			p.Line(corner)
		}
	}
	p.Close()
	return p
}
