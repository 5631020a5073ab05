package plotting

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// view is a panel while it is measured or drawn once. It holds everything that this
// computes and changes, so that the panel stays as it is and can be drawn several
// times at once.
type view struct {
	of        *panel
	plot.Plot            // a copy; its ranges may be widened
	twin      *plot.Plot // a copy of the twin's; nil without one
	legend    legendLayout
}

// view returns a view of the panel. A legend below it has as many columns as fit into
// the given width.
func (p *panel) view(width vg.Length) *view {
	v := &view{of: p, Plot: *p.Plot, legend: p.legend.layout(width)}
	if p.twin != nil {
		twin := *p.twin.Plot
		v.twin = &twin
	}
	return v
}

// Heights and gaps around the axes.
const (
	titleGap = vg.Length(6)
	barGap   = vg.Length(8)
)

// extra returns the space the panel needs beyond its nominal width and height.
func (v *view) extra() (w, h vg.Length) {
	w, h = v.legend.size()
	if v.legend.right {
		h = 0
	} else {
		w = 0
	}
	return w + v.rightAxis() + v.barWidth(), h
}

// rightAxis returns the width of the second y axis with its labels.
func (v *view) rightAxis() vg.Length {
	if v.twin == nil {
		return 0
	}
	a := v.twin.Y
	w := tickLen + entryGap + a.Label.Padding + a.Label.TextStyle.Height(a.Label.Text)
	return w + widest(a)
}

// widest returns the width of the widest label of an axis.
func widest(a plot.Axis) (w vg.Length) {
	for _, t := range a.Tick.Marker.Ticks(a.Min, a.Max) {
		w = max(w, a.Tick.Label.Width(t.Label))
	}
	return w
}

func (v *view) barWidth() vg.Length {
	if v.of.bar == nil {
		return 0
	}
	return barGap + v.of.bar.width()
}

// axesCanvas returns the part of the panel's canvas that remains for the axes.
func (v *view) axesCanvas(c draw.Canvas) draw.Canvas {
	w, h := v.extra()
	top := vg.Length(4)
	if v.of.title != "" {
		top = lineHeight(textStyle(titleSize), v.of.title) + titleGap - 2
	}
	return draw.Crop(c, labelHeight(v.Y), -w, h+labelHeight(v.X), -top)
}

// labelHeight returns the space that the label of an axis needs.
func labelHeight(a plot.Axis) vg.Length {
	if a.Label.Text == "" {
		return 0
	}
	return lineHeight(a.Label.TextStyle, a.Label.Text) + a.Label.Padding
}

func lineHeight(sty text.Style, txt string) vg.Length {
	_, height, depth := sty.Handler.Box(txt, sty.Font)
	return height + depth
}

// bare returns the plot without the labels of its axes. The panel draws these itself:
// when a gonum plot makes space for them, it misplaces the middle of a logarithmic
// axis.
func (v *view) bare() *plot.Plot {
	b := v.Plot
	b.X.Label.Text, b.Y.Label.Text = "", ""
	return &b
}

// dataCanvas returns the part of the panel's canvas between its axes.
func (v *view) dataCanvas(c draw.Canvas) draw.Canvas {
	return v.bare().DataCanvas(v.axesCanvas(c))
}

// draw draws the panel. Axes of equal scale are widened to the canvas, and the
// twin's x axis is the panel's.
func (v *view) draw(c draw.Canvas) {
	inner := v.axesCanvas(c)
	if v.of.equal {
		v.equalScale(v.dataCanvas(c).Size())
	}
	data := v.dataCanvas(c)
	v.bare().Draw(inner) // ticks and their labels; the marks come later, over the grid
	if !v.of.noGrid {
		v.grid().Plot(data, &v.Plot)
	}
	for _, m := range v.of.marks {
		m.Plot(data, &v.Plot)
	}
	right := data.Max.X
	if v.twin != nil {
		v.twin.X.Min, v.twin.X.Max = v.X.Min, v.X.Max
		for _, m := range v.of.twin.marks {
			m.Plot(data, v.twin)
		}
		drawRightAxis(data, v.twin.Y)
		right += v.rightAxis()
	}
	if v.of.bar != nil {
		v.of.bar.draw(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: right + barGap, Y: data.Min.Y},
			Max: vg.Point{X: right + v.barWidth(), Y: data.Max.Y},
		}})
		right += v.barWidth()
	}
	v.drawAxes(data)
	v.drawLabels(inner, data)
	v.drawTitle(c, data)
	v.drawLegend(c, data, right)
}

// drawAxes draws the lines on the left and below, joined at the corner.
func (v *view) drawAxes(data draw.Canvas) {
	left, bottom := data.Min.X, data.Min.Y-axisWidth/2
	data.StrokeLine2(draw.LineStyle{Color: v.X.LineStyle.Color, Width: axisWidth}, left-axisWidth/2, data.Min.Y, data.Max.X, data.Min.Y)
	data.StrokeLine2(draw.LineStyle{Color: v.Y.LineStyle.Color, Width: axisWidth}, left, bottom, left, data.Max.Y)
	if v.of.frame {
		data.StrokeLines(draw.LineStyle{Color: v.Y.LineStyle.Color, Width: axisWidth},
			[]vg.Point{{X: left, Y: data.Max.Y}, data.Max, {X: data.Max.X, Y: bottom}})
	}
}

// equalScale widens one of the axes so that a unit has the same length on both, on a
// canvas of the given size.
func (v *view) equalScale(size vg.Point) {
	unit := max((v.X.Max-v.X.Min)/float64(size.X), (v.Y.Max-v.Y.Min)/float64(size.Y))
	for _, a := range []struct {
		*plot.Axis
		length vg.Length
	}{{&v.X, size.X}, {&v.Y, size.Y}} {
		mid, half := (a.Min+a.Max)/2, unit*float64(a.length)/2
		a.Min, a.Max = mid-half, mid+half
	}
}

// drawLabels draws the labels of the axes outside the canvas of the bare plot.
func (v *view) drawLabels(inner, data draw.Canvas) {
	x := v.X.Label.TextStyle
	x.YAlign = draw.YTop
	inner.FillText(x, vg.Point{X: data.Center().X, Y: inner.Min.Y - v.X.Label.Padding + x.FontExtents().Descent}, v.X.Label.Text)
	y := v.Y.Label.TextStyle
	y.Rotation = math.Pi / 2
	y.YAlign = draw.YBottom
	inner.FillText(y, vg.Point{X: inner.Min.X - v.Y.Label.Padding - y.FontExtents().Descent, Y: data.Center().Y}, v.Y.Label.Text)
}

func (v *view) drawTitle(c, data draw.Canvas) {
	if v.of.title == "" {
		return
	}
	sty := textStyle(titleSize)
	sty.XAlign = draw.XCenter
	c.FillText(sty, vg.Point{X: data.Center().X, Y: data.Max.Y + titleGap}, v.of.title)
}

func (v *view) drawLegend(c, data draw.Canvas, right vg.Length) {
	if v.legend.right {
		v.legend.draw(c, vg.Point{X: right + legendGap, Y: data.Max.Y})
		return
	}
	w, h := v.legend.size()
	x := data.Center().X - w/2
	x = max(c.Min.X, min(x, c.Max.X-w)) // centred below the data if there is space
	v.legend.draw(c, vg.Point{X: x, Y: c.Min.Y + h - legendGap})
}

// grid returns light lines at the ticks of the axes.
func (v *view) grid() *plotter.Grid {
	g := plotter.NewGrid()
	g.Horizontal = draw.LineStyle{Color: gridGrey, Width: 0.6}
	g.Vertical = g.Horizontal
	if v.twin != nil {
		g.Vertical.Width = 0 // with two y axes there are enough lines
	}
	return g
}

// drawRightAxis draws a y axis on the right of the data.
func drawRightAxis(data draw.Canvas, a plot.Axis) {
	x := data.Max.X
	data.StrokeLine2(draw.LineStyle{Color: a.LineStyle.Color, Width: axisWidth}, x, data.Min.Y-axisWidth/2, x, data.Max.Y)
	sty := a.Tick.Label
	sty.XAlign = draw.XLeft
	descent := sty.FontExtents().Descent
	for _, t := range a.Tick.Marker.Ticks(a.Min, a.Max) {
		y := data.Y(a.Norm(t.Value))
		if !data.ContainsY(y) {
			continue
		}
		length := a.Tick.Length
		if t.IsMinor() {
			length /= 2
		}
		data.StrokeLine2(a.Tick.LineStyle, x, y, x+length, y)
		data.FillText(sty, vg.Point{X: x + a.Tick.Length + 3, Y: y + descent}, t.Label)
	}
	label := a.Label.TextStyle
	label.Rotation = math.Pi / 2
	label.YAlign = draw.YTop
	at := x + a.Tick.Length + entryGap + widest(a) + a.Label.Padding
	data.FillText(label, vg.Point{X: at - label.FontExtents().Descent, Y: data.Center().Y}, a.Label.Text)
}
