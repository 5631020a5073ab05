package elementary

import "math"

// Log returns the natural logarithm of x with an error below 2 units in the last
// place, or below 2⁻⁵² near x = 1; -Inf for 0, and NaN for numbers below.
//
// With x = 2^k m and m between √½ and √2,
//
//	ln x = k ln 2 + 2 artanh s,   s = (m-1)/(m+1),   artanh s = s + s³/3 + s⁵/5 + …
//
// Since |s| ≤ 0.1716, the terms after s²³/23 are below 2⁻⁶² s.
func Log(x float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	m, exponent := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		exponent--
	}
	s := (m - 1) / (m + 1)
	square := float64(s * s)
	sum := 0.0
	for n := 23; n >= 3; n -= 2 {
		sum = float64(square * (1/float64(n) + sum))
	}
	k := float64(exponent)
	return float64(k*ln2High) + (2*s + (float64(2*s*sum) + float64(k*ln2Low)))
}
