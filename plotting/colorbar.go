package plotting

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// colorBar explains the colours of a heat map.
type colorBar struct{ plot.Axis }

// newColorBar returns a bar for the given range, whose ends must differ.
func newColorBar(label string, min, max float64, log bool) *colorBar {
	p := newPanel("", "", label)
	if log {
		p.logY()
	}
	p.Y.Min, p.Y.Max = min, max
	return &colorBar{p.Y}
}

const barThickness = vg.Length(11)

func (b *colorBar) width() vg.Length {
	return barThickness + tickLen + entryGap + widest(b.Axis) + b.Label.Padding + b.Label.TextStyle.Height(b.Label.Text)
}

// draw draws the bar at the left of the canvas, over its full height.
func (b *colorBar) draw(c draw.Canvas) {
	const steps = 128
	right := c.Min.X + barThickness
	for i := range steps {
		lo := c.Y(float64(i) / steps)
		hi := c.Y(min(1, float64(i+2)/steps)) // overlaps leave no seams
		c.FillPolygon(colorMap((float64(i)+0.5)/steps), []vg.Point{
			{X: c.Min.X, Y: lo}, {X: right, Y: lo}, {X: right, Y: hi}, {X: c.Min.X, Y: hi},
		})
	}
	bar := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{Min: c.Min, Max: vg.Point{X: right, Y: c.Max.Y}}}
	drawRightAxis(bar, b.Axis)
}
