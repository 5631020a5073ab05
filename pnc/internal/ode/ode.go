// Package ode integrates systems of ordinary differential equations.
package ode

import (
	"errors"
	"math"
)

// ErrStep says that no step was short enough for the tolerance: the solution diverges, or it
// is not a number.
var ErrStep = errors.New("no step is short enough: the solution diverges")

// The coefficients of Dormand and Prince (1980): stages, and the difference of the solutions
// of order 5, which is the last stage, and 4.
var (
	stages = [6][]float64{
		{1. / 5},
		{3. / 40, 9. / 40},
		{44. / 45, -56. / 15, 32. / 9},
		{19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
		{9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
		{35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84},
	}
	difference = [7]float64{71. / 57600, 0, -71. / 16695, 71. / 1920, -17253. / 339200, 22. / 525, -1. / 40}
)

// Solver integrates y' = f(y), from where it is to later times, by the embedded method of
// order 5(4) of Dormand and Prince with steps as long as the tolerance allows.
type Solver struct {
	// F writes y' into dst.
	F func(dst, y []float64)
	// Y is the current solution.
	Y []float64
	// Tolerance bounds the root mean square over elements of the estimated error of a step,
	// relative to the largest element in absolute value.
	Tolerance float64

	step  float64
	slope [7][]float64
	at    []float64
}

// Advance integrates over the given time, which must not be negative.
func (s *Solver) Advance(time float64) error {
	if s.at == nil {
		for i := range s.slope {
			s.slope[i] = make([]float64, len(s.Y))
		}
		s.at = make([]float64, len(s.Y))
		s.F(s.slope[0], s.Y)
	}
	if s.step == 0 {
		s.step = time
	}
	shortest := 0x1p-50 * time
	for time > 0 {
		h := min(s.step, time)
		miss := s.try(h) / s.Tolerance
		grow := 0.2 // also if a step was so long that the error is not a number
		if !math.IsNaN(miss) {
			grow = min(5, max(0.2, 0.9*math.Pow(miss, -1./5)))
		}
		if !(miss <= 1) {
			if s.step = h * grow; s.step < shortest {
				return ErrStep
			}
			continue
		}
		time -= h
		copy(s.Y, s.at)
		s.slope[0], s.slope[6] = s.slope[6], s.slope[0] // the first stage of the next step
		if h == s.step || grow < 1 {
			s.step = h * grow
		}
	}
	return nil
}

// try computes the solution after a step h into s.at, and returns its error.
func (s *Solver) try(h float64) float64 {
	for i, weights := range stages {
		for j, y := range s.Y {
			for k, w := range weights {
				y += h * w * s.slope[k][j]
			}
			s.at[j] = y
		}
		s.F(s.slope[i+1], s.at)
	}
	var sum, largest float64
	for j, y := range s.at {
		var e float64
		for k, w := range difference {
			e += h * w * s.slope[k][j]
		}
		sum, largest = sum+e*e, max(largest, math.Abs(y))
	}
	return math.Sqrt(sum/float64(len(s.at))) / largest
}
