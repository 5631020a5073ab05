package plotting

import (
	"fmt"
	"image/color"
	"strings"

	"gonum.org/v1/plot"

	"pnclab/pnc"
)

// drawFit draws the fitted line of a measurement, the i-th trace, and reports
// whether there is one. Layers at either end that the axis cannot show, such as those
// for which the quantity is undefined, are left out, which the legend then says.
func (d *drawing) drawFit(i int, s series, c color.Color) bool {
	all := len(s.x)
	for len(s.x) > 0 && !drawable(s.mean[0], d.q.Log) {
		s.x, s.mean = s.x[1:], s.mean[1:]
	}
	for len(s.x) > 0 && !drawable(s.mean[len(s.x)-1], d.q.Log) {
		s.x, s.mean = s.x[:len(s.x)-1], s.mean[:len(s.x)-1]
	}
	n := len(s.x)
	if n < 2 || s.x[n-1]-s.x[0] != float64(n-1) { // a fit assumes that layers are consecutive
		return false
	}
	f := d.fit(s.mean)
	first, last := s.x[0], s.x[n-1]
	ends := []float64{f.At(0), f.At(last - first)} // fits count layers from 0
	if !drawable(ends[0], d.q.Log) || !drawable(ends[1], d.q.Log) {
		return false
	}
	line := NewLine([]float64{first, last}, ends)
	line.Color = transparent(c, 0.75)
	d.add(line)
	if s.label != "" {
		label := fitLabel(f, d.q.Symbol)
		if n < all {
			label = strings.Replace(label, "fit:", fmt.Sprintf("fit of layers %g to %g:", first, last), 1)
		}
		d.entries[i] = append(d.entries[i], legendEntry{label: label, thumbs: []plot.Thumbnailer{line}})
	}
	return true
}

// fitLabel returns the equation of a fit without its constant, and R².
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
