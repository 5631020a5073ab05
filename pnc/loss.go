package pnc

import (
	"fmt"
	"math"
)

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

// String names the loss.
func (l Loss) String() string { return lossNames[l] }

// MarshalText implements encoding.TextMarshaler.
func (l Loss) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Loss) UnmarshalText(b []byte) error {
	for i, name := range lossNames {
		if name == string(b) {
			*l = Loss(i)
			return nil
		}
	}
	return fmt.Errorf("unknown loss %q; known are %q", b, lossNames)
}

// loss returns the loss of the batch at hand after a forward pass and the number
// of samples whose largest logit is that of their class, and leaves the gradient
// of the loss with respect to the output in e.dout.
func (e *engine[T]) loss(kind Loss) (loss float64, correct int) {
	b := e.size
	out := e.features(len(e.layers))
	gradient := lossMSE[T]
	if kind == CrossEntropy {
		gradient = lossCrossEntropy[T]
	}
	for i, y := range e.labels {
		best := 0
		for k := range e.column {
			v := out[k*b+i]
			if v > out[best*b+i] {
				best = k
			}
			e.column[k] = e.alpha * v
		}
		if best == y {
			correct++
		}
		loss += gradient(e.column, y)
		for k, g := range e.column {
			e.dout[k*b+i] = e.alpha * g / T(b)
		}
	}
	return loss / float64(b), correct
}

// lossMSE returns ‖z - e_y‖² and replaces z by its gradient 2(z - e_y).
func lossMSE[T float32 | float64](z []T, y int) float64 {
	z[y]--
	var sum float64
	for k, v := range z {
		sum += float64(v) * float64(v)
		z[k] = 2 * v
	}
	return sum
}

// lossCrossEntropy returns log Σ exp(z_k) - z_y and replaces z by its gradient
// softmax(z) - e_y. The largest entry is subtracted first, so nothing overflows.
func lossCrossEntropy[T float32 | float64](z []T, y int) float64 {
	largest := z[0]
	for _, v := range z {
		largest = max(largest, v)
	}
	var sum float64
	for _, v := range z {
		sum += math.Exp(float64(v - largest))
	}
	loss := math.Log(sum) - float64(z[y]-largest)
	for k, v := range z {
		z[k] = T(math.Exp(float64(v-largest)) / sum)
	}
	z[y]--
	return loss
}
