//go:build !js

package pnc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"path/filepath"
	"slices"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
)

// FeatureOptions say how files of features are read. The zero value takes every array
// for a layer that is not something else by its name.
type FeatureOptions struct {
	// Labels is a file with the labels: .npy, .npz, .safetensors, .txt with one label
	// per line, or .csv. Where it is given, labels among the features do not count.
	Labels string
	// LabelsName, ClassifierName and MaskName are the names of arrays; of the
	// classifier, NAME.weight and NAME.bias belong to it as well.
	LabelsName, ClassifierName, MaskName string
	// Layers selects layers by patterns of their names, such as "block*"; nil means all.
	Layers []string
	// Pool says how one vector is made of the vectors that a sample has at all
	// positions of a text or an image: mean, max, cls (the first), last or flatten.
	Pool string
	// Ignore is the label of samples that are left out; "" means -100, "none" keeps all.
	Ignore string
	// Parts says that arrays named l_000, l_001, … are parts of the layer l, whatever
	// their lengths.
	Parts bool
	// Shards says that the .npz and .safetensors files are parts of one feature set, in
	// their order, each with some of the samples of every layer and their labels.
	Shards bool
	// Weights says how classes of different size count in what is measured.
	Weights Weights
	// Unlabelled takes all samples for one class, such as those of another task.
	Unlabelled bool
	// MaxMemory is the number of bytes that measuring a layer may take by an estimate
	// from its shape; 0 means 8 GB. Beyond that, Measure returns an error.
	MaxMemory int64
}

// StoredFeatures are features in files, for the same samples at every layer. They are
// read whenever they are measured, a few at a time.
type StoredFeatures struct {
	// Name is the name of the file or folder.
	Name string
	// Notes say what was assumed or left out in reading, one line each.
	Notes []string

	weights   Weights
	maxMemory int64
	labels    *classLabels
	layers    []*storedLayer
	head      *readout // acts on the layer reads; nil if there is none
	reads     *storedLayer
	files     []*featureFile
}

// Close closes the files.
func (s *StoredFeatures) Close() error {
	var all []error
	for _, f := range s.files {
		all = append(all, f.Close())
	}
	s.files = nil
	return errors.Join(all...)
}

// Len returns the number of samples with a label that counts.
func (s *StoredFeatures) Len() int { return s.labels.kept }

// HasClassifier reports whether there is a classifier that acts on one of the layers.
func (s *StoredFeatures) HasClassifier() bool { return s.head != nil }

// Layers returns the names of the layers.
func (s *StoredFeatures) Layers() []string {
	var names []string
	for _, l := range s.layers {
		names = append(names, l.name)
	}
	return names
}

// ClassNames returns the labels of the classes, in the order of classes.
func (s *StoredFeatures) ClassNames() []string { return slices.Clone(s.labels.names) }

// ClassSizes returns the numbers of samples of the classes, in their order.
func (s *StoredFeatures) ClassSizes() []int {
	sizes := make([]int, len(s.labels.names))
	for _, k := range s.labels.of {
		if k >= 0 {
			sizes[k]++
		}
	}
	return sizes
}

// OpenFeatures opens files of features: an .npz of NumPy or a .safetensors with one
// array per layer, or .npy files with one layer each. A folder means the feature files
// in it, a pattern the files that match, and - standard input. Arrays hold
// floating-point numbers or integers of any width in either byte and memory order. By
// their names, in any case,
//
//	labels, label, targets, target, y_true, y   N class numbers or texts, or N×K one-hot
//	classifier, fc.weight, head.weight          K×d, may be there: acts on the last layer
//	bias, classifier.bias, fc.bias, head.bias   K, may be there
//	mask, attention_mask                        N×T, 1 where a position counts
//	any other                                   a layer: N×d, or what Pool makes N×d of
//
// an .npy having the name of its file. Arrays of no or one dimension that are nothing of
// this are left out. Arrays named l_000, l_001, … hold the samples of the layer l part
// after part if their lengths add up to that of the labels.
//
// Layers come in the order of the files and of the arrays in a file, but in natural
// order (layer2 before layer10) where their names differ in numbers alone or the format
// keeps no order. Every .npz and .safetensors is a feature set of its own, with its own
// labels and classifier, and so are the .npy files of a folder. Sets without labels take
// those of the option Labels, or of a file that holds nothing else. Every error is one
// line that names the file and the array.
func OpenFeatures(paths []string, o *FeatureOptions) ([]*StoredFeatures, error) {
	var opt FeatureOptions
	if o != nil {
		opt = *o
	}
	paths, err := expandPaths(paths)
	if err != nil {
		return nil, err
	}
	if i := slices.Index(paths, "-"); i >= 0 && slices.Contains(paths[i+1:], "-") {
		return nil, errors.New("standard input (-) is named twice, but can be read once; write it to a file first")
	}
	var groups []*featureGroup
	closeAll := func() {
		for _, g := range groups {
			for _, f := range g.files {
				f.Close()
			}
		}
	}
	for _, p := range paths {
		f, err := openFeatureFile(p)
		if err != nil {
			closeAll()
			return nil, err
		}
		folder := filepath.Dir(p)
		if i := slices.IndexFunc(groups, func(g *featureGroup) bool { return f.single && g.folder == folder }); i >= 0 {
			groups[i].add(f)
			continue
		}
		if i := slices.IndexFunc(groups, func(g *featureGroup) bool { return g.shards }); i >= 0 && !f.single {
			if err := groups[i].addShard(f, opt); err != nil {
				f.Close()
				closeAll()
				return nil, err
			}
			continue
		}
		g := &featureGroup{name: f.path}
		if opt.Shards && !f.single {
			g.shards = true
			groups = append(groups, g)
			if err := g.addShard(f, opt); err != nil {
				closeAll()
				return nil, err
			}
			continue
		}
		if f.single {
			g.folder = folder
		}
		groups = append(groups, g)
		g.add(f)
	}
	sets, err := openGroups(groups, opt)
	if err != nil {
		closeAll()
		return nil, err
	}
	if note := looksLikeShards(groups); note != "" {
		sets[0].Notes = append(sets[0].Notes, note)
	}
	return sets, nil
}

// selectLayers leaves the layers that match one of the patterns, if there are any.
func (s *StoredFeatures) selectLayers(patterns []string) error {
	if len(patterns) == 0 {
		return nil
	}
	all := s.Layers()
	used := make([]bool, len(patterns))
	s.layers = slices.DeleteFunc(s.layers, func(l *storedLayer) bool {
		for i, p := range patterns {
			if ok, _ := path.Match(p, l.name); ok || p == l.name {
				used[i] = true
				return false
			}
		}
		return true
	})
	for i, p := range patterns {
		if !used[i] {
			return fmt.Errorf("%s: no layer matches %q; its layers are %s", s.Name, p, listed(all))
		}
	}
	if s.head != nil && !slices.Contains(s.layers, s.reads) {
		s.head = nil
		s.Notes = append(s.Notes, s.Name+": the classifier acts on "+s.reads.name+", which is not selected, so no accuracy and no NC3")
	}
	return nil
}

// Measure measures the features in two passes over every layer, one layer after the
// other, of which only what the measures need is held in memory: classes×d and, for the
// spectrum, d×d numbers. 0 means everything.
func (s *StoredFeatures) Measure(ctx context.Context, what Measures) (*Evaluation, error) {
	if err := s.assignRows(); err != nil {
		return nil, err
	}
	if err := checkMemory(s.layers, s.labels, what, s.maxMemory); err != nil {
		return nil, err
	}
	ev := &Evaluation{Name: s.Name, Accuracy: math.NaN(), ClassNames: s.ClassNames(), Weights: s.weights}
	buffers := newReadBuffers()
	for i := range s.layers {
		passes := 2
		if what != 0 && what&Collapse == 0 {
			passes = 1
		}
		if what&Residual != 0 {
			passes += 2
		}
		one, err := measure(ctx, s.sourceWith(buffers, i, passes), what)
		if err != nil {
			return nil, err
		}
		ev.Layers = append(ev.Layers, one.Layers...)
		if !math.IsNaN(one.Accuracy) {
			ev.Accuracy = one.Accuracy
		}
	}
	return ev, nil
}

// assignRows gives the rows of a classifier their classes, which those of parts of the
// samples do not have yet.
func (s *StoredFeatures) assignRows() error {
	if s.head == nil || s.head.class != nil {
		return nil
	}
	rows, _ := s.head.w.Dims()
	class, _, err := s.labels.rowClasses(rows)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	s.head = &readout{w: s.head.w, bias: s.head.bias, class: class}
	return nil
}

// source returns the source of layer i alone, for progress over a number of passes.
func (s *StoredFeatures) source(i, times int) *featureSource {
	return s.sourceWith(newReadBuffers(), i, times)
}

// sourceWith is source with buffers, which no other source uses at the same time.
func (s *StoredFeatures) sourceWith(buffers *readBuffers, i, times int) *featureSource {
	l := s.layers[i]
	src := &featureSource{
		name: s.Name, samples: s.labels.kept, classes: len(s.labels.names), last: -1, weights: s.weights,
		layers: []sourceLayer{{index: i, name: l.name, dim: l.pool.dim, unit: l.unit(), tiny: l.tiny()}},
	}
	src.text = s.labels.numbers == nil
	for _, v := range s.labels.numbers {
		src.numbers = append(src.numbers, float64(v))
	}
	var head *readout
	if l == s.reads && s.head != nil {
		head = s.head
		src.last, src.classifier = 0, head.ofClasses(src.classes)
	}
	p := newPasses(fmt.Sprintf("measuring %s of %s", l.name, s.Name), "samples", times*rowsOf(l.parts))
	if l.parts[0].Type.Single() {
		src.blocks = layerBlocks(l, s.labels.of, head, p, buffers, &buffers.single)
	} else {
		src.blocks = layerBlocks(l, s.labels.of, head, p, buffers, &buffers.double)
	}
	return src
}

// load reads the features into memory.
func (s *StoredFeatures) load() (*FeatureSet, error) {
	if err := s.assignRows(); err != nil {
		return nil, err
	}
	set := &FeatureSet{Classes: len(s.labels.names)}
	for _, k := range s.labels.of {
		if k >= 0 {
			set.Labels = append(set.Labels, int(k))
		}
	}
	for _, l := range s.layers {
		z := mat.NewDense(len(set.Labels), l.pool.dim, nil)
		at, workers := 0, crew.New()
		for c := range l.chunks(context.Background(), newReadBuffers()) {
			if c.err != nil {
				return nil, c.err
			}
			var order []int
			for i := range c.n {
				if s.labels.of[c.from+i] >= 0 {
					order = append(order, i)
				}
			}
			if err := decode(l, c, order, z.RawMatrix().Data[at*l.pool.dim:], workers); err != nil {
				return nil, err
			}
			at += len(order)
		}
		set.Layers = append(set.Layers, LayerFeatures{l.name, z})
	}
	if s.head != nil {
		set.Classifier = s.head.ofClasses(set.Classes)
		if s.head.bias != nil {
			set.Bias = make([]float64, set.Classes)
			for row, k := range s.head.class {
				if k >= 0 {
					set.Bias[k] = s.head.bias[row]
				}
			}
		}
	}
	return set, nil
}
