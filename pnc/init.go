package pnc

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
)

// Init says how the weights of a network start. The zero value is
// [PyTorchDefault]. PyTorchDefault also draws biases; every other Init sets them to
// zero.
type Init struct {
	kind  initKind
	scale float64
}

type initKind int

const (
	pyTorchDefault initKind = iota
	orthogonal
	kaimingNormal
	gaussian
	identity
)

var initNames = [...]string{"pytorch-default", "orthogonal", "kaiming-normal", "gaussian", "identity"}

// Orthogonal draws every W uniformly among the matrices with W Wᵀ = ε²I or WᵀW = ε²I,
// whichever is possible for its shape, with the scale ε (Saxe, McClelland, Ganguli
// 2014). It is the initialisation of the theorem.
func Orthogonal(scale float64) Init { return Init{orthogonal, scale} }

// PyTorchDefault draws weights and biases of a map with fan-in m independently
// and uniformly from [-1/√m, 1/√m], as torch.nn.Linear does.
func PyTorchDefault() Init { return Init{} }

// KaimingNormal draws weights of a map with fan-in m independently from the
// normal distribution with variance 2/m (He et al. 2015).
func KaimingNormal() Init { return Init{kind: kaimingNormal} }

// Gaussian draws weights independently from the normal distribution with the
// given standard deviation.
func Gaussian(std float64) Init { return Init{gaussian, std} }

// Identity sets every W to the scale ε times the identity, extended by zero rows or
// columns if W is not square.
func Identity(scale float64) Init { return Init{identity, scale} }

// Scale returns the scale ε of Orthogonal and Identity and the standard deviation
// of Gaussian; it is 0 for the others.
func (i Init) Scale() float64 { return i.scale }

// String returns the initialisation as text: its name, and its scale in parentheses
// if it has one, such as "orthogonal(0.3)".
func (i Init) String() string {
	if !i.kind.scaled() {
		return initNames[i.kind]
	}
	return fmt.Sprintf("%s(%v)", initNames[i.kind], i.scale)
}

// scaled reports whether the kind has a scale.
func (k initKind) scaled() bool { return k != pyTorchDefault && k != kaimingNormal }

// MarshalText returns the text that String returns.
func (i Init) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (i *Init) UnmarshalText(text []byte) error {
	name, args, err := parseCall(string(text))
	if err != nil {
		return fmt.Errorf("initialisation %w", err)
	}
	kind := initKind(indexOf(initNames[:], name))
	if kind < 0 {
		return fmt.Errorf("unknown initialisation %.60q; known are %q", name, initNames)
	}
	v := Init{kind: kind}
	if len(args) != 0 && !kind.scaled() || len(args) != 1 && kind.scaled() {
		return fmt.Errorf("initialisation %.60q: a scale in parentheses belongs to orthogonal, gaussian and identity only", text)
	}
	if kind.scaled() {
		if v.scale, err = parseNumber(args[0]); err != nil {
			return fmt.Errorf("initialisation %.60q: %w", text, err)
		}
		if v.scale-v.scale != 0 {
			return fmt.Errorf("initialisation %.60q: a scale that is not finite", text)
		}
	}
	*i = v
	return nil
}

// UnmarshalJSON reads the text form, or the object that version 0 of experiments
// used.
func (i *Init) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '{' {
		text, err := jsonText(b)
		if err != nil {
			return err
		}
		return i.UnmarshalText([]byte(text))
	}
	var v struct {
		Kind  string
		Scale float64
	}
	if err := decodeStrictly(b, &v); err != nil {
		return err
	}
	kind := initKind(indexOf(initNames[:], v.Kind))
	if kind < 0 {
		return fmt.Errorf("unknown initialisation %.60q; known are %q", v.Kind, initNames)
	}
	*i = Init{kind, v.Scale}
	return nil
}

// weights draws an out×in weight matrix.
func (i Init) weights(out, in int, rnd *rand.Rand) *mat.Dense {
	w := mat.NewDense(out, in, nil)
	switch i.kind {
	case orthogonal:
		if out >= in {
			w = linalg.Haar(out, in, rnd)
		} else {
			w.CloneFrom(linalg.Haar(in, out, rnd).T())
		}
		w.Scale(i.scale, w)
	case pyTorchDefault:
		bound := 1 / math.Sqrt(float64(in))
		linalg.Fill(w, func() float64 { return bound * (2*rnd.Float64() - 1) })
	case kaimingNormal:
		std := math.Sqrt(2 / float64(in))
		linalg.Fill(w, func() float64 { return std * rnd.NormFloat64() })
	case gaussian:
		linalg.Fill(w, func() float64 { return i.scale * rnd.NormFloat64() })
	case identity:
		for j := range min(out, in) {
			w.Set(j, j, i.scale)
		}
	}
	return w
}

// bias draws the bias of an out×in map.
func (i Init) bias(out, in int, rnd *rand.Rand) []float64 {
	b := make([]float64, out)
	if i.kind == pyTorchDefault {
		bound := 1 / math.Sqrt(float64(in))
		for j := range b {
			b[j] = bound * (2*rnd.Float64() - 1)
		}
	}
	return b
}
