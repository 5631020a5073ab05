package pnc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/gemm"
)

// Measures selects groups of measures, which differ in cost.
type Measures uint

const (
	// Scatter: TrSigmaW, TrSigmaB, C, D, CDNV and the NC2 family, which follow from
	// class means and sums of squares: one pass over the samples.
	Scatter Measures = 1 << iota
	// Collapse: NC1, NC3 and NC4, which take a second pass. Includes Scatter.
	Collapse
	// Spectrum: singular values and rank, which take a d×d matrix a layer and
	// O(N d² + d³) operations, as much as a forward pass and some seconds for images
	// of 3×32×32. Left out are layers of more than 4096 features, as convolutions
	// make, unless they hold few samples.
	Spectrum

	// Everything is what the zero value stands for.
	Everything = Scatter | Collapse | Spectrum
)

// Measuring says what to measure and how. The zero value measures everything of
// every layer in float64.
type Measuring struct {
	// Measures selects what to measure; 0 stands for Everything.
	Measures Measures
	// Layers selects layers by their index, 0 for the input; nil stands for all.
	Layers []int
	// Batch is the number of samples in a forward pass; 0 stands for 256, or fewer
	// if their features would take more than 256 MB.
	Batch int
	// Precision is the arithmetic of the forward pass. Sums are float64 always.
	Precision Precision
}

// Measure returns everything that can be measured of the features of every
// layer, l = 0 (input) to L-1 (the input of the classifier), of net on data,
// with BatchNorm in evaluation mode. It panics if the network does not fit the
// data.
func Measure(net *Network, data *Dataset) *Evaluation {
	ev, err := MeasureWith(context.Background(), net, data, nil)
	if err != nil {
		panic("pnc: " + err.Error()) // without a deadline nothing can fail
	}
	return ev
}

// MeasureWith is Measure with a choice of measures and layers; a nil m stands
// for the zero value. Memory does not grow with the number of samples. It
// returns an error if the context is cancelled.
func MeasureWith(ctx context.Context, net *Network, data *Dataset, m *Measuring) (*Evaluation, error) {
	if net.In() != data.Dim() || net.Out() != data.K() {
		panic(fmt.Sprintf("pnc: a network from %d to %d for samples of dimension %d in %d classes", net.In(), net.Out(), data.Dim(), data.K()))
	}
	var o Measuring
	if m != nil {
		o = *m
	}
	o = o.withDefaults(net, data)
	if o.Precision == Float32 {
		return measure(ctx, networkFeatures[float32](net, data, o), o.Measures)
	}
	return measure(ctx, networkFeatures[float64](net, data, o), o.Measures)
}

// MeasureData measures the samples of data themselves.
func MeasureData(data *Dataset) LayerMeasures {
	return measureRows(data.Name, []Features{{layerName(0), data.X()}}, data).Layers[0]
}

// withDefaults returns o with the documented defaults filled in, for net and
// data. It panics if there is no such layer.
func (o Measuring) withDefaults(net *Network, data *Dataset) Measuring {
	if o.Batch <= 0 {
		o.Batch = net.forwardBatch()
	}
	o.Batch = min(o.Batch, data.Len())
	if o.Layers == nil {
		for l := range net.Depth() {
			o.Layers = append(o.Layers, l)
		}
	}
	for _, l := range o.Layers {
		if l < 0 || l >= net.Depth() {
			panic(fmt.Sprintf("pnc: no layer %d to measure in a network of depth %d", l, net.Depth()))
		}
	}
	return o
}

// Features are the features of one layer of some network: Z is N×d, a sample a
// row.
type Features struct {
	Name string
	Z    *mat.Dense
}

// MeasureFeatures measures features that were computed elsewhere. The layers
// have the same samples in the same order, with the given labels in classes
// classes. A classifier, if not nil, is K×d and acts on the features of the last
// layer. It returns an error for what the measures cannot work with: labels out
// of range, a class without samples, one class only, N < K, NaN or Inf, shapes
// that do not match.
func MeasureFeatures(layers []Features, labels []int, classes int, classifier *mat.Dense) (*Evaluation, error) {
	if len(layers) == 0 {
		return nil, fmt.Errorf("no features to measure")
	}
	var data []*Dataset
	for _, f := range layers {
		n, _ := f.Z.Dims()
		if n < classes {
			return nil, fmt.Errorf("%s: %d samples for %d classes; every class needs one", f.Name, n, classes)
		}
		d, err := NewDataset(f.Name, f.Z, labels, classes)
		if err != nil {
			return nil, err
		}
		data = append(data, d)
	}
	if last := data[len(data)-1]; classifier != nil {
		if k, d := classifier.Dims(); k != classes || d != last.Dim() {
			return nil, fmt.Errorf("classifier is %d×%d, but the features %s and %d classes need %d×%d", k, d, last.Name, classes, classes, last.Dim())
		}
	}
	return measure(context.Background(), storedFeatures(data, classifier), Everything)
}

// measure takes all measures of the features a source delivers.
func measure[T gemm.Float](ctx context.Context, src *featureSource[T], what Measures) (*Evaluation, error) {
	if what == 0 {
		what = Everything
	}
	first := make([]*scatter, len(src.layers))
	spectra := make([]*spectrum, len(src.layers))
	for i, l := range src.layers {
		first[i] = newScatter(src.classes, l.dim)
		if what&Spectrum != 0 && hasSpectrum(src.samples, l.dim) {
			spectra[i] = newSpectrum(src.samples, l.dim)
		}
	}
	right := 0
	err := src.pass(ctx, func(layer int, b block[T]) {
		addScatter(first[layer], b)
		if spectra[layer] != nil {
			addSpectrum(spectra[layer], b)
		}
	}, func(class int, decisions []int) {
		for _, k := range decisions {
			if k == class {
				right++
			}
		}
	})
	if err != nil {
		return nil, err
	}
	ev := &Evaluation{Name: src.name, Accuracy: math.NaN()}
	if src.classifier != nil {
		ev.Accuracy = float64(right) / float64(src.samples)
	}
	second := make([]*collapse, len(src.layers))
	for i, l := range src.layers {
		m := LayerMeasures{
			Layer: l.index, Name: l.name, N: src.samples, Dim: l.dim, Classes: src.classes,
			NC1: math.NaN(), NC3: math.NaN(), NC4: math.NaN(),
		}
		first[i].measures(&m)
		if spectra[i] != nil {
			m.SingularValues = spectra[i].values()
			m.Rank95 = NumericalRank(m.SingularValues, 0.95)
		}
		ev.Layers = append(ev.Layers, m)
		second[i] = newCollapse(first[i])
	}
	if what&Collapse == 0 {
		return ev, nil
	}
	// NC4 compares with the classifier's decisions at the layer it acts on and
	// with the labels elsewhere.
	var pending []nearest
	err = src.pass(ctx, func(layer int, b block[T]) {
		own := addCollapse(second[layer], b)
		if src.classifier != nil && layer == src.last {
			pending = append(pending, nearest{layer, own})
			return
		}
		second[layer].agree(own, func(int) int { return b.class })
	}, func(_ int, decisions []int) {
		for _, p := range pending {
			second[p.layer].agree(p.class, func(i int) int { return decisions[i] })
		}
		pending = pending[:0]
	})
	if err != nil {
		return nil, err
	}
	for i := range ev.Layers {
		second[i].measures(&ev.Layers[i])
		if src.classifier != nil && i == src.last {
			ev.Layers[i].NC3 = first[i].selfDuality(src.classifier)
		}
	}
	return ev, nil
}

// nearest holds the nearest class means of the samples of a block until the
// classifier's decisions about them are known.
type nearest struct {
	layer int
	class []int
}
