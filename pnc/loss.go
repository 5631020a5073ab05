package pnc

import "fmt"

// Loss is the function that training minimises. The logits f(x) are scaled by
// Settings.Alpha.
type Loss int

const (
	// MSE is the mean over the batch of ‖α f(x) - y‖², with y one-hot. It is 2/N
	// times the loss ½‖αf(X) - Y‖_F² of the theory.
	MSE Loss = iota
	// CrossEntropy is the mean over the batch of the cross-entropy of softmax(α f(x)).
	CrossEntropy
)

var lossNames = [...]string{"mse", "cross-entropy"}

// String returns the name of the loss.
func (l Loss) String() string { return lossNames[l] }

// MarshalText implements encoding.TextMarshaler.
func (l Loss) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Loss) UnmarshalText(text []byte) error {
	i := indexOf(lossNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("unknown loss %.60q; known are %q", text, lossNames)
	}
	*l = Loss(i)
	return nil
}
