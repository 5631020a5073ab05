package plotting

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// mathNumber formats v with the given number of significant digits, as MathText
// with powers of ten where v is very large or small.
func mathNumber(v float64, digits int) string {
	s := strconv.FormatFloat(v, 'g', digits, 64)
	if v != 0 && math.Abs(v) < 1e-3 {
		s = strconv.FormatFloat(v, 'e', digits-1, 64)
	}
	mantissa, exponent, ok := strings.Cut(s, "e")
	if !ok {
		return minus(s)
	}
	e, err := strconv.Atoi(exponent)
	if err != nil {
		return minus(s)
	}
	if mantissa == "1" {
		return minus(fmt.Sprintf("10^{%d}", e))
	}
	return minus(fmt.Sprintf("%s×10^{%d}", mantissa, e))
}

// signed formats v with its sign.
func signed(v float64) string {
	s := mathNumber(v, 3)
	if v >= 0 {
		s = "+" + s
	}
	return s
}
