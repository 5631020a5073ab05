// Package elementary computes exponentials, logarithms and powers with the same bits
// on every processor. Package math does not: it has assembly for some processors, and
// its Go code is compiled to fused operations on others. Training and the closed form
// must not depend on that, so that what a page shows, in WebAssembly, is what a program
// computes.
//
// The functions are sums of their Taylor series, whose coefficients explain
// themselves. Products are converted to float64 before they are added, which forbids
// the compiler to fuse the two.
package elementary

import "math"

// ln 2 as a number whose last 21 bits are zero, which up to 2²¹ times is exact, and
// what is left of it.
const (
	ln2High = 0x1.62e42feep-1
	ln2Low  = 0x1.a39ef35793c76p-33
)

// inverse factorials 1/n!
var inverseFactorials = func() (c [14]float64) {
	f := 1.0
	for n := range c {
		f *= max(1, float64(n))
		c[n] = 1 / f // n! ≤ 13! is exact
	}
	return c
}()

// Exp returns e^x with an error below 2 units in the last place where the result is a
// normal number.
//
// With k the integer nearest to x/ln 2, e^x = 2^k e^r and |r| ≤ ln 2/2 + 2⁻⁴⁰, where
// the terms of the series after r¹³/13! are below 2⁻⁵⁷.
func Exp(x float64) float64 {
	switch {
	case x > 710: // e^709.8 is the largest number
		return math.Inf(1)
	case x < -746: // e^-745.2 rounds to 0
		return 0
	case math.IsNaN(x):
		return x
	}
	k := math.RoundToEven(x / math.Ln2)
	r := (x - float64(k*ln2High)) - float64(k*ln2Low)
	sum := inverseFactorials[13]
	for n := 12; n >= 0; n-- {
		sum = inverseFactorials[n] + float64(r*sum)
	}
	return math.Ldexp(sum, int(k))
}
