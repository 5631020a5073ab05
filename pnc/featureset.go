//go:build !js

package pnc

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// FeatureSet holds features that were exported from a network, possibly of
// another framework, in memory; see [StoredFeatures] for those that stay in files.
type FeatureSet struct {
	// Layers holds the features of each layer, for the same samples.
	Layers []LayerFeatures
	// Labels holds the class of every sample, 0 ≤ Labels[i] < Classes.
	Labels  []int
	Classes int
	// Classifier is the K×d matrix that acts on the last layer, or nil, and Bias the K
	// numbers that are added, or nil for zeros.
	Classifier *mat.Dense
	Bias       []float64
}

// Measure measures the features, see [MeasureFeatures].
func (s *FeatureSet) Measure() (*Evaluation, error) {
	data, err := layerData(s.Layers, s.Labels, s.Classes)
	if err != nil {
		return nil, err
	}
	r, err := newReadout(s.Classifier, s.Bias, nil, data[len(data)-1])
	if err != nil {
		return nil, err
	}
	return measure(context.Background(), storedFeatures(data, r), Everything)
}

// ReadFeatures reads features from files into memory, see [OpenFeatures]. It returns
// an error if the files hold several feature sets.
func ReadFeatures(paths []string, o *FeatureOptions) (*FeatureSet, error) {
	sets, err := OpenFeatures(paths, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, s := range sets {
			s.Close()
		}
	}()
	if len(sets) > 1 {
		return nil, fmt.Errorf("%s and %s are feature sets of their own; read one at a time", sets[0].Name, sets[1].Name)
	}
	return sets[0].load()
}
