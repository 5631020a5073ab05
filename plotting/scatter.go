package plotting

import (
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ClassScatter draws points of several classes, each in the colour and shape of
// its class. The points are drawn in random order, so that no class covers the others.
type ClassScatter struct {
	plotter.XYs
	labels []int
	order  []int
	// Radius is the size of a point.
	Radius vg.Length
	// Opacity of a point, from 0 to 1.
	Opacity float64
}

var (
	_ plot.Plotter    = (*ClassScatter)(nil)
	_ plot.DataRanger = (*ClassScatter)(nil)
)

// NewClassScatter returns a scatter plot of the rows of points, an N×2 matrix;
// labels holds the N classes. It panics if points does not have two columns and one
// row per label.
func NewClassScatter(points mat.Matrix, labels []int) *ClassScatter {
	n, d := points.Dims()
	if d != 2 || n != len(labels) {
		panic(fmt.Sprintf("plotting: a scatter of %d×%d points with %d labels", n, d, len(labels)))
	}
	s := &ClassScatter{
		XYs: make(plotter.XYs, n), labels: labels, order: rand.New(rand.NewPCG(1, 1)).Perm(n),
		// The more points there are, the smaller and the more transparent they are.
		Radius:  vg.Length(max(1.1, min(2.6, 40/math.Sqrt(float64(n+1))))),
		Opacity: max(0.5, min(0.85, 20/math.Sqrt(float64(n+1)))),
	}
	for i := range s.XYs {
		s.XYs[i] = plotter.XY{X: points.At(i, 0), Y: points.At(i, 1)}
	}
	return s
}

// Plot draws the points; more than 5000 of them as an image in SVG and PDF.
func (s *ClassScatter) Plot(c draw.Canvas, p *plot.Plot) {
	if len(s.XYs) > rasterFrom && isVector(c) {
		rasterized(c, func(c draw.Canvas) { s.Plot(c, p) })
		return
	}
	trX, trY := p.Transforms(&c)
	for _, i := range s.order {
		x, y := trX(s.XYs[i].X), trY(s.XYs[i].Y)
		if drawable(float64(x), false) && drawable(float64(y), false) {
			c.DrawGlyph(s.glyph(s.labels[i]), vg.Point{X: x, Y: y})
		}
	}
}

func (s *ClassScatter) glyph(class int) draw.GlyphStyle {
	return draw.GlyphStyle{
		Color:  transparent(classColor(class), s.Opacity),
		Radius: s.Radius,
		Shape:  marker(class / len(ClassColors)), // beyond ten classes the shapes differ
	}
}

// DataRange returns the range of the finite points.
func (s *ClassScatter) DataRange() (xmin, xmax, ymin, ymax float64) { return dataRange(s.XYs) }

// classMeans draws the mean of every class as a large marker with a white rim.
type classMeans struct{ xys plotter.XYs }

func newClassMeans(s *ClassScatter) *classMeans {
	var counts []float64
	m := &classMeans{}
	for i, xy := range s.XYs {
		if !drawable(xy.X, false) || !drawable(xy.Y, false) {
			continue
		}
		for len(counts) <= s.labels[i] {
			counts = append(counts, 0)
			m.xys = append(m.xys, plotter.XY{})
		}
		k := s.labels[i]
		counts[k]++
		m.xys[k].X += (xy.X - m.xys[k].X) / counts[k]
		m.xys[k].Y += (xy.Y - m.xys[k].Y) / counts[k]
	}
	for k, n := range counts {
		if n == 0 {
			m.xys[k] = plotter.XY{X: missing, Y: missing}
		}
	}
	return m
}

func (m *classMeans) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for k, xy := range m.xys {
		at := vg.Point{X: trX(xy.X), Y: trY(xy.Y)}
		if !drawable(float64(at.X), false) || !drawable(float64(at.Y), false) {
			continue
		}
		c.DrawGlyph(draw.GlyphStyle{Color: color.White, Radius: 4.8, Shape: Marker{Sides: 4}}, at)
		c.DrawGlyph(draw.GlyphStyle{Color: classColor(k), Radius: 3.5, Shape: Marker{Sides: 4}}, at)
	}
}

// classThumb is the legend's thumbnail of a class.
type classThumb int

func (k classThumb) Thumbnail(c *draw.Canvas) {
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: classColor(int(k)), Radius: 3.2, Shape: marker(int(k) / len(ClassColors))}, c.Center())
}
