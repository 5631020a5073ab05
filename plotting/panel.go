package plotting

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panel is one pair of axes with everything that belongs to it: title, marks,
// grid, a second y axis on the right, a colour bar, a legend.
type panel struct {
	*plot.Plot
	marks  []plot.Plotter // in drawing order
	title  string
	twin   *panel // drawn over this one, with its y axis on the right
	bar    *colorBar
	legend legend
	noGrid bool
	frame  bool // draws all four sides
	equal  bool // gives both axes the same scale
}

func newPanel(title, xlabel, ylabel string) *panel {
	p := &panel{Plot: NewPlot(), title: title}
	p.X.Label.Text, p.Y.Label.Text = xlabel, ylabel
	return p
}

// logX and logY make an axis logarithmic.
func (p *panel) logX() { p.X.Scale, p.X.Tick.Marker = LogScale{}, DecadeTicks{} }
func (p *panel) logY() { p.Y.Scale, p.Y.Tick.Marker = LogScale{}, DecadeTicks{} }

// add adds marks above those that are there, without a change of the axes.
func (p *panel) add(marks ...plot.Plotter) { p.marks = append(p.marks, marks...) }

// under adds marks below all others.
func (p *panel) under(marks ...plot.Plotter) { p.marks = append(marks, p.marks...) }

// fit sets the ranges of the axes to those of the marks, with margins.
func (p *panel) fit(xMargin, yMargin float64) {
	var x, y extent
	for _, m := range p.marks {
		if r, ok := m.(plot.DataRanger); ok {
			xmin, xmax, ymin, ymax := r.DataRange()
			x.add(isLog(p.X), xmin, xmax)
			y.add(isLog(p.Y), ymin, ymax)
		}
	}
	p.X.Min, p.X.Max = x.padded(isLog(p.X), xMargin)
	p.Y.Min, p.Y.Max = y.padded(isLog(p.Y), yMargin)
}

// Heights and gaps around the axes.
const (
	titleGap = vg.Length(6)
	barGap   = vg.Length(8)
)

// extra returns the room the panel needs beyond its nominal width and height.
func (p *panel) extra() (w, h vg.Length) {
	w, h = p.legend.size()
	if p.legend.right {
		h = 0
	} else {
		w = 0
	}
	return w + p.rightAxis() + p.barWidth(), h
}

// rightAxis returns the width of the second y axis with its labels.
func (p *panel) rightAxis() vg.Length {
	if p.twin == nil {
		return 0
	}
	a := p.twin.Y
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

func (p *panel) barWidth() vg.Length {
	if p.bar == nil {
		return 0
	}
	return barGap + p.bar.width()
}

// axesCanvas returns the part of the panel's canvas that is left for the axes.
func (p *panel) axesCanvas(c draw.Canvas) draw.Canvas {
	w, h := p.extra()
	top := vg.Length(4)
	if p.title != "" {
		top = lineHeight(textStyle(titleSize), p.title) + titleGap - 2
	}
	return draw.Crop(c, labelHeight(p.Y), -w, h+labelHeight(p.X), -top)
}

// labelHeight returns the room that the label of an axis takes.
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

// bare returns the plot without the labels of its axes. The panel draws these
// itself: a gonum plot takes the middle of a logarithmic axis to be elsewhere when
// it makes room for them.
func (p *panel) bare() *plot.Plot {
	b := *p.Plot
	b.X.Label.Text, b.Y.Label.Text = "", ""
	return &b
}

// dataCanvas returns the part of the panel's canvas between its axes.
func (p *panel) dataCanvas(c draw.Canvas) draw.Canvas {
	return p.bare().DataCanvas(p.axesCanvas(c))
}

// draw draws the panel.
func (p *panel) draw(c draw.Canvas) {
	inner := p.axesCanvas(c)
	if p.equal {
		p.equalScale(p.dataCanvas(c).Size())
	}
	data := p.dataCanvas(c)
	p.bare().Draw(inner) // ticks and labels: marks are drawn below, over the grid
	if !p.noGrid {
		p.grid().Plot(data, p.Plot)
	}
	for _, m := range p.marks {
		m.Plot(data, p.Plot)
	}
	right := data.Max.X
	if p.twin != nil {
		p.twin.X.Min, p.twin.X.Max = p.X.Min, p.X.Max
		for _, m := range p.twin.marks {
			m.Plot(data, p.twin.Plot)
		}
		drawRightAxis(data, p.twin.Y)
		right += p.rightAxis()
	}
	if p.bar != nil {
		p.bar.draw(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: right + barGap, Y: data.Min.Y},
			Max: vg.Point{X: right + p.barWidth(), Y: data.Max.Y},
		}})
		right += p.barWidth()
	}
	p.drawAxes(data)
	p.drawLabels(inner, data)
	p.drawTitle(c, data)
	p.drawLegend(c, data, right)
}

// drawAxes draws the lines on the left and below, joined at the corner.
func (p *panel) drawAxes(data draw.Canvas) {
	left, bottom := data.Min.X, data.Min.Y-axisWidth/2
	data.StrokeLine2(draw.LineStyle{Color: p.X.LineStyle.Color, Width: axisWidth}, left-axisWidth/2, data.Min.Y, data.Max.X, data.Min.Y)
	data.StrokeLine2(draw.LineStyle{Color: p.Y.LineStyle.Color, Width: axisWidth}, left, bottom, left, data.Max.Y)
	if p.frame {
		data.StrokeLines(draw.LineStyle{Color: p.Y.LineStyle.Color, Width: axisWidth},
			[]vg.Point{{X: left, Y: data.Max.Y}, data.Max, {X: data.Max.X, Y: bottom}})
	}
}

// equalScale widens the axis on which a unit takes more of a canvas of the given
// size.
func (p *panel) equalScale(size vg.Point) {
	unit := max((p.X.Max-p.X.Min)/float64(size.X), (p.Y.Max-p.Y.Min)/float64(size.Y))
	for _, a := range []struct {
		*plot.Axis
		length vg.Length
	}{{&p.X, size.X}, {&p.Y, size.Y}} {
		mid, half := (a.Min+a.Max)/2, unit*float64(a.length)/2
		a.Min, a.Max = mid-half, mid+half
	}
}

// drawLabels draws the labels of the axes outside the canvas of the bare plot.
func (p *panel) drawLabels(inner, data draw.Canvas) {
	x := p.X.Label.TextStyle
	x.YAlign = draw.YTop
	inner.FillText(x, vg.Point{X: data.Center().X, Y: inner.Min.Y - p.X.Label.Padding + x.FontExtents().Descent}, p.X.Label.Text)
	y := p.Y.Label.TextStyle
	y.Rotation = math.Pi / 2
	y.YAlign = draw.YBottom
	inner.FillText(y, vg.Point{X: inner.Min.X - p.Y.Label.Padding - y.FontExtents().Descent, Y: data.Center().Y}, p.Y.Label.Text)
}

func (p *panel) drawTitle(c, data draw.Canvas) {
	if p.title == "" {
		return
	}
	sty := textStyle(titleSize)
	sty.XAlign = draw.XCenter
	c.FillText(sty, vg.Point{X: data.Center().X, Y: data.Max.Y + titleGap}, p.title)
}

func (p *panel) drawLegend(c, data draw.Canvas, right vg.Length) {
	if p.legend.right {
		p.legend.draw(c, vg.Point{X: right + legendGap, Y: data.Max.Y})
		return
	}
	w, h := p.legend.size()
	x := data.Center().X - w/2
	x = max(c.Min.X, min(x, c.Max.X-w)) // centred below the data if it fits
	p.legend.draw(c, vg.Point{X: x, Y: c.Min.Y + h - legendGap})
}

// grid returns light lines at the ticks of the axes.
func (p *panel) grid() *plotter.Grid {
	g := plotter.NewGrid()
	g.Horizontal = draw.LineStyle{Color: gridGrey, Width: 0.6}
	g.Vertical = g.Horizontal
	if p.twin != nil {
		g.Vertical.Width = 0 // two y axes and their grids are lines enough
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
