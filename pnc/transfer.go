package pnc

import (
	"context"
	"errors"

	"gonum.org/v1/gonum/mat"
)

// Transfer drops all of net behind layer l, 0 (input) to L, and fits new linear
// classifiers to the features that are left: one on train for each of the probes,
// whose accuracies on train and test it returns. The data are of another task
// than the network was trained for, with any number of classes; test may be nil.
// Layers of a probe is ignored, and a nil probe means the zero value. The
// features are computed once and held in memory.
//
// It returns an error as [Probe] does, and panics if the samples do not fit the
// network or there is no such layer.
func Transfer(ctx context.Context, net *Network, l int, train, test *Dataset, probes ...*ProbeOptions) ([]ProbeAccuracy, error) {
	features, err := net.featuresOf(train, l, Float64)
	if err != nil {
		return nil, err
	}
	var held *Dataset
	if test != nil {
		if held, err = net.featuresOf(test, l, Float64); err != nil {
			return nil, err
		}
	}
	// Of the network there remains the place of the new classifier.
	rest := &Network{Name: net.Name, Layers: []Layer{{Name: "classifier", W: mat.NewDense(train.K(), features.Dim(), nil)}}}
	var out []ProbeAccuracy
	for _, p := range probes {
		var o ProbeOptions
		if p != nil {
			o = *p
		}
		o.Layers = []int{0}
		r, err := Probe(ctx, rest, features, held, &o)
		if e := (*probeError)(nil); errors.As(err, &e) { // it is the only layer of rest
			e.layer, e.name = l, net.layerName(l)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, ProbeAccuracy{Layer: l, Name: net.layerName(l), Train: r[0].Train, Test: r[0].Test})
	}
	return out, nil
}
