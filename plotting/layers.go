package plotting

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"pnclab/pnc"
)

// Layers draws any quantity over the layers of networks. Points of a measurement
// are joined by lines.
func Layers(q Quantity, traces ...Trace) *Figure {
	return overLayers(q, nil, traces)
}

// overLayers draws traces over layers. If fit is not nil, each measurement gets
// the line it returns.
func overLayers(q Quantity, fit func([]float64) pnc.Fit, traces []Trace) *Figure {
	p := newPanel(q.Title, "", q.Label)
	if q.Log {
		p.logY()
	}
	d := layerDrawing{panel: p, q: q, fit: fit}
	for _, t := range traces {
		d.measurements += map[role]int{measured: 1}[t.role]
	}
	for _, role := range []role{bound, measured, predicted, paper} { // from below to above
		for _, t := range traces {
			if t.role == role {
				d.draw(t.series(q))
			}
		}
	}
	p.add(d.points...)
	p.layerAxis()
	d.addBounds(traces)
	p.legend.entries = d.inOrder(traces)
	return newFigure(q.Name, d.caption(traces), p)
}

// layerDrawing draws traces on a panel and numbers those of each role.
type layerDrawing struct {
	*panel
	q            Quantity
	fit          func([]float64) pnc.Fit
	measurements int
	counts       [bound + 1]int
	points       []plot.Plotter // drawn over all lines
	bounds       []*Line
	entries      map[string][]legendEntry
}

func (d *layerDrawing) draw(s series) {
	i := d.counts[s.role]
	d.counts[s.role]++
	line, points := NewLine(s.layers, s.mean), NewLine(s.layers, s.mean)
	points.Width = 0
	thumbs := []plot.Thumbnailer{line, points}
	switch s.role {
	case measured:
		c := seriesColor(i)
		line.Color = c
		points.Glyph = draw.GlyphStyle{Color: c, Radius: pointSize, Shape: marker(i)}
		if s.deviates {
			thumbs = append(thumbs, d.deviation(s, c))
		}
		if d.fit != nil && !s.noFit {
			if d.drawFit(s, c) {
				line.Width = 0
			}
		}
	case predicted:
		c := color.Color(ink)
		if d.measurements != 1 || i > 0 {
			c = darker(seriesColor(i))
		}
		line.LineStyle = draw.LineStyle{Color: c, Width: lineWidth, Dashes: dashed}
		points.Glyph = draw.GlyphStyle{Color: c, Radius: pointSize + 1.6, Shape: marker(i).hollow()}
	case paper:
		c := color.Color(ink)
		if i > 0 || d.measurements > 1 {
			c = darker(seriesColor(i))
		}
		line.Width = 0
		points.Glyph = draw.GlyphStyle{Color: c, Radius: pointSize + 1, Shape: Marker{Cross: true}}
	case bound:
		line.LineStyle = draw.LineStyle{Color: midGrey, Width: lineWidth, Dashes: dotted}
		d.bounds = append(d.bounds, line)
	}
	switch s.role {
	case bound: // drawn by addBounds
	case predicted: // rings lie under the points they surround
		d.add(line)
		d.points = append([]plot.Plotter{points}, d.points...)
	default:
		d.add(line)
		d.points = append(d.points, points)
	}
	d.entry(s.label, s.label, thumbs...)
}

// deviation draws the spread of several runs.
func (d *layerDrawing) deviation(s series, c color.Color) plot.Thumbnailer {
	if s.band {
		b := NewBand(s.layers, s.low, s.high)
		b.Color = transparent(c, 0.2)
		d.under(b)
		return b
	}
	b := NewErrorBars(s.layers, s.low, s.high)
	b.Color = c
	d.points = append(d.points, b)
	return b
}

// drawFit draws the fitted line of a measurement and reports whether there is
// one.
func (d *layerDrawing) drawFit(s series, c color.Color) bool {
	if len(s.mean) < 2 {
		return false
	}
	f := d.fit(s.mean)
	first, last := s.layers[0], s.layers[len(s.layers)-1]
	ends := []float64{f.At(0), f.At(last - first)} // fits count from 0
	if !drawable(ends[0], d.q.Log) || !drawable(ends[1], d.q.Log) {
		return false
	}
	line := NewLine([]float64{first, last}, ends)
	line.Color = transparent(c, 0.75)
	d.add(line)
	d.entry(s.label, fitLabel(f, d.q.Symbol), line)
	return true
}

// fitLabel gives the equation of a fit, up to its constant, and R².
func fitLabel(f pnc.Fit, symbol string) string {
	r2 := fmt.Sprintf("$R^2$ = %.4f", f.R2)
	if f.R2 > 0.9999 {
		r2 = fmt.Sprintf("1 − $R^2$ = %s", mathNumber(1-f.R2, 1))
	}
	if f.Geometric {
		return fmt.Sprintf(`fit: %s ∼ %s$^\ell$, %s`, symbol, mathNumber(f.Rate(), 3), r2)
	}
	return fmt.Sprintf(`fit: %s per layer, %s`, signed(f.Rate()), r2)
}

func (d *layerDrawing) entry(trace, label string, thumbs ...plot.Thumbnailer) {
	if d.entries == nil {
		d.entries = map[string][]legendEntry{}
	}
	e := legendEntry{label, thumbs}
	if trace == label { // a trace comes before its fit, which is drawn earlier
		d.entries[trace] = append([]legendEntry{e}, d.entries[trace]...)
	} else {
		d.entries[trace] = append(d.entries[trace], e)
	}
}

// inOrder returns the legend in the order in which the traces were given.
func (d *layerDrawing) inOrder(traces []Trace) []legendEntry {
	var all []legendEntry
	for _, t := range traces {
		if t.label != "" {
			all = append(all, d.entries[t.label]...)
		}
		delete(d.entries, t.label)
	}
	return all
}

// addBounds draws the bounds. They widen the axes by at most what the data take;
// the legend tells of one that is out of sight.
func (d *layerDrawing) addBounds(traces []Trace) {
	room := d.Y.Max - d.Y.Min
	bottom, top := d.Y.Min-room, d.Y.Max+room
	if d.q.Log {
		factor := d.Y.Max / d.Y.Min
		bottom, top = d.Y.Min/factor, d.Y.Max*factor
	}
	for i, b := range d.bounds {
		_, _, lo, hi := b.DataRange()
		if lo > hi { // without a value
			continue
		}
		if hi < bottom || lo > top || d.q.Log && hi <= 0 {
			d.outOfSight(i, lo, hi, traces)
			continue
		}
		d.under(b)
		if lo < d.Y.Min {
			d.Y.Min = max(lo-0.05*room, bottom)
			if d.q.Log {
				d.Y.Min = max(lo/1.2, bottom)
			}
		}
		d.Y.Max = max(d.Y.Max, min(hi, top))
	}
}

// outOfSight adds the range of the i-th bound to its label.
func (d *layerDrawing) outOfSight(i int, lo, hi float64, traces []Trace) {
	for _, t := range traces {
		if t.role != bound {
			continue
		}
		if i == 0 {
			e := d.entries[t.label]
			if len(e) > 0 {
				e[0].label += fmt.Sprintf(" (off the axis: %s to %s)", mathNumber(lo, 3), mathNumber(hi, 3))
			}
			return
		}
		i--
	}
}

// caption says in words what the figure shows.
func (d *layerDrawing) caption(traces []Trace) string {
	s := plain(d.q.Title) + " over layers"
	for i, t := range traces {
		if i == 0 {
			s += ": "
		} else {
			s += "; "
		}
		s += plain(t.label)
	}
	return s + "."
}
