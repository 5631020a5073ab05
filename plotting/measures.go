package plotting

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"pnclab/pnc"
)

// Measures draws quantities of one or several networks over their layers, one plot for
// each quantity: C, NC1 and D if none are given. Points have the names of the layers
// below them. Quantities on a logarithmic axis get the line of a geometric fit and its
// R², and D that of a linear one; intervals, where an evaluation has them, are bands. A
// layer for which a quantity is undefined is a gap, and without a fit.
func Measures(evs []*pnc.Evaluation, quantities ...pnc.Quantity) *Figure {
	if len(quantities) == 0 {
		for _, name := range []string{"C", "NC1", "D"} {
			quantities = append(quantities, pnc.Must(pnc.QuantityNamed(name)))
		}
	}
	var traces []Trace
	for _, ev := range evs {
		traces = append(traces, Measured(Text(ev.Name), ev))
	}
	var figures []*Figure
	for _, q := range quantities {
		of := Of(q)
		var fit func([]float64) pnc.Fit
		switch {
		case q.Log:
			fit = pnc.FitGeometric
		case q.Name == "D":
			fit = pnc.FitLinear
		}
		f := overLayers(of, of.read, fit, traces)
		p := f.panels[0][0]
		for i, ev := range evs {
			x, low, high := intervalsOf(ev, q)
			if x == nil {
				continue
			}
			b := NewBand(x, low, high)
			b.Color = transparent(seriesColor(i), 0.2)
			p.under(b)
			if _, y := b.extents(false, isLog(p.Y)); y.some {
				p.Y.Min, p.Y.Max = min(p.Y.Min, y.min), max(p.Y.Max, y.max)
			}
		}
		nameLayers(p, evs)
		figures = append(figures, f)
	}
	g := Grid(min(len(figures), 3), figures...)
	g.Name = "measures"
	return g
}

// intervalsOf returns the ends of the intervals of a quantity over layers, nil if there
// are none.
func intervalsOf(ev *pnc.Evaluation, q pnc.Quantity) (x, low, high []float64) {
	for _, m := range ev.Layers {
		i, ok := m.Intervals[q.Name]
		if !ok {
			i = [2]float64{missing, missing}
		}
		x, low, high = append(x, float64(m.Layer)), append(low, i[0]), append(high, i[1])
	}
	if !slices.ContainsFunc(low, func(v float64) bool { return !math.IsNaN(v) }) {
		return nil, nil, nil
	}
	return x, low, high
}

// nameLayers puts the names of layers below the axis, upright if they are long; networks
// with other names keep numbers.
func nameLayers(p *panel, evs []*pnc.Evaluation) {
	names := layerNames{}
	long := 0
	for _, ev := range evs {
		for _, m := range ev.Layers {
			if other, ok := names[m.Layer]; ok && other != m.Name {
				return
			}
			names[m.Layer] = m.Name
			long += len([]rune(m.Name)) + 1
		}
	}
	p.X.Label.Text = ""
	p.X.Tick.Marker = names
	const inARow = 40 // characters
	if long/max(1, len(evs)) > inARow {
		p.X.Tick.Label.Rotation = math.Pi / 4
		p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight-0.06, draw.YCenter // clear of the axis
	}
}

// layerNames marks layers, or the columns of a map, with their names.
type layerNames map[int]string

// Ticks returns a tick for every layer between min and max; of many, only some have
// names.
func (n layerNames) Ticks(min, max float64) []plot.Tick {
	const most = 24
	step := (len(n) + most - 1) / most
	var ticks []plot.Tick
	for l, name := range n {
		if v := float64(l); v >= min && v <= max {
			t := plot.Tick{Value: v}
			if l%step == 0 {
				t.Label = Text(shortened(name))
			}
			ticks = append(ticks, t)
		}
	}
	slices.SortFunc(ticks, func(a, b plot.Tick) int { return int(a.Value - b.Value) })
	return ticks
}

// shortened returns a name of at most 20 characters: its beginning and its end.
func shortened(name string) string {
	const most = 20
	r := []rune(name)
	if len(r) <= most {
		return name
	}
	return string(r[:most/2-1]) + "…" + string(r[len(r)-most/2:])
}
