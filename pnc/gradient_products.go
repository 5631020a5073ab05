//go:build !js

package pnc

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/engine"
	"pnclab/pnc/internal/gemm"
)

// GradientProducts returns the average gradient outer products (Radhakrishnan, Beaglehole,
// Pandit, Belkin 2024),
//
//	G_l = 1/N Σ_i J_l(x_i)ᵀ J_l(x_i),   J_l = ∂f/∂z^{l-1},   l = 1, ..., L,
//
// where f is the output of the network, the K logits, and z^{l-1} are the features that
// layer l takes: element l-1 of the result is d×d for d features. For one output it is the
// mean of ∇f ∇fᵀ. The Jacobians J are exact, up to rounding, by a backward pass for each
// logit. The derivative of ReLU at 0 is 0; BatchNorm is in evaluation mode, where it is an
// affine map of each feature. Skip connections that start at z^{l-1} count; features of
// layers before, which others may add, are held constant.
//
// For a deep linear network G_l is (W_L ... W_l)ᵀ(W_L ... W_l) for any samples.
//
// Element l-1 is nil if layer l or one after it is a convolution or reduces images. The
// memory does not depend on the number of samples; the time is that of N·K·d² operations
// for each layer, and of N·K·d·d' for d' outputs of the layer. GradientProducts panics if
// the network does not fit the data.
func GradientProducts(net *Network, data *Dataset) []*mat.Dense {
	net.mustFit(data)
	first := firstMatrix(net)
	all := make([]*mat.Dense, net.Depth())
	if first > net.Depth() {
		return all
	}
	for l := first; l <= net.Depth(); l++ {
		all[l-1] = mat.NewDense(net.Layers[l-1].In(), net.Layers[l-1].In(), nil)
	}
	samples := data.Len()
	if !slices.ContainsFunc(net.Layers[first-1:], func(l Layer) bool { return l.ReLU }) {
		samples = 1 // the Jacobian is the same everywhere
	}
	const columns = 2048 // backward passes at once, one for each logit of each sample
	batch := min(net.forwardBatch(), max(1, columns/net.Out()), samples)
	j := &jacobians{net: net, engine: newInference[float64](net, batch), skipped: make([][]float64, net.Depth())}
	var index []int
	for from := 0; from < samples; from += batch {
		index = index[:0]
		for i := from; i < min(from+batch, samples); i++ {
			index = append(index, i)
		}
		j.engine.Load(data.samples, data.Labels, index)
		j.engine.Forward(net.Depth(), false)
		j.backward(first, all)
	}
	for _, g := range all[first-1:] {
		average(g, samples)
	}
	return all
}

// firstMatrix returns the first layer, counted from 1, from which on all are matrices,
// L+1 if there is none.
func firstMatrix(net *Network) int {
	first := 1
	for i, l := range net.Layers {
		if l.Conv != nil || l.Pool != nil || l.Skip != nil && l.Skip.Map != nil && l.Skip.Map.Conv != nil {
			first = i + 2
		}
	}
	return first
}

// average divides the upper triangle of g by n and copies it to the lower one.
func average(g *mat.Dense, n int) {
	d, _ := g.Dims()
	for i := range d {
		for k := i; k < d; k++ {
			v := g.At(i, k) / float64(n)
			g.Set(i, k, v)
			g.Set(k, i, v)
		}
	}
}

// jacobians computes the Jacobians of a batch of B samples for layer after layer, as
// d×KB matrices: column k·B + i is the gradient of logit k for sample i.
type jacobians struct {
	net     *Network
	engine  *engine.Engine[float64]
	skipped [][]float64 // what skips add to the gradient of z^l, nil for nothing yet
}

// backward adds JᵀJ of the batch to the upper triangles of sums[l-1] for l from L down to
// first.
func (j *jacobians) backward(first int, sums []*mat.Dense) {
	k, b := j.net.Out(), j.engine.Size()
	cols := k * b
	clear(j.skipped)
	gradient := make([]float64, k*cols)
	for i := range k {
		row := gradient[i*cols+i*b:][:b]
		for c := range row {
			row[c] = 1
		}
	}
	for l := j.net.Depth(); l >= first; l-- {
		layer := &j.net.Layers[l-1]
		if layer.ReLU {
			z := j.engine.Features(l)
			for i := range gradient {
				if !(z[i/cols*b+i%b] > 0) {
					gradient[i] = 0
				}
			}
		}
		if s := layer.Skip; s != nil && s.From >= first-1 {
			j.skip(s.From, throughSkip(s, gradient, cols))
		}
		gradient = throughMap(layer, gradient, cols)
		if l > 1 {
			if s := j.skipped[l-1]; s != nil {
				floats.Add(gradient, s)
			}
		}
		upperGram(sums[l-1].RawMatrix().Data, gradient, layer.In(), cols)
	}
}

// skip adds a gradient to that of z^l.
func (j *jacobians) skip(l int, gradient []float64) {
	if j.skipped[l] == nil {
		j.skipped[l] = slices.Clone(gradient)
		return
	}
	floats.Add(j.skipped[l], gradient)
}

// throughSkip returns the gradient of the features that a skip takes.
func throughSkip(s *Skip, gradient []float64, cols int) []float64 {
	if s.Map == nil {
		return gradient
	}
	return throughMap(s.Map, slices.Clone(gradient), cols)
}

// throughMap returns the gradient of z from that of BatchNorm(W z + b), which it overwrites.
func throughMap(l *Layer, gradient []float64, cols int) []float64 {
	w := l.W.RawMatrix()
	if n := l.Norm; n != nil {
		for r := range w.Rows {
			floats.Scale(n.Gamma[r]/math.Sqrt(n.RunningVar[r]+n.Eps), gradient[r*cols:(r+1)*cols])
		}
	}
	out := make([]float64, w.Cols*cols)
	gemm.Mul(true, false, w.Cols, cols, w.Rows, 1, w.Data, w.Stride, gradient, cols, 0, out, cols)
	return out
}
