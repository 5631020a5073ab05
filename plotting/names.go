package plotting

import (
	"image/color"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// newNames returns what writes the names of the nth measurement beside its points: to
// the lower right and for every other one to the upper left, so that those of two lines
// that cross do not.
func newNames(s series, c color.Color, nth int) *plotter.Labels {
	l := &plotter.Labels{Offset: []vg.Point{{X: pointSize + 1, Y: -pointSize - tickSize}, {X: -pointSize - tickSize*2/3, Y: pointSize}}[nth%2]}
	places := s.at
	if places == nil {
		places = count(len(s.names))
	}
	for i, x := range s.x {
		for j, at := range places {
			if at == x && j < len(s.names) && s.names[j] != "" && drawable(s.mean[i], false) {
				style := textStyle(tickSize)
				style.Color = c
				l.XYs, l.Labels, l.TextStyle = append(l.XYs, plotter.XY{X: x, Y: s.mean[i]}), append(l.Labels, s.names[j]), append(l.TextStyle, style)
				break
			}
		}
	}
	return l
}
