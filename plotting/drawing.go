package plotting

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"pnclab/pnc"
)

// drawing is the state of drawing traces on a panel: it numbers those of each role.
type drawing struct {
	*panel
	q            Quantity
	fit          func([]float64) pnc.Fit // of every measurement, or nil
	measurements int
	counts       [bound + 1]int
	points       []plot.Plotter  // drawn over all lines
	bounds       []*Line         // by trace; nil for one that is not a bound
	whole        []bool          // by trace: whether the axis shows all of the bound
	entries      [][]legendEntry // by trace
}

// drawTraces draws traces on a panel and sets its axes and its legend.
func drawTraces(p *panel, q Quantity, read reading, fit func([]float64) pnc.Fit, traces []Trace) {
	d := drawing{panel: p, q: q, fit: fit, bounds: make([]*Line, len(traces)), whole: make([]bool, len(traces)), entries: make([][]legendEntry, len(traces))}
	for _, t := range traces {
		if t.role == measured {
			d.measurements++
		}
	}
	for _, role := range []role{measured, predicted, paper, bound} { // from bottom to top
		for i, t := range traces {
			if t.role == role {
				d.draw(i, t.series(q.Log, read))
			}
		}
	}
	p.add(d.points...)
	if d.counts[bound] == len(traces) { // nothing else to set the axes by
		for _, b := range d.bounds {
			p.add(b)
		}
	}
	p.fit(0.06, 0.07)
	var drawn [bound + 1]int
	for i, t := range traces {
		d.addBound(i)
		pair := i > 0 && t.role == predicted && traces[i-1].role == measured && drawn[predicted] == drawn[measured]-1 // of one colour
		for j, e := range d.entries[i] {
			e.joined = j > 0 || pair
			p.legend.entry(e)
		}
		drawn[t.role]++
	}
}

// draw draws the i-th trace of the figure.
func (d *drawing) draw(i int, s series) {
	nth := d.counts[s.role]
	d.counts[s.role]++
	c := d.color(s.role, nth)
	line, points := NewLine(s.x, s.mean), NewLine(s.x, s.mean)
	line.LineStyle = draw.LineStyle{Color: c, Width: lineWidth}
	points.LineStyle = draw.LineStyle{}
	thumbs := []plot.Thumbnailer{line, points}
	switch s.role {
	case measured:
		points.Glyph = draw.GlyphStyle{Color: c, Radius: pointSize, Shape: marker(nth)}
		if s.deviates {
			thumbs = append(thumbs, d.deviation(s, c))
		}
		d.points = append(d.points, points)
		if s.names != nil && s.runs != nil {
			d.points = append(d.points, newNames(s, darker(c), nth))
		}
	case predicted:
		line.Dashes = dashed
		points.Glyph = draw.GlyphStyle{Color: c, Radius: pointSize + 1.6, Shape: marker(nth).hollow()}
		d.points = append([]plot.Plotter{points}, d.points...) // rings go below the points they surround
	case paper:
		line.Width = 0
		points.Glyph = draw.GlyphStyle{Color: c, Radius: pointSize + 1, Shape: Marker{Cross: true}}
		d.points = append(d.points, points)
	case bound:
		line.Dashes = dotted
		d.bounds[i] = line
		d.whole[i] = s.whole
	}
	d.entries[i] = []legendEntry{{label: s.label, thumbs: thumbs}}
	if s.role != bound {
		d.add(line)
	}
	if s.loose {
		line.Width = 0
	}
	if s.role == measured && d.fit != nil && !s.noFit && d.drawFit(i, s, c) {
		line.Width = 0
	}
}

// color returns the colour of the n-th trace of a role. If there are several
// measurements to tell apart, predictions and values of the paper have the colour of
// the measurement with the same number, a shade darker.
func (d *drawing) color(r role, n int) color.Color {
	switch {
	case r == measured:
		return seriesColor(n)
	case r == bound:
		return midGrey
	case d.measurements == 1 && r == predicted && n == 0:
		return ink
	case d.measurements == 1 && r == paper && n == 0:
		return seriesColor(1)
	default:
		return darker(seriesColor(n))
	}
}

// deviation draws the spread of several runs.
func (d *drawing) deviation(s series, c color.Color) plot.Thumbnailer {
	if s.band {
		b := NewBand(s.x, s.low, s.high)
		b.Color = transparent(c, 0.2)
		d.under(b)
		return b
	}
	b := NewErrorBars(s.x, s.low, s.high)
	b.Color = c
	d.points = append(d.points, b)
	return b
}
