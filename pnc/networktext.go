//go:build !js

package pnc

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/arrays"
)

// networkText describes a network in a file beside its tensors, which have the names
// and shapes of PyTorch: docs/weights.md. A change that earlier versions would read
// wrongly gets a new Version.
type networkText struct {
	Version int
	Name    string
	Layers  []layerText
}

// networkVersion is the version that is written, and the newest that is read.
const networkVersion = 1

type layerText struct {
	Name string
	// Module is the module of the linear map: Module.weight is out×in, or
	// out×channels×k×k with Conv, and Module.bias, with Bias, has one element per row.
	Module string
	Bias   bool      `json:",omitempty"`
	Norm   *normText `json:",omitempty"`
	ReLU   bool      `json:",omitempty"`
	Conv   *Conv     `json:",omitempty"`
	Pool   *Pool     `json:",omitempty"`
	Skip   *skipText `json:",omitempty"`
}

// normText describes a BatchNorm, whose tensors are weight (γ), bias (β), running_mean and
// running_var of Module.
type normText struct {
	Module            string
	Eps, StatMomentum float64
	Plain             bool `json:",omitempty"` // without γ and β, which are 1 and 0
}

type skipText struct {
	From int
	Map  *layerText `json:",omitempty"`
}

// describe returns the description of the network and its tensors, which share memory
// with it where their order is the same. Modules are numbered as in an nn.Sequential of
// Linear or Conv2d, BatchNorm, ReLU, a pooling layer, and Flatten before the first matrix
// that follows a convolution; those on a skip are 0 and 1 of the module skipN, where N is
// the number of the layer's linear map.
func (n *Network) describe(p Precision) (*networkText, []arrays.Values) {
	t := &networkText{Version: networkVersion, Name: n.Name}
	d := describer{single: p == Float32}
	for i := range n.Layers {
		l := &n.Layers[i]
		if i > 0 && l.Conv == nil && n.Layers[i-1].Conv != nil {
			d.next++ // Flatten
		}
		t.Layers = append(t.Layers, d.layer(l))
	}
	return t, d.tensors
}

// describer numbers modules and collects their tensors.
type describer struct {
	prefix  string
	next    int // the number of the next module
	single  bool
	tensors []arrays.Values
}

// module returns the name of the next module.
func (d *describer) module() string {
	d.next++
	return fmt.Sprint(d.prefix, d.next-1)
}

func (d *describer) add(name string, data []float64, shape ...int) {
	d.tensors = append(d.tensors, arrays.Values{Name: name, Shape: shape, Data: data, Single: d.single})
}

func (d *describer) layer(l *Layer) layerText {
	number := d.next
	t := layerText{Name: l.Name, Module: d.module(), Bias: l.Bias != nil, ReLU: l.ReLU, Conv: l.Conv, Pool: l.Pool}
	rows, cols := l.W.Dims()
	w := l.W.RawMatrix()
	switch {
	case l.Conv != nil:
		d.add(t.Module+".weight", kernelsOf(l.W, l.Conv), rows, l.Conv.In.Channels, l.Conv.Kernel, l.Conv.Kernel)
	case w.Stride != w.Cols:
		w = mat.DenseCopyOf(l.W).RawMatrix()
		fallthrough
	default:
		d.add(t.Module+".weight", w.Data[:rows*cols], rows, cols)
	}
	if l.Bias != nil {
		d.add(t.Module+".bias", l.Bias, rows)
	}
	if b := l.Norm; b != nil {
		t.Norm = &normText{Module: d.module(), Eps: b.Eps, StatMomentum: b.StatMomentum}
		d.add(t.Norm.Module+".weight", b.Gamma, rows)
		d.add(t.Norm.Module+".bias", b.Beta, rows)
		d.add(t.Norm.Module+".running_mean", b.RunningMean, rows)
		d.add(t.Norm.Module+".running_var", b.RunningVar, rows)
	}
	if l.Skip != nil {
		t.Skip = &skipText{From: l.Skip.From}
		if l.Skip.Map != nil {
			on := describer{prefix: fmt.Sprintf("%sskip%d.", d.prefix, number), single: d.single}
			m := on.layer(l.Skip.Map)
			t.Skip.Map = &m
			d.tensors = append(d.tensors, on.tensors...)
		}
	}
	if l.ReLU {
		d.next++
	}
	if l.Pool != nil {
		d.next++
	}
	return t
}

// kernelsOf returns W as weight[out][channel][row][column].
func kernelsOf(w *mat.Dense, c *Conv) []float64 {
	rows, cols := w.Dims()
	k, channels := c.Kernel, c.In.Channels
	out := make([]float64, 0, rows*cols)
	for o := range rows {
		row := w.RawRowView(o)
		for ch := range channels {
			for i := range k {
				for j := range k {
					out = append(out, row[(j*k+i)*channels+ch])
				}
			}
		}
	}
	return out
}

// fromKernels makes W of a matrix with the elements of weight[out][channel][row][column],
// in its place.
func fromKernels(w *mat.Dense, c *Conv) {
	rows, cols := w.Dims()
	k, channels := c.Kernel, c.In.Channels
	kernels := make([]float64, cols)
	for o := range rows {
		row := w.RawRowView(o)
		copy(kernels, row)
		at := 0
		for ch := range channels {
			for i := range k {
				for j := range k {
					row[(j*k+i)*channels+ch] = kernels[at]
					at++
				}
			}
		}
	}
}

// build returns the network that t describes, of tensors that get returns. It returns an
// error if the layers do not fit one another.
func (t *networkText) build(get func(name string, dims int) (data []float64, shape []int, err error)) (*Network, error) {
	if err := arrays.CheckName(t.Name); err != nil {
		return nil, err
	}
	n := &Network{Name: t.Name}
	b := builder{get: get}
	for i := range t.Layers {
		n.Layers = append(n.Layers, b.layer(&t.Layers[i]))
		if b.err != nil {
			return nil, b.err
		}
	}
	if err := n.check(); err != nil {
		return nil, err
	}
	return n, nil
}

// builder builds layers until an error occurs.
type builder struct {
	get func(name string, dims int) ([]float64, []int, error)
	err error
}

// vector returns a tensor of n elements.
func (b *builder) vector(name string, n int) []float64 {
	if b.err != nil {
		return nil
	}
	v, _, err := b.get(name, 1)
	if err == nil && len(v) != n {
		err = fmt.Errorf("%s: %d elements for a layer of %d outputs; a weight is stored as out×in", name, len(v), n)
	}
	b.err = err
	return v
}

func (b *builder) layer(t *layerText) Layer {
	names := []string{t.Name, t.Module}
	if t.Norm != nil {
		names = append(names, t.Norm.Module)
	}
	for _, name := range names {
		if err := arrays.CheckName(name); err != nil {
			b.err = err
			return Layer{}
		}
	}
	l := Layer{Name: t.Name, ReLU: t.ReLU, Conv: t.Conv, Pool: t.Pool}
	dims := 2
	if t.Conv != nil {
		dims = 4
	}
	name := t.Module + ".weight"
	w, shape, err := b.get(name, dims)
	switch {
	case err != nil:
		b.err = err
		return l
	case t.Conv == nil:
		l.W = mat.NewDense(shape[0], shape[1], w)
	case shape[1] != t.Conv.In.Channels || shape[2] != t.Conv.Kernel || shape[3] != t.Conv.Kernel:
		b.err = fmt.Errorf("%s: shape %v for a convolution of size %d of %v images", name, shape, t.Conv.Kernel, t.Conv.In)
		return l
	default:
		l.W = mat.NewDense(shape[0], shape[1]*shape[2]*shape[3], w)
		fromKernels(l.W, t.Conv)
	}
	rows := shape[0]
	if t.Bias {
		l.Bias = b.vector(t.Module+".bias", rows)
	}
	if t.Norm != nil {
		l.Norm = newBatchNorm(rows)
		l.Norm.Eps, l.Norm.StatMomentum = t.Norm.Eps, t.Norm.StatMomentum
		if !t.Norm.Plain {
			l.Norm.Gamma = b.vector(t.Norm.Module+".weight", rows)
			l.Norm.Beta = b.vector(t.Norm.Module+".bias", rows)
		}
		l.Norm.RunningMean = b.vector(t.Norm.Module+".running_mean", rows)
		l.Norm.RunningVar = b.vector(t.Norm.Module+".running_var", rows)
		if i := slices.IndexFunc(l.Norm.RunningVar, func(v float64) bool { return v < 0 }); i >= 0 && b.err == nil {
			b.err = fmt.Errorf("%s.running_var: element %d is %g; a variance is not negative", t.Norm.Module, i, l.Norm.RunningVar[i])
		}
	}
	if t.Skip != nil && b.err == nil {
		l.Skip = &Skip{From: t.Skip.From}
		if t.Skip.Map != nil {
			if t.Skip.Map.Skip != nil {
				b.err = fmt.Errorf("layer %s: a skip from a skip", t.Name)
				return l
			}
			m := b.layer(t.Skip.Map)
			l.Skip.Map = &m
		}
	}
	return l
}

// check returns an error if the layers do not fit one another, which an engine would
// panic at.
func (n *Network) check() error {
	if len(n.Layers) == 0 {
		return fmt.Errorf("a network without layers")
	}
	for i := range n.Layers {
		l := &n.Layers[i]
		if err := l.check(); err != nil {
			return fmt.Errorf("layer %s: %w", l.Name, err)
		}
		if i > 0 && l.In() != n.Layers[i-1].Out() {
			return fmt.Errorf("layer %s takes %d features, but the layer before it, %s, has %d", l.Name, l.In(), n.Layers[i-1].Name, n.Layers[i-1].Out())
		}
		if l.Skip == nil {
			continue
		}
		if l.Skip.From < 1 || l.Skip.From > i {
			return fmt.Errorf("layer %s: a skip from layer %d; layers before it are 1 to %d", l.Name, l.Skip.From, i)
		}
		in := n.Layers[l.Skip.From-1].Out()
		out := in
		if m := l.Skip.Map; m != nil {
			if m.ReLU || m.Pool != nil || m.Skip != nil {
				return fmt.Errorf("layer %s: the map of its skip is more than linear, with BatchNorm at most", l.Name)
			}
			if err := m.check(); err != nil {
				return fmt.Errorf("layer %s: skip: %w", l.Name, err)
			}
			if m.In() != in {
				return fmt.Errorf("layer %s: its skip takes %d features of layer %d, which has %d", l.Name, m.In(), l.Skip.From, in)
			}
			out = m.Out()
		}
		if out != l.mapShape().Dim() {
			return fmt.Errorf("layer %s: %d features are added to %d", l.Name, out, l.mapShape().Dim())
		}
	}
	return nil
}

// check returns an error if the parts of the layer do not fit one another.
func (l *Layer) check() error {
	rows, cols := l.W.Dims()
	if l.Bias != nil && len(l.Bias) != rows {
		return fmt.Errorf("a bias of %d elements for %d rows", len(l.Bias), rows)
	}
	if b := l.Norm; b != nil {
		for _, v := range [][]float64{b.Gamma, b.Beta, b.RunningMean, b.RunningVar} {
			if len(v) != rows {
				return fmt.Errorf("a BatchNorm of %d elements for %d rows", len(v), rows)
			}
		}
		if !(b.Eps >= 0) || math.IsInf(b.Eps, 0) || !(b.StatMomentum >= 0 && b.StatMomentum <= 1) {
			return fmt.Errorf("a BatchNorm with ε = %g and momentum %g", b.Eps, b.StatMomentum)
		}
	}
	if c := l.Conv; c != nil {
		if c.Kernel < 1 || c.Kernel%2 == 0 || c.Kernel > 1<<10 || c.Stride < 1 {
			return fmt.Errorf("a convolution of size %d with stride %d; the size is odd", c.Kernel, c.Stride)
		}
		if !c.In.possible() || cols != c.Kernel*c.Kernel*c.In.Channels {
			return fmt.Errorf("%d columns for a convolution of size %d of %v images", cols, c.Kernel, c.In)
		}
	}
	if p := l.Pool; p != nil {
		if s := l.mapShape(); p.Height < 1 || p.Width < 1 || s.Height%p.Height != 0 || s.Width%p.Width != 0 {
			return fmt.Errorf("pooling of %v images by %d×%d", s, p.Height, p.Width)
		}
	}
	return nil
}

// possible reports whether samples can have the shape, and whether their size is a number.
func (s Shape) possible() bool {
	const side, most = 1 << 20, 1 << 31
	return s.Channels > 0 && s.Height > 0 && s.Width > 0 && s.Height < side && s.Width < side && s.Channels <= most/s.area()
}
