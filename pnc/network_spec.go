package pnc

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// networkSpec is the stored form of a network without its numbers, which are stored
// as arrays.
type networkSpec struct {
	Name   string
	Layers []layerSpec
}

type layerSpec struct {
	Name       string
	Rows, Cols int       // of W
	Bias       bool      `json:",omitempty"`
	Norm       *normSpec `json:",omitempty"`
	ReLU       bool      `json:",omitempty"`
	Conv       *Conv     `json:",omitempty"`
	Pool       *Pool     `json:",omitempty"`
	Skip       *skipSpec `json:",omitempty"`
}

type normSpec struct{ Eps, StatMomentum float64 }

type skipSpec struct {
	From int
	Map  *layerSpec `json:",omitempty"`
}

// encode returns the network as its spec and its numbers: for every layer, W row by
// row, bias, γ, β, running mean and running variance, as far as they exist, and then
// those of its skip. The arrays may be shared with the network.
func (n *Network) encode() (networkSpec, []any) {
	spec := networkSpec{Name: n.Name}
	var arrays []any
	for i := range n.Layers {
		spec.Layers = append(spec.Layers, n.Layers[i].encode(&arrays))
	}
	return spec, arrays
}

func (l *Layer) encode(arrays *[]any) layerSpec {
	s := layerSpec{Name: l.Name, Bias: l.Bias != nil, ReLU: l.ReLU, Conv: l.Conv, Pool: l.Pool}
	s.Rows, s.Cols = l.W.Dims()
	w := l.W.RawMatrix()
	if w.Stride != w.Cols {
		w = mat.DenseCopyOf(l.W).RawMatrix()
	}
	*arrays = append(*arrays, w.Data[:s.Rows*s.Cols])
	if l.Bias != nil {
		*arrays = append(*arrays, l.Bias)
	}
	if b := l.Norm; b != nil {
		s.Norm = &normSpec{b.Eps, b.StatMomentum}
		*arrays = append(*arrays, b.Gamma, b.Beta, b.RunningMean, b.RunningVar)
	}
	if l.Skip != nil {
		s.Skip = &skipSpec{From: l.Skip.From}
		if l.Skip.Map != nil {
			m := l.Skip.Map.encode(arrays)
			s.Skip.Map = &m
		}
	}
	return s
}

// errOtherShapes is the error for arrays that do not fit a spec.
var errOtherShapes = errors.New("the arrays do not fit the layers")

// decode returns the network for which encode returned s and the arrays, and the
// remaining arrays.
func (s *networkSpec) decode(arrays []any) (*Network, []any, error) {
	n := &Network{Name: s.Name, Layers: make([]Layer, len(s.Layers))}
	r := arrayReader{arrays: arrays}
	for i := range s.Layers {
		n.Layers[i] = s.Layers[i].decode(&r)
	}
	if r.failed || !n.sound() {
		return nil, nil, errOtherShapes
	}
	return n, r.arrays, nil
}

// largestSide bounds the sides of images and kernels, so that products are numbers.
const largestSide = 1 << 15

// sound reports whether every layer takes what the one before it puts out, and what is
// added to it has its shape.
func (n *Network) sound() bool {
	for i := range n.Layers {
		l := &n.Layers[i]
		if !l.sound() || i > 0 && l.In() != n.Layers[i-1].Out() {
			return false
		}
		s := l.Skip
		if s == nil {
			continue
		}
		if s.From < 1 || s.From > i {
			return false
		}
		from := n.Layers[s.From-1].Shape()
		if m := s.Map; m != nil {
			if !m.sound() || m.ReLU || m.Pool != nil || m.Skip != nil || m.In() != from.Dim() {
				return false
			}
			from = m.mapShape()
		}
		if from.Dim() != l.mapShape().Dim() {
			return false
		}
	}
	return len(n.Layers) > 0
}

// sound reports whether a layer, whatever is around it, is possible.
func (l *Layer) sound() bool {
	side := func(v int) bool { return v >= 1 && v <= largestSide }
	if c := l.Conv; c != nil {
		_, cols := l.W.Dims()
		if !side(c.In.Channels) || !side(c.In.Height) || !side(c.In.Width) || !side(c.Kernel) || c.Kernel%2 == 0 || !side(c.Stride) || cols != c.Kernel*c.Kernel*c.In.Channels {
			return false
		}
	}
	if p := l.Pool; p != nil {
		s := l.mapShape()
		return p.Height >= 1 && p.Width >= 1 && s.Height%p.Height == 0 && s.Width%p.Width == 0
	}
	return true
}

func (s *layerSpec) decode(r *arrayReader) Layer {
	l := Layer{Name: s.Name, ReLU: s.ReLU, Conv: s.Conv, Pool: s.Pool}
	if s.Rows < 1 || s.Cols < 1 || s.Rows > math.MaxInt32 || s.Cols > math.MaxInt32 {
		r.failed = true
	}
	if w := r.next(s.Rows * s.Cols); !r.failed {
		l.W = mat.NewDense(s.Rows, s.Cols, w)
	}
	if s.Bias {
		l.Bias = r.next(s.Rows)
	}
	if s.Norm != nil {
		l.Norm = &BatchNorm{
			Gamma: r.next(s.Rows), Beta: r.next(s.Rows), RunningMean: r.next(s.Rows), RunningVar: r.next(s.Rows),
			Eps: s.Norm.Eps, StatMomentum: s.Norm.StatMomentum,
		}
	}
	if s.Skip != nil {
		l.Skip = &Skip{From: s.Skip.From}
		if s.Skip.Map != nil {
			m := s.Skip.Map.decode(r)
			l.Skip.Map = &m
		}
	}
	return l
}

// arrayReader consumes arrays one by one.
type arrayReader struct {
	arrays []any
	failed bool
}

// next returns the next array if it has n elements.
func (r *arrayReader) next(n int) []float64 {
	if r.failed || len(r.arrays) == 0 {
		r.failed = true
		return nil
	}
	a, ok := r.arrays[0].([]float64)
	if r.arrays = r.arrays[1:]; !ok || len(a) != n {
		r.failed = true
		return nil
	}
	return a
}
