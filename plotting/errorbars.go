package plotting

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ErrorBars draws a vertical bar with caps at every point. A bar whose lower end
// cannot be drawn, such as 0 on a logarithmic axis, reaches to the bottom of the
// plot and has no cap there.
type ErrorBars struct {
	lower, upper plotter.XYs
	draw.LineStyle
	// CapWidth is the width of the caps.
	CapWidth vg.Length
}

var (
	_ plot.Plotter    = (*ErrorBars)(nil)
	_ plot.DataRanger = (*ErrorBars)(nil)
)

// NewErrorBars returns bars from (x_i, lower_i) to (x_i, upper_i). It panics if
// the slices differ in length.
func NewErrorBars(x, lower, upper []float64) *ErrorBars {
	if len(lower) != len(upper) {
		panic(fmt.Sprintf("plotting: error bars with %d lower but %d upper ends", len(lower), len(upper)))
	}
	return &ErrorBars{points(x, lower), points(x, upper), draw.LineStyle{Color: seriesColor(0), Width: thinWidth}, 5}
}

// Plot draws the bars.
func (b *ErrorBars) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for i := range b.upper {
		x, top := trX(b.upper[i].X), trY(b.upper[i].Y)
		if !drawable(float64(x), false) || !drawable(float64(top), false) || !c.ContainsX(x) {
			continue
		}
		bottom, capped := c.Min.Y, false
		if drawable(b.lower[i].Y, isLog(p.Y)) {
			bottom, capped = trY(b.lower[i].Y), true
		}
		c.StrokeLines(b.LineStyle, c.ClipLinesY([]vg.Point{{X: x, Y: bottom}, {X: x, Y: top}})...)
		w := b.CapWidth / 2
		if c.ContainsY(top) {
			c.StrokeLine2(b.LineStyle, x-w, top, x+w, top)
		}
		if capped && c.ContainsY(bottom) {
			c.StrokeLine2(b.LineStyle, x-w, bottom, x+w, bottom)
		}
	}
}

// DataRange returns the range of the ends of the bars.
func (b *ErrorBars) DataRange() (xmin, xmax, ymin, ymax float64) {
	return dataRange(slices.Concat(b.lower, b.upper))
}

func (b *ErrorBars) extents(logX, logY bool) (x, y extent) {
	return extents(slices.Concat(b.lower, b.upper), logX, logY)
}

// Thumbnail draws one bar.
func (b *ErrorBars) Thumbnail(c *draw.Canvas) {
	mid, w := c.Center(), b.CapWidth/2
	c.StrokeLine2(b.LineStyle, mid.X, c.Min.Y, mid.X, c.Max.Y)
	c.StrokeLine2(b.LineStyle, mid.X-w, c.Min.Y, mid.X+w, c.Min.Y)
	c.StrokeLine2(b.LineStyle, mid.X-w, c.Max.Y, mid.X+w, c.Max.Y)
}
