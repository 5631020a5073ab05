//go:build !js

package pnc

import (
	"fmt"

	"pnclab/pnc/internal/samples"
)

// ReadSamples reads the samples that a network takes from a file, and their labels: an .npz
// or .safetensors with one array of samples, N×d or N×C×H×W, beside "labels", or an .npy
// whose labels are in the file that options name. Images are flattened as networks here and
// nn.Flatten take them: one channel after the other, each row by row. Values are those of
// the file, unscaled. Names and forms of labels, and what options mean, are those of
// [OpenFeatures]; classes are numbered in the order of their labels.
//
// It returns an error if there are several arrays of samples, or images with their channels
// last, as Keras has them.
func ReadSamples(path string, o *FeatureOptions) (*Dataset, error) {
	opt := FeatureOptions{}
	if o != nil {
		opt = *o
	}
	opt.Pool = "flatten"
	sets, err := OpenFeatures([]string{path}, &opt)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, s := range sets {
			s.Close()
		}
	}()
	if len(sets) > 1 || len(sets[0].layers) != 1 {
		return nil, fmt.Errorf("%s: several arrays, %v; one holds the samples, another their labels", path, sets[0].Layers())
	}
	s := sets[0]
	shape := s.layers[0].parts[0].Shape
	if len(shape) == 4 && shape[3] <= 4 && shape[1] > 4 && shape[2] > 4 {
		return nil, fmt.Errorf("%s: an array of shape %s, images with their channels last; networks here take N×C×H×W: write x.transpose(0, 3, 1, 2)", s.layers[0].parts[0].Where, shapeText(shape))
	}
	set, err := s.load()
	if err != nil {
		return nil, err
	}
	return newDataset(s.Name, samples.Dense{Dense: set.Layers[0].Z}, set.Labels, s.ClassNames())
}
