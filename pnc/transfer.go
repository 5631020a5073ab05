package pnc

import (
	"context"

	"gonum.org/v1/gonum/mat"
)

// Transfer drops all of net behind layer l, 0 (input) to L, and fits new linear
// classifiers to the features that are left: one on train for each of the probes,
// whose accuracies on train and test it returns. The data are of another task
// than the network was trained for, with any number of classes; test may be nil.
// Layers of a probe is ignored, and a nil probe stands for the zero value. The
// features are computed once and held in memory.
//
// It returns an error as [Probe] does, and panics if the samples do not fit the
// network or there is no such layer.
func Transfer(ctx context.Context, net *Network, l int, train, test *Dataset, probes ...*Probing) ([]ProbeAccuracy, error) {
	features, err := net.features(train, l)
	if err != nil {
		return nil, err
	}
	var held *Dataset
	if test != nil {
		if held, err = net.features(test, l); err != nil {
			return nil, err
		}
	}
	// Of the network there remains the place of the new classifier.
	rest := &Network{Name: net.Name, Layers: []Layer{{Name: "classifier", W: mat.NewDense(train.K(), features.Dim(), nil)}}}
	name := layerName(0)
	if l > 0 {
		name = net.Layers[l-1].Name
	}
	var out []ProbeAccuracy
	for _, p := range probes {
		var o Probing
		if p != nil {
			o = *p
		}
		o.Layers = []int{0}
		r, err := Probe(ctx, rest, features, held, &o)
		if err != nil {
			return nil, err
		}
		out = append(out, ProbeAccuracy{Layer: l, Name: name, Train: r[0].Train, Test: r[0].Test})
	}
	return out, nil
}
