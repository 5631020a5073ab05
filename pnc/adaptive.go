//go:build !js

package pnc

import (
	"fmt"

	"pnclab/pnc/internal/engine"
)

// adaptive says whether there are Adam and AdamW.
const adaptive = true

// checkAdam returns an error if Adam or AdamW does not have the settings, or if its steps
// are no numbers with them.
func (s *Settings) checkAdam() error {
	o := s.Optimizer
	switch {
	case s.Momentum != 0:
		return fmt.Errorf("%s has no Momentum; use Beta1 and Beta2", o)
	case !(s.Beta1 > 0 && s.Beta1 < 1 && s.Beta2 > 0 && s.Beta2 < 1):
		return fmt.Errorf("averages with Beta1 %g and Beta2 %g; both must be between 0 and 1", s.Beta1, s.Beta2)
	case s.Method == Reduced:
		return fmt.Errorf("Method %s is for SGD: %s changes every element at a rate of its own; use Auto", s.Method, o)
	}
	// Where all gradients were zero, the step is 0/ε√(1-β₂ᵗ), and √(1-β₂) ≥ 1e-8.
	if least := map[Precision]float64{Float64: 1e-290, Float32: 1e-29}[s.Precision]; !(s.Eps >= least && s.Eps <= 1/least) {
		return fmt.Errorf("with an Eps of %g steps are no numbers in %s; it must be between %g and %g", s.Eps, s.Precision, least, 1/least)
	}
	return nil
}

// adam returns step t of Adam or AdamW.
func (s *Settings) adam(rate float64, t int) engine.Adam {
	return engine.Adam{
		LearningRate: rate, Beta1: s.Beta1, Beta2: s.Beta2, Eps: s.Eps, WeightDecay: s.WeightDecay,
		Decoupled: s.Optimizer == AdamW, Step: t,
	}
}
