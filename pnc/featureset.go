package pnc

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/npz"
)

// FeatureSet holds features that were exported from a network, possibly of
// another framework.
type FeatureSet struct {
	// Layers holds the features of each layer, for the same samples.
	Layers []LayerFeatures
	// Labels holds the class of every sample, 0 ≤ Labels[i] < Classes.
	Labels  []int
	Classes int
	// Classifier is the K×d matrix that acts on the last layer, or nil.
	Classifier *mat.Dense
}

// Measure measures the features, see [MeasureFeatures].
func (s *FeatureSet) Measure() (*Evaluation, error) {
	return MeasureFeatures(s.Layers, s.Labels, s.Classes, s.Classifier)
}

// ReadFeatures reads features from files in the formats of NumPy: an .npz with
// one array a layer, or one .npy a layer. Arrays hold floating-point numbers or
// integers of any width in either byte and memory order. By their names,
//
//	labels                            N class numbers from 0, which must be there
//	classifier or classifier.weight   K×d, may be there
//	any other                         N×d features; N×C×H×W is taken as N×(CHW)
//
// an .npy having the name of its file. Layers come in the order of the files and
// of the arrays in a file, but where their names differ in numbers alone, in the
// order of these, so that layer2 precedes layer10. Labels are read from the file
// labels instead if it is not empty. Every error is one line that names the file
// and the array.
func ReadFeatures(paths []string, labels string) (*FeatureSet, error) {
	s := &FeatureSet{}
	var names []string // of the arrays, with their files
	for _, path := range paths {
		arrays, err := npz.Read(path)
		if err != nil {
			return nil, err
		}
		for _, a := range arrays {
			where := path + ": " + a.Name
			switch a.Name {
			case "labels":
				if s.Labels == nil && labels == "" {
					s.Labels, err = toLabels(a, where)
				}
			case "classifier", "classifier.weight":
				s.Classifier, err = toMatrix(a, where)
			default:
				var z *mat.Dense
				z, err = toMatrix(a, where)
				s.Layers = append(s.Layers, LayerFeatures{a.Name, z})
				names = append(names, where)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if len(s.Layers) == 0 {
		return nil, fmt.Errorf("no features in %s; every array but labels and classifier is a layer", strings.Join(paths, ", "))
	}
	if labels != "" {
		var err error
		if s.Labels, err = readLabels(labels); err != nil {
			return nil, err
		}
	}
	if s.Labels == nil {
		return nil, fmt.Errorf("no array labels in %s; add it, or name a file with the labels", strings.Join(paths, ", "))
	}
	for i, f := range s.Layers {
		if n, _ := f.Z.Dims(); n != len(s.Labels) {
			return nil, fmt.Errorf("%s: features of %d samples, but there are %d labels", names[i], n, len(s.Labels))
		}
	}
	s.Classes = slices.Max(s.Labels) + 1
	if s.Classes > len(s.Labels) {
		return nil, fmt.Errorf("labels up to %d for %d samples; number the classes from 0 without gaps", s.Classes-1, len(s.Labels))
	}
	sortByNumbers(s.Layers)
	return s, nil
}

// readLabels reads labels from a file that holds nothing else, or holds them as
// the array labels.
func readLabels(path string) ([]int, error) {
	arrays, err := npz.Read(path)
	if err != nil {
		return nil, err
	}
	for _, a := range arrays {
		if len(arrays) == 1 || a.Name == "labels" {
			return toLabels(a, path)
		}
	}
	return nil, fmt.Errorf("%s: no array labels in it", path)
}

// toMatrix returns an array as a matrix with its first index as the row.
func toMatrix(a npz.Array, where string) (*mat.Dense, error) {
	if len(a.Shape) < 2 {
		return nil, fmt.Errorf("%s: an array of shape %v; features are N×d", where, a.Shape)
	}
	if len(a.Data) == 0 {
		return nil, fmt.Errorf("%s: an empty array of shape %v", where, a.Shape)
	}
	n := a.Shape[0]
	return mat.NewDense(n, len(a.Data)/n, a.Data), nil
}

// toLabels returns an array of N or N×1 integers, of whatever type.
func toLabels(a npz.Array, where string) ([]int, error) {
	if len(a.Data) == 0 || len(a.Shape) == 0 || len(a.Data) != a.Shape[0] {
		return nil, fmt.Errorf("%s: an array of shape %v; labels are one class number a sample", where, a.Shape)
	}
	labels := make([]int, len(a.Data))
	for i, v := range a.Data {
		if v != math.Trunc(v) || v < 0 || v > math.MaxInt32 {
			return nil, fmt.Errorf("%s: label %v of sample %d is no class number; classes count from 0", where, v, i)
		}
		labels[i] = int(v)
	}
	return labels, nil
}

// sortByNumbers sorts layers by the numbers in their names if the names are the
// same otherwise.
func sortByNumbers(layers []LayerFeatures) {
	text, _ := splitNumbers(layers[0].Name)
	for _, f := range layers {
		if t, _ := splitNumbers(f.Name); !slices.Equal(t, text) {
			return
		}
	}
	slices.SortStableFunc(layers, func(a, b LayerFeatures) int {
		_, x := splitNumbers(a.Name)
		_, y := splitNumbers(b.Name)
		return slices.CompareFunc(x, y, cmp.Compare)
	})
}

// splitNumbers returns the text between the numbers in a name, and the numbers.
func splitNumbers(name string) (text []string, numbers []uint64) {
	const digits = "0123456789"
	for {
		start := strings.IndexAny(name, digits)
		if start < 0 {
			return append(text, name), numbers
		}
		text = append(text, name[:start])
		end := len(name) - len(strings.TrimLeft(name[start:], digits))
		n, err := strconv.ParseUint(name[start:end], 10, 64)
		if err != nil {
			n = math.MaxUint64 // too long a number comes last
		}
		numbers = append(numbers, n)
		name = name[end:]
	}
}
