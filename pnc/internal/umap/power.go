package umap

import "math"

// powerTable computes x^b for one b and positive normal x to a relative accuracy
// of b|b-1|·2⁻²³, several times faster than math.Pow: x = 2^e·m with 1 ≤ m < 2
// gives x^b = 2^{be}·m^b, where the first factor is tabulated and the second is
// interpolated linearly between 1,024 points.
type powerTable struct {
	exponent [2048]float64 // 2^{b(e-1023)}
	mantissa [powerPoints + 1]float64
}

const (
	powerBits   = 10
	powerPoints = 1 << powerBits
)

func newPowerTable(b float64) *powerTable {
	t := new(powerTable)
	for e := range t.exponent {
		t.exponent[e] = math.Exp2(b * float64(e-1023))
	}
	for p := range t.mantissa {
		t.mantissa[p] = math.Pow(1+float64(p)/powerPoints, b)
	}
	return t
}

// of returns x^b.
func (t *powerTable) of(x float64) float64 {
	const rest = 52 - powerBits
	bits := math.Float64bits(x)
	p := bits >> rest & (powerPoints - 1)
	low, high := t.mantissa[p], t.mantissa[p+1]
	between := float64(bits&(1<<rest-1)) * (1.0 / (1 << rest))
	return t.exponent[bits>>52&2047] * (low + between*(high-low))
}
