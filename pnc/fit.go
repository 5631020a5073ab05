package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

// Fit is a least-squares line through a sequence over layers l = 0, 1, ...
type Fit struct {
	// Intercept and Slope are those of y(l) = Intercept + Slope·l, where y is the
	// sequence itself, or its natural logarithm for a geometric fit.
	Intercept, Slope float64
	// R2 is the coefficient of determination R² of y.
	R2 float64
	// Geometric says that the line was fitted to the logarithm.
	Geometric bool
}

// FitGeometric fits log y_l = a + b·l, the geometric decay of the compression C,
// with layers counted from 0. The rate per layer is exp(b), see [Fit.Rate]. Values
// that are not positive and finite make every result NaN.
func FitGeometric(y []float64) Fit {
	logs := make([]float64, len(y))
	for l, v := range y {
		logs[l] = math.Log(v) // NaN below 0, -Inf at 0: both give a NaN fit
	}
	f := FitLinear(logs)
	f.Geometric = true
	return f
}

// FitLinear fits y_l = a + b·l, the linear growth of the discrimination D, with
// layers counted from 0. The rate per layer is b. It panics if there are fewer than
// two values.
func FitLinear(y []float64) Fit {
	if len(y) < 2 {
		panic("pnc: a line needs at least two layers")
	}
	x := make([]float64, len(y))
	for l, v := range y {
		x[l] = float64(l)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Fit{Intercept: math.NaN(), Slope: math.NaN(), R2: math.NaN()}
		}
	}
	a, b := stat.LinearRegression(x, y, nil, false)
	return Fit{Intercept: a, Slope: b, R2: stat.RSquared(x, y, nil, a, b)}
}

// Rate returns the change per layer: the factor exp(Slope) of a geometric fit, the
// increment Slope of a linear one.
func (f Fit) Rate() float64 {
	if f.Geometric {
		return math.Exp(f.Slope)
	}
	return f.Slope
}

// HalfLife returns the number of layers in which a geometric fit falls to a half, as He
// and Su (2023) give it; negative if it rises.
func (f Fit) HalfLife() float64 { return -math.Ln2 / f.Slope }

// At returns the fitted value at layer l.
func (f Fit) At(l float64) float64 {
	y := f.Intercept + f.Slope*l
	if f.Geometric {
		return math.Exp(y)
	}
	return y
}

// String returns the rate and R².
func (f Fit) String() string {
	if f.Geometric {
		return fmt.Sprintf("× %.4g per layer (R² = %.5f)", f.Rate(), f.R2)
	}
	return fmt.Sprintf("%+.4g per layer (R² = %.5f)", f.Rate(), f.R2)
}

// Ratios returns y_{l+1}/y_l, one value fewer than y.
func Ratios(y []float64) []float64 {
	r := make([]float64, max(0, len(y)-1))
	for l := range r {
		r[l] = y[l+1] / y[l]
	}
	return r
}

// Exponent returns the exponent b of the power law y = a·x^b that fits the
// logarithms of both best: the slope of a line in a log-log plot. It is NaN if any
// value is not positive and finite, and panics if x and y differ in length or have
// fewer than two values.
func Exponent(x, y []float64) float64 {
	if len(x) != len(y) || len(x) < 2 {
		panic(fmt.Sprintf("pnc: Exponent of %d values at %d points; at least two are needed", len(y), len(x)))
	}
	logX, logY := make([]float64, len(x)), make([]float64, len(y))
	for i := range x {
		logX[i], logY[i] = math.Log(x[i]), math.Log(y[i])
	}
	_, b := stat.LinearRegression(logX, logY, nil, false)
	return b
}

// MaxRelative returns the largest |got_l - want_l| / |want_l|, the worst relative
// error over layers. It is NaN if any of these is NaN, and panics if the lengths
// differ.
func MaxRelative(got, want []float64) float64 {
	if len(got) != len(want) {
		panic(fmt.Sprintf("pnc: MaxRelative of %d and %d values", len(got), len(want)))
	}
	worst := 0.0
	for l, w := range want {
		worst = max(worst, math.Abs(got[l]-w)/math.Abs(w)) // max propagates NaN
	}
	return worst
}
