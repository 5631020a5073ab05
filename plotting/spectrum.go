package plotting

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg/draw"

	"pnclab/pnc"
)

// Spectrum draws singular values in descending order on a logarithmic axis: one line
// for each of the given layers of an evaluation, or for every layer that has singular
// values if no layers are given. Colours run from the first layer to the last.
// Values below 1e-12 of the largest are rounding errors and left out.
func Spectrum(ev *pnc.Evaluation, layers ...int) *Figure {
	wanted := map[int]bool{}
	for _, l := range layers {
		wanted[l] = true
	}
	var labels []string
	var values [][]float64
	for _, m := range ev.Layers {
		if len(m.SingularValues) > 0 && (len(layers) == 0 || wanted[m.Layer]) {
			labels = append(labels, fmt.Sprintf(`$\ell$ = %d`, m.Layer))
			values = append(values, m.SingularValues)
		}
	}
	f := Spectra("Singular values of the features", labels, values)
	f.Caption = fmt.Sprintf("Singular values of the features of %d layers of %s, in descending order.", len(values), ev.Name)
	return f
}

// Spectra draws several sets of singular values, such as those of weight matrices,
// as [Spectrum] does. It panics unless there is one label per set.
func Spectra(title string, labels []string, values [][]float64) *Figure {
	if len(labels) != len(values) {
		panic(fmt.Sprintf("plotting: %d labels for %d spectra", len(labels), len(values)))
	}
	p := newPanel(title, "index $i$", `$\sigma_i$`)
	p.logY()
	for i, s := range values {
		index, kept := make([]float64, len(s)), make([]float64, len(s))
		for j, v := range s {
			index[j], kept[j] = float64(j+1), v
			if v < 1e-12*s[0] {
				kept[j] = math.NaN()
			}
		}
		line := NewLine(index, kept)
		line.Color = ordered(i, len(values))
		if len(s) <= 60 {
			line.Glyph = draw.GlyphStyle{Color: line.Color, Radius: 2, Shape: marker(i)}
		}
		p.add(line)
		p.legend.add(labels[i], line)
	}
	p.X.Tick.Marker = LayerTicks{}
	p.fit(0.03, 0.06)
	f := newFigure("spectrum", title+", in descending order.", p)
	if len(values) > 4 {
		f.LegendRight()
	}
	return f
}
