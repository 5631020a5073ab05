package pnc

import (
	"fmt"
	"math"
)

// Schedule says how the learning rate changes during training. The zero value
// keeps it constant.
type Schedule struct {
	// Kind is "" or "constant", "cosine" or "step".
	Kind string `json:",omitempty"`
	// Period is T in the formulas, in epochs, or in steps if PerStep is set. For
	// the cosine, 0 stands for the whole training.
	Period int `json:",omitempty"`
	// Factor is the ratio of the final to the initial rate of a cosine, or the
	// factor of every drop of a step schedule.
	Factor float64 `json:",omitempty"`
	// PerStep counts steps instead of epochs.
	PerStep bool `json:",omitempty"`
}

// Constant keeps the learning rate η as it is.
func Constant() Schedule { return Schedule{} }

// Cosine anneals the learning rate from η to factor·η over the whole training,
//
//	η_t = η_min + (η - η_min)(1 + cos(π (t mod T)/T))/2,  η_min = factor·η,
//
// and starts again after every Period, if that is set (Loshchilov, Hutter 2017).
func Cosine(factor float64) Schedule { return Schedule{Kind: "cosine", Factor: factor} }

// StepDecay multiplies the learning rate by factor after every period epochs.
func StepDecay(period int, factor float64) Schedule {
	return Schedule{Kind: "step", Period: period, Factor: factor}
}

// check returns an error for a schedule that makes no sense.
func (s Schedule) check() error {
	switch s.Kind {
	case "", "constant":
		return nil
	case "cosine":
		if s.Period < 0 || s.Factor < 0 {
			return fmt.Errorf("cosine schedule with period %d and factor %g; neither may be negative", s.Period, s.Factor)
		}
		return nil
	case "step":
		if s.Period < 1 || s.Factor <= 0 {
			return fmt.Errorf("step schedule with period %d and factor %g; both must be positive", s.Period, s.Factor)
		}
		return nil
	}
	return fmt.Errorf("unknown schedule %q; known are constant, cosine and step", s.Kind)
}

// Rate returns the learning rate at the given epoch and step, both counted from
// 0, when it starts at lr and epochs epochs of steps steps each are planned.
func (s Schedule) Rate(lr float64, epoch, step, epochs, steps int) float64 {
	t, whole := epoch, epochs
	if s.PerStep {
		t, whole = step, epochs*steps
	}
	switch s.Kind {
	case "cosine":
		period := s.Period
		if period == 0 {
			period = whole
		}
		lowest := s.Factor * lr
		return lowest + (lr-lowest)*(1+math.Cos(math.Pi*float64(t%period)/float64(period)))/2
	case "step":
		return lr * math.Pow(s.Factor, float64(t/s.Period))
	}
	return lr
}

// String describes the schedule.
func (s Schedule) String() string {
	switch s.Kind {
	case "cosine":
		return fmt.Sprintf("cosine to %g of the start", s.Factor)
	case "step":
		return fmt.Sprintf("× %g every %d", s.Factor, s.Period)
	}
	return "constant"
}
