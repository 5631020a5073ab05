package plotting

import (
	"math"

	"gonum.org/v1/plot"
)

// LogScale is a logarithmic scale on which the position of values that are not
// positive is NaN, where plot.LogScale panics. The marks of this package leave such
// points out.
type LogScale struct{}

var _ plot.Normalizer = LogScale{}

// Normalize returns the position of x between min and max.
func (LogScale) Normalize(min, max, x float64) float64 {
	if !(x > 0) {
		return math.NaN()
	}
	return (math.Log(x) - math.Log(min)) / (math.Log(max) - math.Log(min))
}

// extent is a range of values; the zero value is empty.
type extent struct {
	min, max float64
	some     bool
}

// add widens the range to values that are finite and, for a logarithmic axis,
// positive.
func (e *extent) add(log bool, values ...float64) {
	for _, v := range values {
		if !drawable(v, log) {
			continue
		}
		if !e.some {
			*e = extent{v, v, true}
		}
		e.min, e.max = math.Min(e.min, v), math.Max(e.max, v)
	}
}

// join widens the range to another.
func (e *extent) join(other extent) {
	if other.some {
		e.add(false, other.min, other.max)
	}
}

// padded returns the ends of an axis for the range with a margin at either end, given
// as a fraction of the length. The range it returns is never empty.
func (e extent) padded(log bool, margin float64) (min, max float64) {
	if !e.some {
		return map[bool]float64{true: 0.1, false: 0}[log], 1
	}
	if log {
		lo, hi := math.Log(e.min), math.Log(e.max)
		if hi-lo < 1e-6 {
			lo, hi = lo-0.5, hi+0.5
		}
		pad := margin * (hi - lo)
		return math.Exp(lo - pad), math.Exp(hi + pad)
	}
	min, max = e.min, e.max
	if max-min <= 1e-9*math.Max(math.Abs(min), math.Abs(max)) {
		half := math.Max(0.5*math.Abs(min), 0.5)
		min, max = min-half, max+half
	}
	pad := margin * (max - min)
	return min - pad, max + pad
}

// missing is drawn as a gap.
var missing = math.NaN()

// drawable reports whether v can be drawn on an axis. Values close to the limits of
// float64 cannot, so that margins do not overflow.
func drawable(v float64, log bool) bool {
	return math.Abs(v) < 1e300 && (!log || v > 1e-300) // false for NaN
}

// ends returns the ends of two ranges in the form of plot.DataRanger, in which an
// empty range leaves the axis unchanged.
func (e extent) ends(y extent) (xmin, xmax, ymin, ymax float64) {
	xmin, xmax = e.orNone()
	ymin, ymax = y.orNone()
	return
}

func (e extent) orNone() (min, max float64) {
	if !e.some {
		return math.Inf(1), math.Inf(-1)
	}
	return e.min, e.max
}
