//go:build !js

package pnc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"pnclab/pnc/internal/gemm"
)

// probeResidual accumulates what the best linear fit leaves of the targets of one layer:
// the scatter of all features in one pass, from which the fit follows, and what it leaves
// of every sample in another one, so that a residual near zero keeps its digits instead
// of being the difference of two sums.
type probeResidual struct {
	scatter *scatter
	scale   *scaling
	global  []float64
	gram    []float64 // Σ_i w_i (z_i - μ)(z_i - μ)ᵀ up from the diagonal
	probe   *linearProbe
	numbers []float64 // the labels of classes minus their mean, nil if they are text

	left, leftNumbers float64
	z, product        []float64
}

// residualRidge is the ridge of the fits, relative to the mean variance of a feature. It
// keeps them finite where features depend on each other; directions of less variance
// than that count for nothing.
const residualRidge = 1e-10

// measureResiduals fills in the residuals of every layer of a source.
func measureResiduals(ctx context.Context, src *featureSource, first []*statistics, ev *Evaluation) error {
	all := make([]*probeResidual, len(src.layers))
	for i, l := range src.layers {
		s := first[i].scatter
		m := &ev.Layers[i]
		_, size := s.sizes()
		switch {
		case l.dim > widest:
			m.undefined(spectrumTooWide, "residual", "residualNumber")
		case math.IsNaN(size) || math.IsInf(size, 0):
			m.undefined(notFinite, "residual", "residualNumber")
		case src.samples <= l.dim+1:
			m.undefined("no more samples than features: any labels are fitted exactly", "residual", "residualNumber")
		case !(floats.Sum(s.m2)/floats.Sum(s.count)+s.weightedBetween(s.centred()) > (s.unit+3*unit64)*(s.unit+3*unit64)*size*size):
			m.undefined("all samples coincide up to rounding", "residual", "residualNumber")
		default:
			all[i] = &probeResidual{scatter: s, scale: &first[i].scale, global: s.global(), gram: make([]float64, l.dim*l.dim)}
		}
	}
	each := func(use func(r *probeResidual, b *block)) error {
		for b, err := range src.blocks(ctx) {
			if err != nil {
				return err
			}
			if r := all[b.layer]; r != nil {
				use(r, r.scale.apply(b))
			}
		}
		return nil
	}
	if err := each((*probeResidual).addScatter); err != nil {
		return err
	}
	for i, r := range all {
		if r == nil {
			continue
		}
		var err error
		if r.probe, err = fitProbe(r.scatter, r.gram, residualRidge, leastSquares); err != nil {
			return fmt.Errorf("%s: %w", src.layers[i].name, err)
		}
		r.gram = nil
		if !src.text {
			r.numbers = centredNumbers(src.numbers, r.scatter.count)
		}
	}
	if err := each((*probeResidual).addResidual); err != nil {
		return err
	}
	for i, r := range all {
		if r != nil {
			r.measures(&ev.Layers[i])
		}
	}
	return nil
}

// centredNumbers returns the numbers of classes, from 0 if they are nil, minus their mean
// over samples.
func centredNumbers(numbers, count []float64) []float64 {
	out := make([]float64, len(count))
	for k := range out {
		out[k] = float64(k)
	}
	if numbers != nil {
		copy(out, numbers)
	}
	floats.AddConst(-floats.Dot(out, count)/floats.Sum(count), out)
	return out
}

// addScatter adds the features of a block to the scatter matrix.
func (r *probeResidual) addScatter(b *block) {
	r.z = b.shifted(r.z, func(int) []float64 { return r.global })
	d, n := b.dim, b.size()
	for u := range b.runs() {
		if w := r.scatter.sampleWeights(b.labels[u.from : u.from+1]); w != nil {
			for j := range d {
				floats.Scale(math.Sqrt(w[0]), r.z[j*n+u.from:j*n+u.to])
			}
		}
	}
	upperGram(r.gram, r.z, d, n)
}

// addResidual adds what the fit leaves of the targets of the samples of a block.
func (r *probeResidual) addResidual(b *block) {
	r.z = b.shifted(r.z, func(int) []float64 { return r.global })
	k, d := r.probe.w.Dims()
	n := b.size()
	r.product = resized(r.product, k*n)
	gemm.Mul(false, false, k, n, d, 1, r.probe.w.RawMatrix().Data, d, r.z, n, 0, r.product, n)
	// The bias makes the fit exact at the mean of all samples.
	total := floats.Sum(r.scatter.count)
	weights := r.scatter.sampleWeights(b.labels)
	column := make([]float64, k)
	for i, y := range b.labels {
		for j := range column {
			column[j] = -r.scatter.count[j]/total - r.product[j*n+i]
		}
		column[y]++
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		r.left += w * floats.Dot(column, column)
		if r.numbers != nil {
			number := floats.Dot(r.numbers, column)
			r.leftNumbers += w * number * number
		}
	}
}

// measures fills in the residuals.
func (r *probeResidual) measures(m *LayerMeasures) {
	total := floats.Sum(r.scatter.count)
	var targets, numbers float64
	for k, n := range r.scatter.count {
		targets += n * (1 - n/total)
		if r.numbers != nil {
			numbers += n * r.numbers[k] * r.numbers[k]
		}
	}
	m.Residual = r.left / targets
	if r.numbers == nil {
		m.undefined("the labels are text", "residualNumber")
		return
	}
	m.ResidualNumber = r.leftNumbers / numbers
}
