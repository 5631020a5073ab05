package plotting

import (
	"fmt"
	"math"
)

// RankAccuracy draws the numerical rank of the features over the layers on the left
// and the accuracy of a linear classifier on them on the right, in per cent; the
// accuracies are given from 0 to 1. The layers where the first accuracy is saturated,
// that is, from which on it stays within one per cent of its maximum, are shaded.
func RankAccuracy(ranks, accuracies []Trace) *Figure {
	percent := make([]Trace, len(accuracies))
	for i, t := range accuracies {
		runs := t.runs
		t.runs = make([][]float64, len(runs))
		for j, run := range runs {
			for _, v := range run {
				t.runs[j] = append(t.runs[j], 100*v)
			}
		}
		percent[i] = t
	}
	q := Quantity{Name: "accuracy", Title: "Accuracy of a linear probe", Label: "accuracy (%)"}
	f := Twin(Layers(RankOf, ranks...), Layers(q, percent...))
	f.Name = "rank-accuracy"
	p := f.panels[0][0]
	if len(percent) > 0 {
		s := percent[0].series(q.Log, q.read)
		if from := saturation(s.mean, 1); from >= 0 {
			shade := NewShade(s.x[from], math.Inf(1))
			p.under(shade)
			p.legend.add("accuracy saturated", shade)
			f.Caption += fmt.Sprintf(" The accuracy is saturated from layer %g on, which is shaded.", s.x[from])
		}
	}
	return f
}

// saturation returns the first index from which all values stay within a tolerance
// of the highest, or -1 if there is none.
func saturation(values []float64, tolerance float64) int {
	highest := math.Inf(-1)
	for _, v := range values {
		if drawable(v, false) {
			highest = max(highest, v)
		}
	}
	from := -1
	for i := len(values) - 1; i >= 0 && values[i] >= highest-tolerance; i-- {
		from = i
	}
	return from
}
