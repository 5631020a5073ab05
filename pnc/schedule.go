package pnc

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Schedule says how the learning rate changes during training. The zero value
// keeps it constant.
type Schedule struct {
	// Kind is "" or "constant", "cosine" or "step".
	Kind string
	// Period is T in the formulas, in epochs, or in steps if PerStep is set. For
	// the cosine, 0 means the whole training.
	Period int
	// Factor is the ratio of the final to the initial learning rate of a cosine, or
	// the factor of every drop of a step schedule.
	Factor float64
	// PerStep counts steps instead of epochs.
	PerStep bool
}

// Constant keeps the learning rate η as it is.
func Constant() Schedule { return Schedule{} }

// Cosine anneals the learning rate from η to factor·η over the whole training,
//
//	η_t = η_min + (η - η_min)(1 + cos(π (t mod T)/T))/2,  η_min = factor·η,
//
// and restarts after every Period, if that is set (Loshchilov, Hutter 2017).
func Cosine(factor float64) Schedule { return Schedule{Kind: "cosine", Factor: factor} }

// StepDecay multiplies the learning rate by factor after every period epochs.
func StepDecay(period int, factor float64) Schedule {
	return Schedule{Kind: "step", Period: period, Factor: factor}
}

// check returns an error if the schedule is invalid.
func (s Schedule) check() error {
	if s.Factor-s.Factor != 0 {
		return fmt.Errorf("schedule with factor %g, which is not finite", s.Factor)
	}
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
	return fmt.Errorf("unknown schedule %.60q; known are constant, cosine and step", s.Kind)
}

// Rate returns the learning rate at the given epoch and step, both counted from
// 0, if it starts at lr and the given numbers of epochs, and of steps per epoch, are
// planned.
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

// String returns the schedule as text: "constant", or its kind with the factor,
// period and unit that are set, such as "cosine(factor=0.01, period=20,
// unit=steps)".
func (s Schedule) String() string {
	if s.Kind == "" || s.Kind == "constant" {
		return "constant"
	}
	var args []string
	if s.Factor != 0 {
		args = append(args, fmt.Sprintf("factor=%v", s.Factor))
	}
	if s.Period != 0 {
		args = append(args, fmt.Sprintf("period=%d", s.Period))
	}
	if s.PerStep {
		args = append(args, "unit=steps")
	}
	return fmt.Sprintf("%s(%s)", s.Kind, strings.Join(args, ", "))
}

// MarshalText returns the text that String returns.
func (s Schedule) MarshalText() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return []byte(s.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (s *Schedule) UnmarshalText(text []byte) error {
	kind, args, err := parseCall(string(text))
	if err != nil {
		return fmt.Errorf("schedule %w", err)
	}
	v := Schedule{Kind: kind}
	if kind == "constant" {
		v.Kind = ""
	}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		var err error
		switch name {
		case "factor":
			v.Factor, err = parseNumber(value)
		case "period":
			if v.Period, err = strconv.Atoi(value); err != nil {
				err = errors.New("not a whole number")
			}
		case "unit":
			if v.PerStep = value == "steps"; !v.PerStep && value != "epochs" {
				err = errors.New("a unit other than epochs and steps")
			}
		default:
			err = errors.New("an argument other than factor, period and unit")
		}
		if err != nil {
			return fmt.Errorf("schedule %.60q: %.60q: %w", text, arg, err)
		}
	}
	*s = v
	return v.check()
}

// UnmarshalJSON reads the text form, or the object that version 0 of experiments
// used.
func (s *Schedule) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		type plain Schedule
		if err := decodeStrictly(b, (*plain)(s)); err != nil {
			return err
		}
		return s.check()
	}
	text, err := jsonText(b)
	if err != nil {
		return err
	}
	return s.UnmarshalText([]byte(text))
}
