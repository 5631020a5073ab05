package plotting

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot"
)

// Twin draws two figures on top of each other: the first with its y axis on the
// left, the second with its y axis on the right. Axis and marks of each have one
// colour, and up to six series in all have points of different shapes: Twin repaints
// the two figures, which should not be used on their own afterwards. It panics unless
// both are single plots; they should have the same x axis.
func Twin(left, right *Figure) *Figure {
	l, r := single(left), single(right)
	p := *l
	p.twin = r
	var x extent
	x.add(false, l.X.Min, l.X.Max, r.X.Min, r.X.Max)
	p.X.Min, p.X.Max = x.min, x.max
	p.title = ""
	p.legend.entries = nil
	otherMarks(l, r)
	for i, side := range []*panel{l, r} {
		c := seriesColor(i)
		styleAxis(&side.Y, c)
		for _, m := range side.marks {
			recolor(m, c)
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

// otherMarks gives the points of the right side of a twin figure shapes that no points of
// the left side have, as far as there are shapes, so that all series differ in black and
// white too.
func otherMarks(left, right *panel) {
	used := 0
	for _, m := range left.marks {
		used = max(used, shape(m)+1)
	}
	for _, m := range right.marks {
		if i := shape(m); i >= 0 {
			l := m.(*Line)
			other := marker(i + used)
			other.Hollow = l.Glyph.Shape.(Marker).Hollow
			l.Glyph.Shape = other
		}
	}
}

// shape returns the index in markers of the points of a line, or -1 if it has none or
// they are crosses.
func shape(m plot.Plotter) int {
	if l, ok := m.(*Line); ok {
		if s, ok := l.Glyph.Shape.(Marker); ok && !s.Cross {
			s.Hollow = false
			return slices.Index(markers, s)
		}
	}
	return -1
}
