package ode

import (
	"errors"
	"math"
	"testing"
)

// TestSolver compares solutions with closed forms: a rotation, whose errors add up over its
// length of 20, and exponential decay.
func TestSolver(t *testing.T) {
	for _, tolerance := range []float64{1e-5, 1e-8, 1e-11} {
		turn := &Solver{F: func(dst, y []float64) { dst[0], dst[1] = y[1], -y[0] }, Y: []float64{0, 1}, Tolerance: tolerance}
		for _, time := range []float64{0, 1, 7.5, 0.25, 11.25} {
			if err := turn.Advance(time); err != nil {
				t.Fatal(err)
			}
		}
		if e := math.Hypot(turn.Y[0]-math.Sin(20), turn.Y[1]-math.Cos(20)); e > 200*tolerance {
			t.Errorf("tolerance %g: a rotation is off by %g", tolerance, e)
		}
		decay := &Solver{F: func(dst, y []float64) { dst[0] = -3 * y[0] }, Y: []float64{2}, Tolerance: tolerance}
		if err := decay.Advance(2); err != nil {
			t.Fatal(err)
		}
		if e := math.Abs(decay.Y[0]/(2*math.Exp(-6)) - 1); e > 100*tolerance {
			t.Errorf("tolerance %g: decay is off by %g", tolerance, e)
		}
	}
}

// TestSolverFirstStep checks that a first step which is far too long, so that stages overflow,
// is made shorter: y' = -y⁵ from 1 is (1+4t)^{-1/4}.
func TestSolverFirstStep(t *testing.T) {
	s := &Solver{F: func(dst, y []float64) { dst[0] = -math.Pow(y[0], 5) }, Y: []float64{1}, Tolerance: 1e-9}
	if err := s.Advance(1e6); err != nil {
		t.Fatal(err)
	}
	if want := math.Pow(1+4e6, -1./4); math.Abs(s.Y[0]/want-1) > 1e-6 {
		t.Errorf("y = %g, want %g", s.Y[0], want)
	}
}

// TestSolverDiverges checks that a solution that is infinite after a time of 1 is an error.
func TestSolverDiverges(t *testing.T) {
	s := &Solver{F: func(dst, y []float64) { dst[0] = y[0] * y[0] }, Y: []float64{1}, Tolerance: 1e-6}
	if err := s.Advance(2); !errors.Is(err, ErrStep) {
		t.Errorf("error %v at y = %g", err, s.Y[0])
	}
}
