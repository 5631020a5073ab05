package plotting

import "fmt"

// Cells draws a quantity at every combination of two settings as colours: values[i][j]
// at the i-th row, from below, and the j-th column. Settings are at equal distances,
// whatever they are, and have their names beside the axes. Values that the scale cannot
// show, such as NaN, are grey. It panics if there are no values or they do not fit the
// names.
func Cells(a Axes, q Quantity, columns, rows []string, values [][]float64) *Figure {
	p := newPanel(a.Title, a.X, a.Y)
	h := NewHeatMap(count(len(columns)), count(len(rows)), values, q.Log)
	p.noGrid, p.frame = true, true
	p.add(h)
	p.X.Tick.Marker, p.Y.Tick.Marker = settingNames(columns), settingNames(rows)
	p.fit(0, 0)
	p.bar = newColorBar(q.Label, h.Min, h.Max, q.Log)
	return newFigure(a.Name, fmt.Sprintf("%s over %s and %s, as colours.", plain(q.Title), plain(a.X), plain(a.Y)), p)
}

// settingNames returns the ticks of settings at 0, 1, and so on. Of names that would
// overlap, some are left out.
func settingNames(names []string) layerNames {
	const room = 60 // characters
	length := 0
	for _, name := range names {
		length += len([]rune(name)) + 1
	}
	step := 1 + length/(room+1)
	ticks := layerNames{}
	for i, name := range names {
		ticks[i] = ""
		if i%step == 0 {
			ticks[i] = name
		}
	}
	return ticks
}
