package pnc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

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

// MeasureWith is Measure with a choice of measures and layers; nil options mean
// the zero value. Memory does not grow with the number of samples. It returns the
// context's error if that is cancelled, after at most a forward pass of one batch.
func MeasureWith(ctx context.Context, net *Network, data *Dataset, o *MeasureOptions) (*Evaluation, error) {
	net.mustFit(data)
	var opt MeasureOptions
	if o != nil {
		opt = *o
	}
	opt = opt.withDefaults(net, data)
	return measure(ctx, networkFeatures(net, data, opt), opt.Measures)
}

// MeasureData measures the samples of data themselves.
func MeasureData(data *Dataset) LayerMeasures {
	return measureRows(data.Name, []LayerFeatures{{layerName(0), data.X()}}, data, Everything).Layers[0]
}

// LayerFeatures are the features of one layer of some network: Z is N×d, one row
// per sample.
type LayerFeatures struct {
	Name string
	Z    *mat.Dense
}

// MeasureFeatures measures features that were computed elsewhere. The layers
// have the same samples in the same order, with the given labels in classes
// classes. A classifier, if not nil, is K×d and acts on the features of the last
// layer. It returns an error for what the measures cannot work with: labels out
// of range, a class without samples, one class only, N < K, NaN or Inf, shapes
// that do not match.
func MeasureFeatures(layers []LayerFeatures, labels []int, classes int, classifier *mat.Dense) (*Evaluation, error) {
	return measureFeatures(layers, labels, classes, classifier, Everything)
}

func measureFeatures(layers []LayerFeatures, labels []int, classes int, classifier *mat.Dense, what Measures) (*Evaluation, error) {
	data, err := layerData(layers, labels, classes)
	if err != nil {
		return nil, err
	}
	r, err := newReadout(classifier, nil, nil, data[len(data)-1])
	if err != nil {
		return nil, err
	}
	return measure(context.Background(), storedFeatures(data, r), what)
}

// layerData returns the features of every layer as a data set, or what keeps them from
// being one.
func layerData(layers []LayerFeatures, labels []int, classes int) ([]*Dataset, error) {
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
	return data, nil
}

// measureRows measures features that follow from data.
func measureRows(name string, layers []LayerFeatures, data *Dataset, what Measures) *Evaluation {
	ev, err := measureFeatures(layers, data.Labels, data.K(), nil, what)
	if err != nil {
		panic("pnc: " + err.Error()) // the features of sound data are sound
	}
	ev.Name = name
	return ev
}

// largestClasses is the largest number of classes that is measured. Pairs of classes are
// compared, in matrices of K² numbers: 800 MB for this many. More of them are nearly always
// labels that number the samples.
const largestClasses = 10_000

// checkClasses returns an error if there are too many classes.
func (src *featureSource) checkClasses() error {
	if k := src.classes; k > largestClasses {
		return fmt.Errorf("%s: %d classes, more than the %d that can be compared in pairs; labels name the class of each sample, they do not number the samples", src.name, k, largestClasses)
	}
	return nil
}

// measure takes all measures of the features a source delivers.
func measure(ctx context.Context, src *featureSource, what Measures) (*Evaluation, error) {
	if what == 0 {
		what = Everything
	}
	if err := src.checkClasses(); err != nil {
		return nil, err
	}
	first, right, err := firstPass(ctx, src, what)
	if err != nil {
		return nil, err
	}
	ev := &Evaluation{Name: src.name, Accuracy: math.NaN(), Weights: src.weights}
	if src.classifier != nil {
		ev.Accuracy = src.weights.share(right, first[0].scatter.classSizes())
	}
	for i, l := range src.layers {
		m, err := first[i].measures(ctx, l, what)
		if err != nil {
			return nil, err
		}
		ev.Layers = append(ev.Layers, m)
	}
	if what&Residual != 0 {
		if err := measureResiduals(ctx, src, first, ev); err != nil {
			return nil, err
		}
	}
	if what&Collapse == 0 {
		return ev, nil
	}
	second, err := secondPass(ctx, src, first)
	if err != nil {
		return nil, err
	}
	for i := range ev.Layers {
		second[i].measures(&ev.Layers[i])
		if src.classifier != nil && i == src.last {
			first[i].scatter.selfDuality(&ev.Layers[i], src.classifier)
		}
		ev.Layers[i].sayCoarse(src.layers[i].unit)
	}
	return ev, nil
}

// secondPass takes what needs the class means, part after part.
func secondPass(ctx context.Context, src *featureSource, first []*statistics) ([]*collapse, error) {
	second := make([]*collapse, len(src.layers))
	for i := range second {
		second[i] = newCollapse(first[i].scatter)
	}
	for b, err := range src.blocks(ctx) {
		if err != nil {
			return nil, err
		}
		// NC4 compares with the classifier's predictions at the layer it acts on and
		// with the labels elsewhere.
		reference := b.labels
		if src.classifier != nil && b.layer == src.last {
			reference = b.predicted
		}
		second[b.layer].add(first[b.layer].scale.apply(b), reference)
	}
	return second, nil
}

// countEqual returns how many of the predicted classes are the labels.
func countEqual(predicted, labels []int) int {
	n := 0
	for i, k := range predicted {
		if k == labels[i] {
			n++
		}
	}
	return n
}
