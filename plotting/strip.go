package plotting

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Group is a set of values, such as one quantity over many seeds.
type Group struct {
	Label  string
	Values []float64
}

// Strip draws every value of several groups as a point: each group is a column with
// a line at its mean. A dashed horizontal line is drawn at each of marks, such as 0.
func Strip(title, ylabel string, groups []Group, marks ...float64) *Figure {
	p := newPanel(title, "", ylabel)
	var ticks plot.ConstantTicks
	for _, m := range marks {
		line := NewLine([]float64{-0.5, float64(len(groups)) - 0.5}, []float64{m, m})
		line.LineStyle = draw.LineStyle{Color: midGrey, Width: thinWidth, Dashes: dashed}
		p.add(line)
	}
	for i, g := range groups {
		points := NewLine(beside(float64(i), g.Values), g.Values)
		points.Width = 0
		points.Glyph = draw.GlyphStyle{Color: transparent(seriesColor(i), 0.75), Radius: pointSize, Shape: marker(i)}
		p.add(points)
		if mean, _, n := meanDeviation(g.Values, false); n > 1 {
			line := NewLine([]float64{float64(i) - 0.28, float64(i) + 0.28}, []float64{mean, mean})
			line.LineStyle = draw.LineStyle{Color: ink, Width: lineWidth}
			p.add(line)
		}
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: g.Label})
	}
	p.fit(0, 0.07)
	p.X.Min, p.X.Max = -0.5, float64(len(groups))-0.5
	p.X.Tick.Marker = ticks
	f := newFigure("strip", "Every value of "+plain(ylabel)+" as a point, with means.", p)
	f.Width = max(200, min(plotWidth, vg.Length(80+75*len(groups))))
	return f
}

// beside returns positions around x such that values close to each other are side by
// side.
func beside(x float64, values []float64) []float64 {
	var e extent
	e.add(false, values...)
	near := (e.max - e.min) / 30
	at := make([]float64, len(values))
	for i, v := range values {
		neighbours := 0
		for _, u := range values[:i] {
			if math.Abs(u-v) <= near {
				neighbours++
			}
		}
		// 0, 1, -1, 2, -2, ... steps aside
		step := float64((neighbours + 1) / 2)
		if neighbours%2 == 0 {
			step = -step
		}
		at[i] = x + 0.07*math.Max(-5, math.Min(5, step))
	}
	return at
}

// Histogram draws how many values fall into each of a number of equal bins. Groups
// are drawn on top of each other. It panics if bins is not positive.
func Histogram(title, xlabel string, bins int, groups ...Group) *Figure {
	if bins < 1 {
		panic(fmt.Sprintf("plotting: a histogram of %d bins", bins))
	}
	p := newPanel(title, xlabel, "number")
	var all extent
	for _, g := range groups {
		all.add(false, g.Values...)
	}
	low, high := all.padded(false, 0)
	highest := 0.0
	for i, g := range groups {
		b := &bars{low: low, width: (high - low) / float64(bins), counts: make([]float64, bins)}
		b.fill, b.line = transparent(seriesColor(i), 0.35), draw.LineStyle{Color: seriesColor(i), Width: thinWidth}
		for _, v := range g.Values {
			if drawable(v, false) {
				k := min(bins-1, int((v-low)/(high-low)*float64(bins)))
				b.counts[k]++
				highest = math.Max(highest, b.counts[k])
			}
		}
		p.add(b)
		p.legend.add(g.Label, b)
	}
	p.X.Min, p.X.Max = low-0.03*(high-low), high+0.03*(high-low)
	p.Y.Min, p.Y.Max = 0, math.Max(1, 1.08*highest)
	if highest < 6 {
		p.Y.Tick.Marker = LayerTicks{} // no halves
	}
	return newFigure("histogram", "Distribution of "+plain(xlabel)+".", p)
}
