package pnc

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Init says how the weights of a network start. The zero value is
// [PyTorchDefault]. Biases are drawn by PyTorchDefault's rule there and are zero
// for every other Init.
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

// Orthogonal starts every W with W Wᵀ = ξ²I or WᵀW = ξ²I, whichever is possible
// for its shape, uniformly distributed among such matrices (Saxe, McClelland,
// Ganguli 2014). It is the initialisation of the theorem, with ξ = ε.
func Orthogonal(xi float64) Init { return Init{orthogonal, xi} }

// PyTorchDefault draws weights and biases of a map with fan-in m independently
// and uniformly from [-1/√m, 1/√m], as torch.nn.Linear does.
func PyTorchDefault() Init { return Init{} }

// KaimingNormal draws weights of a map with fan-in m independently from the
// normal distribution with variance 2/m (He et al. 2015).
func KaimingNormal() Init { return Init{kind: kaimingNormal} }

// Gaussian draws weights independently from the normal distribution with the
// given standard deviation.
func Gaussian(std float64) Init { return Init{gaussian, std} }

// Identity starts every W as ξ times the identity, extended by zero rows or
// columns if W is not square.
func Identity(xi float64) Init { return Init{identity, xi} }

// Scale returns ξ of Orthogonal and Identity and the standard deviation of
// Gaussian; it is 0 for those that have no scale.
func (i Init) Scale() float64 { return i.scale }

// String names the initialisation and its scale.
func (i Init) String() string {
	if i.kind == pyTorchDefault || i.kind == kaimingNormal {
		return initNames[i.kind]
	}
	return fmt.Sprintf("%s(%g)", initNames[i.kind], i.scale)
}

// initJSON is how an Init is stored.
type initJSON struct {
	Kind  string
	Scale float64 `json:",omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (i Init) MarshalJSON() ([]byte, error) {
	return json.Marshal(initJSON{initNames[i.kind], i.scale})
}

// UnmarshalJSON implements json.Unmarshaler.
func (i *Init) UnmarshalJSON(b []byte) error {
	var v initJSON
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	for kind, name := range initNames {
		if name == v.Kind {
			*i = Init{initKind(kind), v.Scale}
			return nil
		}
	}
	return fmt.Errorf("unknown initialisation %q; known are %q", v.Kind, initNames)
}

// weights draws an out×in weight matrix.
func (i Init) weights(out, in int, rnd *rand.Rand) *mat.Dense {
	w := mat.NewDense(out, in, nil)
	switch i.kind {
	case orthogonal:
		if out >= in {
			w = haar(out, in, rnd)
		} else {
			w.CloneFrom(haar(in, out, rnd).T())
		}
		w.Scale(i.scale, w)
	case pyTorchDefault:
		bound := 1 / math.Sqrt(float64(in))
		fill(w, func() float64 { return bound * (2*rnd.Float64() - 1) })
	case kaimingNormal:
		std := math.Sqrt(2 / float64(in))
		fill(w, func() float64 { return std * rnd.NormFloat64() })
	case gaussian:
		fill(w, func() float64 { return i.scale * rnd.NormFloat64() })
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

// fill sets every element of m, row by row.
func fill(m *mat.Dense, value func() float64) {
	rows, cols := m.Dims()
	for i := range rows {
		for j := range cols {
			m.Set(i, j, value())
		}
	}
}

// haar returns a rows×cols matrix, rows ≥ cols, with orthonormal columns that is
// uniformly distributed: the Q of a Gaussian matrix's QR decomposition with the
// signs fixed by a positive diagonal of R (Mezzadri 2007).
func haar(rows, cols int, rnd *rand.Rand) *mat.Dense {
	g := mat.NewDense(rows, cols, nil)
	fill(g, rnd.NormFloat64)
	return thinQ(g)
}
