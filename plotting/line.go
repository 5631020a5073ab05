package plotting

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Line draws a sequence of points: joined by a line, as glyphs, or both. Points that
// cannot be drawn, such as NaN, are left out and interrupt the line. A point alone
// between two of them is a dot.
type Line struct {
	plotter.XYs
	// LineStyle is the style of the line. A zero width draws none.
	draw.LineStyle
	// Glyph is the style of the points. A nil shape draws none.
	Glyph draw.GlyphStyle
}

var (
	_ plot.Plotter     = (*Line)(nil)
	_ plot.DataRanger  = (*Line)(nil)
	_ plot.Thumbnailer = (*Line)(nil)
)

// NewLine returns a line through the points (x_i, y_i). It panics if the slices
// differ in length.
func NewLine(x, y []float64) *Line {
	return &Line{XYs: points(x, y), LineStyle: draw.LineStyle{Color: seriesColor(0), Width: lineWidth}}
}

// points pairs coordinates.
func points(x, y []float64) plotter.XYs {
	if len(x) != len(y) {
		panic(fmt.Sprintf("plotting: %d x but %d y", len(x), len(y)))
	}
	xys := make(plotter.XYs, len(x))
	for i := range x {
		xys[i] = plotter.XY{X: x[i], Y: y[i]}
	}
	return xys
}

// Plot draws the line.
func (l *Line) Plot(c draw.Canvas, p *plot.Plot) {
	runs := place(&c, p, l.XYs)
	if l.Width > 0 {
		c.StrokeLines(l.LineStyle, c.ClipLinesXY(runs...)...)
	}
	for _, run := range runs {
		if len(run) == 1 && l.Width > 0 && l.Glyph.Shape == nil { // a line of one point would be invisible
			c.DrawGlyph(draw.GlyphStyle{Color: l.Color, Radius: l.Width, Shape: Marker{}}, run[0])
		}
		for _, pt := range run {
			c.DrawGlyph(l.Glyph, pt)
		}
	}
}

// place returns the positions of points on the canvas, split into runs where a point
// cannot be drawn.
func place(c *draw.Canvas, p *plot.Plot, xys plotter.XYs) [][]vg.Point {
	trX, trY := p.Transforms(c)
	var runs [][]vg.Point
	gap := true
	for _, xy := range xys {
		pt := vg.Point{X: trX(xy.X), Y: trY(xy.Y)}
		if !drawable(float64(pt.X), false) || !drawable(float64(pt.Y), false) {
			gap = true
			continue
		}
		if gap {
			runs = append(runs, nil)
			gap = false
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], pt)
	}
	return runs
}

// DataRange returns the range of the finite points.
func (l *Line) DataRange() (xmin, xmax, ymin, ymax float64) {
	return dataRange(l.XYs)
}

func (l *Line) extents(logX, logY bool) (x, y extent) { return extents(l.XYs, logX, logY) }

func dataRange(xys plotter.XYs) (xmin, xmax, ymin, ymax float64) {
	x, y := extents(xys, false, false)
	return x.ends(y)
}

// extents returns the ranges of the coordinates of finite points that the axes can show.
func extents(xys plotter.XYs, logX, logY bool) (x, y extent) {
	for _, xy := range xys {
		if drawable(xy.X, false) && drawable(xy.Y, false) {
			x.add(logX, xy.X)
			y.add(logY, xy.Y)
		}
	}
	return x, y
}

// Thumbnail draws a piece of the line with a point.
func (l *Line) Thumbnail(c *draw.Canvas) {
	mid := c.Center()
	if l.Width > 0 {
		c.StrokeLine2(l.LineStyle, c.Min.X, mid.Y, c.Max.X, mid.Y)
	}
	c.DrawGlyphNoClip(l.Glyph, mid)
}
