package umap

import "math"

// powerTable computes a·x^b for one a and b and positive normal x to a relative accuracy
// of b|b-1|·2⁻²³, several times faster than math.Pow: x = 2^e·m with 1 ≤ m < 2
// gives x^b = 2^{be}·m^b, where the first factor is tabulated and the second is
// interpolated linearly between 1,025 points.
type powerTable struct {
	exponent [2048]float64 // a·2^{b(e-1023)}
	mantissa [1 << powerBits]line
}

// line is the function offset + slope·m.
type line struct{ offset, slope float64 }

const powerBits = 10

func newPowerTable(a, b float64) *powerTable {
	t := new(powerTable)
	for e := range t.exponent {
		t.exponent[e] = a * math.Exp2(b*float64(e-1023))
	}
	const step = 1.0 / (1 << powerBits)
	for p := range t.mantissa {
		m := 1 + float64(p)*step
		low, high := math.Pow(m, b), math.Pow(m+step, b)
		slope := (high - low) / step
		t.mantissa[p] = line{low - slope*m, slope}
	}
	return t
}

// of returns a·x^b.
func (t *powerTable) of(x float64) float64 {
	bits := math.Float64bits(x)
	on := &t.mantissa[bits>>(52-powerBits)&(1<<powerBits-1)]
	m := math.Float64frombits(bits&(1<<52-1) | 1023<<52)
	return t.exponent[bits>>52&2047] * (on.offset + on.slope*m)
}
