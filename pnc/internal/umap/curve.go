package umap

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
)

// mapCurve returns a and b of
//
//	v(x) = 1 / (1 + a x^{2b})
//
// that fit, by least squares at 300 distances x evenly spaced in [0, 3·spread],
//
//	1 for x < minDist,   exp(-(x - minDist)/spread) from there on.
//
// It minimises over log a and log b because both are positive.
func mapCurve(minDist, spread float64) (a, b float64) {
	x, y := floats.Span(make([]float64, 300), 0, 3*spread), make([]float64, 300)
	for i, v := range x {
		y[i] = min(1, math.Exp(-(v-minDist)/spread))
	}
	problem := optimize.Problem{
		Func: func(p []float64) float64 {
			a, b := math.Exp(p[0]), math.Exp(p[1])
			var sum float64
			for i, v := range x {
				r := 1/(1+a*math.Pow(v, 2*b)) - y[i]
				sum += r * r
			}
			return sum
		},
		Grad: func(grad, p []float64) {
			a, b := math.Exp(p[0]), math.Exp(p[1])
			grad[0], grad[1] = 0, 0
			for i, v := range x[1:] { // v(0) = 1 for all a and b
				power := a * math.Pow(v, 2*b)
				value := 1 / (1 + power)
				slope := -2 * (value - y[i+1]) * value * value * power
				grad[0] += slope
				grad[1] += slope * 2 * b * math.Log(v)
			}
		},
	}
	// The scale of distances is 1/spread in a.
	start := []float64{-2 * math.Log(spread), 0}
	result, err := optimize.Minimize(problem, start, &optimize.Settings{GradientThreshold: 1e-9}, &optimize.BFGS{})
	if result == nil {
		panic(fmt.Sprintf("pnc: UMAP: no curve for MinDist %v and Spread %v: %v", minDist, spread, err))
	}
	return math.Exp(result.X[0]), math.Exp(result.X[1])
}
