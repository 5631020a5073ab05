package elementary

import "math"

// Pow returns x^y for y ≥ 0, with 0^0 = 1. The whole part of y is taken by repeated
// squaring and the fraction f by e^{f ln x}, so that the relative error is below
// (4 + ⌊y⌋ + f |ln x|)·2⁻⁵². It is NaN for negative x unless y is whole, for negative
// y, and for those beyond 2⁵³.
func Pow(x, y float64) float64 {
	if !(y >= 0 && y < 1<<53) {
		return math.NaN()
	}
	whole, fraction := math.Modf(y)
	result := 1.0
	if fraction > 0 {
		result = Exp(float64(fraction * Log(x)))
	}
	for n := uint64(whole); n > 0; n >>= 1 {
		if n&1 == 1 {
			result *= x
		}
		x *= x
	}
	return result
}
