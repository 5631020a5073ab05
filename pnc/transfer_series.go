package pnc

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/floats"
)

// TransferSeries holds comparisons of a layer for several settings, such as lengths of
// the head, each for the same seeds in the same order, see [TransferOver].
type TransferSeries [][]TransferComparison

// TransferOver runs every experiment with the seeds 1 to n and returns the comparisons
// of the index-th layer of its transfer task. It returns an error as [Sweep] does, and panics if
// there is no such layer.
func TransferOver(ctx context.Context, n, index int, experiments ...Experiment) (TransferSeries, error) {
	var all []Experiment
	for _, e := range experiments {
		if index < 0 || index >= len(e.Transfer.Layers) {
			panic(fmt.Sprintf("pnc: TransferOver with index %d of the %d layers of a transfer task", index, len(e.Transfer.Layers)))
		}
		all = append(all, e.Seeds(n)...)
	}
	runs, err := Sweep(ctx, all)
	if err != nil {
		return nil, err
	}
	s := make(TransferSeries, len(experiments))
	for i, r := range runs {
		s[i/n] = append(s[i/n], r.Transfer[index])
	}
	return s, nil
}

// rows returns one row for each seed, one column for each setting.
func (s TransferSeries) rows(of func(TransferComparison) float64) (rows [][]float64) {
	for _, comparisons := range s {
		for i, c := range comparisons {
			if i == len(rows) {
				rows = append(rows, nil)
			}
			rows[i] = append(rows[i], of(c))
		}
	}
	return rows
}

// C returns what was measured of C: one row for each seed, one column for each setting.
func (s TransferSeries) C() [][]float64 {
	return s.rows(func(c TransferComparison) float64 { return c.C })
}

// LawC returns what the closed form says of C, as C does.
func (s TransferSeries) LawC() [][]float64 {
	return s.rows(func(c TransferComparison) float64 { return c.LawC })
}

// Accuracy returns the measured accuracy of the k-th new classifier, in per cent, as C does.
func (s TransferSeries) Accuracy(k int) [][]float64 {
	return s.rows(func(c TransferComparison) float64 { return c.Accuracy[k] })
}

// Law returns the predicted accuracy of the k-th new classifier, in per cent, as C does.
func (s TransferSeries) Law(k int) [][]float64 {
	return s.rows(func(c TransferComparison) float64 { return c.Law[k] })
}

// Change returns what happens between the first setting and the last.
func (s TransferSeries) Change() TransferChange {
	return TransferChange{Before: s[0], After: s[len(s)-1]}
}

// Against returns what s has beside other, seed by seed and setting by setting: as C and
// LawC the ratio, as accuracies of new classifiers and of training the difference. It panics if the two differ in their number of
// settings, seeds or classifiers.
func (s TransferSeries) Against(other TransferSeries) TransferSeries {
	if len(s) != len(other) {
		panic(fmt.Sprintf("pnc: TransferSeries of %d settings against %d", len(s), len(other)))
	}
	out := make(TransferSeries, len(s))
	for i, comparisons := range s {
		if len(comparisons) != len(other[i]) {
			panic(fmt.Sprintf("pnc: TransferSeries of %d seeds against %d", len(comparisons), len(other[i])))
		}
		for j, c := range comparisons {
			o := other[i][j]
			out[i] = append(out[i], TransferComparison{
				Trained: c.Trained - o.Trained, C: c.C / o.C, LawC: c.LawC / o.LawC,
				Accuracy: floats.SubTo(make([]float64, len(c.Accuracy)), c.Accuracy, o.Accuracy),
				Law:      floats.SubTo(make([]float64, len(c.Law)), c.Law, o.Law),
			})
		}
	}
	return out
}
