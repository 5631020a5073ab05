package plotting

import (
	"image/color"

	"gonum.org/v1/plot"
)

// Twin draws two figures on top of each other: the first with its y axis on the
// left, the second with its y axis on the right. Axis and marks of each have one
// colour: Twin repaints the two figures, which should not be used on their own
// afterwards. It panics unless both are single plots; they should have the same x
// axis.
func Twin(left, right *Figure) *Figure {
	l, r := single(left), single(right)
	p := *l
	p.twin = r
	var x extent
	x.add(false, l.X.Min, l.X.Max, r.X.Min, r.X.Max)
	p.X.Min, p.X.Max = x.min, x.max
	p.title = ""
	p.legend.entries = nil
	for i, side := range []*panel{l, r} {
		c := seriesColor(i)
		styleAxis(&side.Y, c)
		for _, m := range side.marks {
			recolor(m, c)
			if line, ok := m.(*Line); ok && i == 1 {
				squareMarks(line)
			}
		}
		p.legend.entries = append(p.legend.entries, side.legend.entries...)
	}
	f := newFigure(left.Name+"-"+right.Name, left.Caption+" "+right.Caption, &p)
	return f
}

// single returns the only panel of a figure.
func single(f *Figure) *panel {
	if all := f.all(); len(all) == 1 && all[0].twin == nil {
		return all[0]
	}
	panic("plotting: Twin needs figures of a single plot each")
}

// recolor gives a mark another colour and keeps its opacity.
func recolor(m plot.Plotter, c color.Color) {
	repaint := func(old *color.Color) {
		if *old != nil {
			alpha := color.NRGBAModel.Convert(*old).(color.NRGBA).A
			*old = transparent(c, float64(alpha)/255)
		}
	}
	switch m := m.(type) {
	case *Line:
		repaint(&m.LineStyle.Color)
		repaint(&m.Glyph.Color)
	case *ErrorBars:
		repaint(&m.Color)
	case *Band:
		repaint(&m.Color)
	}
}

// squareMarks turns round markers into squares, so that the two sides of a twin
// figure also differ in black and white.
func squareMarks(l *Line) {
	if m, ok := l.Glyph.Shape.(Marker); ok && m.Sides == 0 && !m.Cross {
		m.Sides = -4
		l.Glyph.Shape = m
	}
}
