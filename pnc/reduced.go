package pnc

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/linalg"
	"pnclab/pnc/internal/samples"
)

// reduction holds a deep linear network and the small network from whose training
// its own follows, in the notation of [Method].
type reduction struct {
	start []*mat.Dense // W_1(0)..W_L(0)
	first []*mat.Dense // w_1(0)..w_L(0)
	net   *Network     // w_1..w_L
	basis []*mat.Dense // B_0..B_L; nil for an identity
	scale []float64    // ε_1..ε_L; 0 for the first and the last layer
	data  *Dataset     // B_0ᵀx
}

// reducedWidths returns the dimensions r and s of the small network.
func reducedWidths(net *Network, data *Dataset) (r, s int) {
	d, _ := net.Layers[0].W.Dims()
	r = min(data.Dim(), data.Len())
	return r, min(d, r+net.Out())
}

// reduce returns the reduction of a linear network. It returns an error that
// names the layer if the reduced dynamics are not exact for it.
func reduce(net *Network, data *Dataset) (*reduction, error) {
	depth := net.Depth()
	if depth < 2 {
		return nil, errors.New("a network of one layer has no hidden layer to reduce")
	}
	r := &reduction{
		basis: make([]*mat.Dense, depth+1), scale: make([]float64, depth),
		net: &Network{}, data: data,
	}
	for i, l := range net.Layers {
		r.start = append(r.start, mat.DenseCopyOf(l.W))
		if i > 0 && i < depth-1 {
			if r.scale[i] = orthogonalScale(l.W); r.scale[i] == 0 {
				return nil, fmt.Errorf("the weights W of layer %s are not square with WᵀW = ε²I", l.Name)
			}
		}
	}
	rank, width := reducedWidths(net, data)
	if rank < data.Dim() {
		x := data.X()
		r.basis[0] = linalg.ThinQ(mat.DenseCopyOf(x.T()))
		d := *data
		d.samples = samples.Dense{Dense: linalg.Mul(false, false, x, r.basis[0])}
		r.data = &d
	}
	for i, w := range r.start {
		image := r.image(i, w)
		if d, _ := image.Dims(); i < depth-1 && width < d {
			if i == 0 {
				r.basis[1] = r.firstBasis(image)
			} else {
				r.basis[i+1] = mat.DenseCopyOf(image)
				r.basis[i+1].Scale(1/r.scale[i], image)
			}
			image = linalg.Mul(true, false, r.basis[i+1], image)
		}
		r.first = append(r.first, image)
		r.net.Layers = append(r.net.Layers, Layer{Name: net.Layers[i].Name, W: mat.DenseCopyOf(image)})
	}
	return r, nil
}

// image returns W B_{l-1} for the layer l = i+1.
func (r *reduction) image(i int, w *mat.Dense) *mat.Dense {
	if r.basis[i] == nil {
		return w
	}
	return linalg.Mul(false, false, w, r.basis[i])
}

// firstBasis returns B_1 from W_1 B_0.
func (r *reduction) firstBasis(image *mat.Dense) *mat.Dense {
	last := len(r.start) - 1
	back := r.start[last] // becomes W_L O_{L-1} ⋯ O_2
	for i := last - 1; i > 0; i-- {
		back = linalg.Mul(false, false, back, r.start[i])
		back.Scale(1/r.scale[i], back)
	}
	var joined mat.Dense
	joined.Augment(image, back.T())
	return linalg.ThinQ(&joined)
}

// orthogonalScale returns ε > 0 if w is square with wᵀw = ε²I, and 0 if not.
func orthogonalScale(w *mat.Dense) float64 {
	d, in := w.Dims()
	eps := mat.Norm(w, 2) / math.Sqrt(float64(d))
	if d != in || eps == 0 {
		return 0
	}
	// An element of wᵀw is a sum of d products with an error of up to d·2⁻⁵³ε²; the
	// same is allowed for the errors of w itself.
	tolerance := float64(d) * 0x1p-52
	gram := linalg.Mul(true, false, w, w)
	for i := range d {
		for j, v := range gram.RawRowView(i) {
			v /= eps * eps
			if i == j {
				v--
			}
			if !(math.Abs(v) <= tolerance) { // also rejects NaN
				return 0
			}
		}
	}
	return eps
}

// expand writes the weights of the large network to net, by equation (1).
func (r *reduction) expand(net *Network, rho float64) {
	for i, l := range net.Layers {
		var change mat.Dense // w_l - ρ w_l(0)
		change.Scale(-rho, r.first[i])
		change.Add(r.net.Layers[i].W, &change)
		product := &change
		if b := r.basis[i+1]; b != nil {
			product = linalg.Mul(false, false, b, product)
		}
		if b := r.basis[i]; b != nil {
			product = linalg.Mul(false, true, product, b)
		}
		l.W.Scale(rho, r.start[i])
		l.W.Add(l.W, product)
	}
}

// reducedStepper trains a deep linear network by the method [Reduced].
type reducedStepper struct {
	reduction     *reduction
	inner         stepper // of the small network
	rho, velocity float64 // ρ and its velocity v
	settings      Settings
}

func newReducedStepper[T gemm.Float](r *reduction, s Settings) *reducedStepper {
	s.Method = Auto
	inner, _ := newDirectStepper[T](r.net, r.data, s)
	return &reducedStepper{reduction: r, inner: inner, rho: 1, settings: s}
}

func (r *reducedStepper) step(batch []int, lr float64, t int) (loss float64, correct int) {
	r.velocity = r.settings.Momentum*r.velocity + r.settings.WeightDecay*r.rho
	r.rho -= lr * r.velocity
	return r.inner.step(batch, lr, t)
}

func (r *reducedStepper) store(net *Network) {
	r.inner.store(r.reduction.net)
	r.reduction.expand(net, r.rho)
}

// singularValues returns the singular values of w, the weights of Layers[i] of the
// network last stored.
func (r *reducedStepper) singularValues(i int, w *mat.Dense) []float64 {
	eps := r.reduction.scale[i]
	if eps == 0 {
		return linalg.SingularValues(w)
	}
	d, _ := w.Dims()
	values := linalg.SingularValues(r.reduction.net.Layers[i].W)
	for len(values) < d {
		values = append(values, math.Abs(r.rho)*eps)
	}
	slices.Sort(values)
	slices.Reverse(values)
	return values
}

// state returns ρ and its velocity, then the state of the small network.
func (r *reducedStepper) state() []any {
	return append([]any{[]float64{r.rho, r.velocity}}, r.inner.state()...)
}

func (r *reducedStepper) restore(s []any) error {
	var own []float64
	if len(s) > 0 {
		own, _ = s[0].([]float64)
	}
	if len(own) != 2 {
		return errors.New("it belongs to another network")
	}
	r.rho, r.velocity = own[0], own[1]
	return r.inner.restore(s[1:])
}
