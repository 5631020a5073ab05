package pnc

import "fmt"

// Optimizer is the rule by which a step changes the parameters.
type Optimizer int

// SGD is stochastic gradient descent with momentum m and weight decay λ: for a
// parameter p with gradient g,
//
//	v ← m v + g + λ p,   p ← p - η v
//
// as torch.optim.SGD does.
const SGD Optimizer = 0

var optimizerNames = [...]string{"sgd"}

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
