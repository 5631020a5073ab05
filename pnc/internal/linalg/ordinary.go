package linalg

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Ordinary returns m if its largest element is between 2^-400 and 2^400, and otherwise a
// copy that is multiplied by a power of two such that the largest is between ½ and 1.
// Squares of its elements and sums of them then neither overflow nor vanish, and what
// does not depend on scale, such as which samples are neighbours, is the same. NaN and
// infinite elements do not count.
func Ordinary(m *mat.Dense) *mat.Dense {
	rows, _ := m.Dims()
	largest := 0.0
	for i := range rows {
		for _, v := range m.RawRowView(i) {
			if a := math.Abs(v); a > largest && !math.IsInf(a, 0) {
				largest = a
			}
		}
	}
	_, exponent := math.Frexp(largest)
	if largest == 0 || exponent > -400 && exponent < 400 {
		return m
	}
	var scaled mat.Dense
	scaled.Apply(func(_, _ int, v float64) float64 { return math.Ldexp(v, -exponent) }, m)
	return &scaled
}
