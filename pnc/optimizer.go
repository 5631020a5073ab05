package pnc

import (
	"errors"
	"fmt"
)

// Optimizer is the rule by which a step changes the parameters, with the learning rate
// η and weight decay λ: a parameter p with gradient g, in step t = 1, 2, ….
type Optimizer int

const (
	// SGD is stochastic gradient descent with momentum m,
	//
	//	v ← m v + g + λ p,   p ← p - η v
	//
	// as torch.optim.SGD does.
	SGD Optimizer = iota
	// Adam divides averages of the gradient by the root of those of its square (Kingma,
	// Ba 2015), element by element,
	//
	//	g ← g + λ p
	//	m ← β₁ m + (1-β₁) g,   v ← β₂ v + (1-β₂) g²
	//	p ← p - η m/(1-β₁ᵗ) / (√(v/(1-β₂ᵗ)) + ε)
	//
	// as torch.optim.Adam does: weight decay is a part of the gradient.
	Adam
	// AdamW is Adam with p ← (1-ηλ) p in place of the first line, as torch.optim.AdamW
	// does: weight decay decoupled from the gradient (Loshchilov, Hutter 2019).
	AdamW
)

var optimizerNames = [...]string{"sgd", "adam", "adamw"}

// String returns the name of the optimizer.
func (o Optimizer) String() string { return optimizerNames[o] }

// MarshalText implements encoding.TextMarshaler.
func (o Optimizer) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Optimizer) UnmarshalText(text []byte) error {
	i := indexOf(optimizerNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("unknown optimizer %.60q; known are %q", text, optimizerNames)
	}
	*o = Optimizer(i)
	return nil
}

// check returns an error if s has settings that its optimizer does not have, or for
// which its steps are no numbers. Defaults must be filled in.
func (o Optimizer) check(s *Settings) error {
	switch {
	case o < SGD || o > AdamW:
		return fmt.Errorf("unknown Optimizer %d; use SGD, Adam or AdamW", int(o))
	case o != SGD:
		return s.checkAdam()
	case s.Beta1 != 0 || s.Beta2 != 0 || s.Eps != 0:
		return errors.New("sgd has no Beta1, Beta2 and Eps; use Adam or AdamW")
	}
	return nil
}

// adapts reports whether the optimizer is Adam or AdamW.
func (s *Settings) adapts() bool { return adaptive && s.Optimizer != SGD }
