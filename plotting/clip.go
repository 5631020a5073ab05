package plotting

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// clipped draws plotters of other packages such that nothing of them is outside the
// axes: many draw what is beyond the ranges of the plot over its labels.
type clipped struct{ plot.Plotter }

// Plot draws the plotter on a canvas that cuts off what is outside of c.
func (p clipped) Plot(c draw.Canvas, plt *plot.Plot) {
	inner := c
	inner.Canvas = &clipCanvas{Canvas: c.Canvas, area: c}
	p.Plotter.Plot(inner, plt)
}

// clipCanvas cuts paths off at the edges of an area. Curves become short lines. While
// the coordinates are changed, as for rotated text, everything is passed on.
type clipCanvas struct {
	vg.Canvas
	area    draw.Canvas
	depth   int
	changed []int // depths of Push at which coordinates were changed
}

func (c *clipCanvas) Push() {
	c.depth++
	c.Canvas.Push()
}

func (c *clipCanvas) Pop() {
	for n := len(c.changed); n > 0 && c.changed[n-1] == c.depth; n = len(c.changed) {
		c.changed = c.changed[:n-1]
	}
	c.depth--
	c.Canvas.Pop()
}

func (c *clipCanvas) change() { c.changed = append(c.changed, c.depth) }

func (c *clipCanvas) Rotate(rad float64)    { c.change(); c.Canvas.Rotate(rad) }
func (c *clipCanvas) Translate(pt vg.Point) { c.change(); c.Canvas.Translate(pt) }
func (c *clipCanvas) Scale(x, y float64)    { c.change(); c.Canvas.Scale(x, y) }

// Stroke draws the parts of a path that are inside.
func (c *clipCanvas) Stroke(p vg.Path) {
	if len(c.changed) > 0 {
		c.Canvas.Stroke(p)
		return
	}
	for _, line := range c.area.ClipLinesXY(flattened(p)...) {
		c.Canvas.Stroke(polyline(line, false))
	}
}

// Fill fills the part of an area that is inside.
func (c *clipCanvas) Fill(p vg.Path) {
	if len(c.changed) > 0 {
		c.Canvas.Fill(p)
		return
	}
	var inside vg.Path
	for _, line := range flattened(p) {
		inside = append(inside, polyline(c.area.ClipPolygonXY(line), true)...)
	}
	if len(inside) > 0 {
		c.Canvas.Fill(inside)
	}
}

// FillString draws a text that begins inside.
func (c *clipCanvas) FillString(f font.Face, pt vg.Point, text string) {
	if len(c.changed) > 0 || c.area.Contains(pt) {
		c.Canvas.FillString(f, pt, text)
	}
}

// polyline returns the path through points.
func polyline(points []vg.Point, closed bool) (p vg.Path) {
	for i, pt := range points {
		if i == 0 {
			p.Move(pt)
		} else {
			p.Line(pt)
		}
	}
	if closed && len(points) > 0 {
		p.Close()
	}
	return p
}

// flattened returns the subpaths of a path as points, with curves as lines of a degree
// or a twentieth of their parameter.
func flattened(p vg.Path) (lines [][]vg.Point) {
	var line []vg.Point
	end := func() {
		if len(line) > 1 {
			lines = append(lines, line)
		}
		line = nil
	}
	for _, comp := range p {
		switch comp.Type {
		case vg.MoveComp:
			end()
			line = []vg.Point{comp.Pos}
		case vg.LineComp:
			line = append(line, comp.Pos)
		case vg.ArcComp:
			steps := max(1, int(math.Ceil(math.Abs(comp.Angle)*180/math.Pi/5)))
			for i := range steps + 1 {
				sin, cos := math.Sincos(comp.Start + comp.Angle*float64(i)/float64(steps))
				line = append(line, vg.Point{X: comp.Pos.X + comp.Radius*vg.Length(cos), Y: comp.Pos.Y + comp.Radius*vg.Length(sin)})
			}
		case vg.CurveComp:
			if len(line) == 0 {
				continue
			}
			points := append([]vg.Point{line[len(line)-1]}, append(append([]vg.Point{}, comp.Control...), comp.Pos)...)
			const steps = 20
			for i := 1; i <= steps; i++ {
				line = append(line, bezier(points, vg.Length(i)/steps))
			}
		case vg.CloseComp:
			if len(line) > 0 {
				line = append(line, line[0])
			}
			end()
		}
	}
	end()
	return lines
}

// bezier returns the point of a Bézier curve at t, by de Casteljau's algorithm.
func bezier(points []vg.Point, t vg.Length) vg.Point {
	points = append([]vg.Point{}, points...)
	for n := len(points) - 1; n > 0; n-- {
		for i := range n {
			points[i] = points[i].Scale(1 - t).Add(points[i+1].Scale(t))
		}
	}
	return points[0]
}
