package plotting

import (
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Band fills the area between a lower and an upper line, such as a standard
// deviation around a mean. It is interrupted where x or the upper line cannot be
// drawn, such as at NaN; where the lower line cannot, it reaches to the bottom of
// the plot.
type Band struct {
	lower, upper plotter.XYs
	// Color fills the band. It should be translucent.
	Color color.Color
}

var (
	_ plot.Plotter     = (*Band)(nil)
	_ plot.DataRanger  = (*Band)(nil)
	_ plot.Thumbnailer = (*Band)(nil)
)

// NewBand returns the band between (x_i, lower_i) and (x_i, upper_i). It panics
// if the slices differ in length.
func NewBand(x, lower, upper []float64) *Band {
	if len(lower) != len(upper) {
		panic(fmt.Sprintf("plotting: a band with %d lower but %d upper ends", len(lower), len(upper)))
	}
	return &Band{points(x, lower), points(x, upper), transparent(seriesColor(0), 0.2)}
}

// Plot draws the band.
func (b *Band) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	var low, high []vg.Point
	fill := func() {
		if len(high) > 1 {
			slices.Reverse(low)
			c.FillPolygon(b.Color, c.ClipPolygonXY(append(high, low...)))
		}
		low, high = nil, nil
	}
	for i := range b.upper {
		x, top := trX(b.upper[i].X), trY(b.upper[i].Y)
		bottom := c.Min.Y
		if drawable(b.lower[i].Y, isLog(p.Y)) {
			bottom = trY(b.lower[i].Y)
		}
		if !drawable(float64(x), false) || !drawable(float64(top), false) {
			fill()
			continue
		}
		high = append(high, vg.Point{X: x, Y: top})
		low = append(low, vg.Point{X: x, Y: bottom})
	}
	fill()
}

func isLog(a plot.Axis) bool {
	switch a.Scale.(type) {
	case LogScale, plot.LogScale:
		return true
	}
	return false
}

// DataRange returns the range of both lines.
func (b *Band) DataRange() (xmin, xmax, ymin, ymax float64) {
	return dataRange(slices.Concat(b.lower, b.upper))
}

func (b *Band) extents(logX, logY bool) (x, y extent) {
	return extents(slices.Concat(b.lower, b.upper), logX, logY)
}

// Thumbnail fills a box.
func (b *Band) Thumbnail(c *draw.Canvas) {
	mid, h := c.Center().Y, (c.Max.Y-c.Min.Y)*0.4
	c.FillPolygon(b.Color, []vg.Point{
		{X: c.Min.X, Y: mid - h}, {X: c.Max.X, Y: mid - h}, {X: c.Max.X, Y: mid + h}, {X: c.Min.X, Y: mid + h},
	})
}
