package pnc

import "fmt"

// TransferSeries holds comparisons of a layer for several settings, such as lengths of
// the head, each for the same seeds in the same order.
type TransferSeries [][]TransferComparison

// TransferOver returns the comparisons of the index-th layer of the transfer task for
// outcomes of a [Sweep] over settings, n outcomes for each. It panics if their number is not
// a multiple of n or an outcome has no such comparison.
func TransferOver(runs []*Outcome, n, index int) (s TransferSeries) {
	if n < 1 || len(runs)%n != 0 {
		panic(fmt.Sprintf("pnc: TransferOver of %d outcomes, %d for each setting", len(runs), n))
	}
	for i, r := range runs {
		if index < 0 || index >= len(r.Transfer) {
			panic(fmt.Sprintf("pnc: TransferOver of layer %d of a transfer task of %d", index, len(r.Transfer)))
		}
		if i%n == 0 {
			s = append(s, nil)
		}
		s[i/n] = append(s[i/n], r.Transfer[index])
	}
	return s
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
