//go:build !js

package pnc

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/arrays"
	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
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
	// Unlabelled takes all samples for one class, such as those of another task.
	Unlabelled bool
}

// StoredFeatures are features in files, for the same samples at every layer. They are
// read whenever they are measured, a few at a time.
type StoredFeatures struct {
	// Name is the name of the file or folder.
	Name string
	// Notes say what was assumed or left out in reading, one line each.
	Notes []string

	labels *classLabels
	layers []*storedLayer
	head   *readout // acts on the layer reads; nil if there is none
	reads  *storedLayer
	files  []*featureFile
}

// storedLayer is a layer in files.
type storedLayer struct {
	name  string
	parts []*arrays.Array // its samples, part after part
	pool  *pooling
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
		g := &featureGroup{name: f.path}
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
	return sets, nil
}

// featureGroup are the arrays of one feature set.
type featureGroup struct {
	name   string
	folder string // of .npy files
	files  []*featureFile
	arrays []*arrays.Array
}

func (g *featureGroup) add(f *featureFile) {
	g.files = append(g.files, f)
	g.arrays = append(g.arrays, f.arrays...)
	if len(g.files) == 2 {
		g.name = g.folder
	}
}

// ordered reports whether the order of arrays means something: a format keeps it, and
// it is not that of the alphabet, in which shells name files.
func (g *featureGroup) ordered() bool {
	if !g.files[0].ordered {
		return false
	}
	return g.folder == "" || !slices.IsSortedFunc(g.files, func(a, b *featureFile) int { return strings.Compare(a.path, b.path) })
}

// openGroups makes a feature set of every group. Labels and classifiers in groups
// without layers belong to all others.
func openGroups(groups []*featureGroup, o FeatureOptions) ([]*StoredFeatures, error) {
	var shared *rawLabels
	var err error
	if o.Labels != "" {
		if shared, err = readLabelsFile(o.Labels, o.LabelsName); err != nil {
			return nil, err
		}
	}
	var sorted []*sortedArrays
	var with []*featureGroup
	var common sortedArrays
	var commonFiles []*featureFile
	for _, g := range groups {
		a, err := sortArrays(g, o)
		if err != nil {
			return nil, err
		}
		if len(a.layers) == 0 && len(groups) > 1 {
			if len(a.labels) > 0 && len(common.labels) > 0 {
				return nil, fmt.Errorf("%s and %s: both hold labels and no features; name one of them", common.labels[0].Where, a.labels[0].Where)
			}
			common.labels = append(common.labels, a.labels...)
			if common.weight == nil {
				common.weight, common.bias = a.weight, a.bias
			}
			commonFiles = append(commonFiles, g.files...)
			continue
		}
		sorted, with = append(sorted, a), append(with, g)
	}
	if shared == nil && len(common.labels) > 0 {
		if shared, err = readRawLabels(common.labels); err != nil {
			return nil, err
		}
	}
	var sets []*StoredFeatures
	for i, g := range with {
		a := sorted[i]
		if a.weight == nil {
			a.weight, a.bias = common.weight, common.bias
		}
		s, err := g.open(a, shared, o)
		if err != nil {
			return nil, err
		}
		sets = append(sets, s)
	}
	if sets == nil {
		return nil, fmt.Errorf("no features in %s; every array of two or more dimensions but labels and classifier is a layer", groups[0].name)
	}
	sets[0].files = append(sets[0].files, commonFiles...)
	return sets, nil
}

// sortedArrays are the arrays of a group by what they are.
type sortedArrays struct {
	layers, labels, masks []*arrays.Array
	weight, bias          *arrays.Array
	notes                 []string
}

var (
	headNames = []string{"classifier", "fc", "head"}
	maskNames = []string{"mask", "attention_mask"}
)

// sortArrays sorts arrays by their names.
func sortArrays(g *featureGroup, o FeatureOptions) (*sortedArrays, error) {
	out := &sortedArrays{}
	var small []*arrays.Array
	// Where there is a classifier.weight, the array classifier is what the layer of this
	// name puts out.
	weighted := slices.ContainsFunc(g.arrays, func(a *arrays.Array) bool { return strings.EqualFold(a.Name, "classifier.weight") })
	for _, a := range g.arrays {
		stem, _, _ := cutPart(strings.ToLower(a.Name))
		switch {
		case o.LabelsName != "" && (a.Name == o.LabelsName || stem == strings.ToLower(o.LabelsName)), o.LabelsName == "" && isLabelName(stem):
			out.labels = append(out.labels, a)
		case o.MaskName != "" && a.Name == o.MaskName, o.MaskName == "" && slices.Contains(maskNames, stem):
			out.masks = append(out.masks, a)
		case weighted && o.ClassifierName == "" && strings.EqualFold(a.Name, "classifier") && len(a.Shape) > 1:
			out.layers = append(out.layers, a)
		case isHead(a, o.ClassifierName, "weight"):
			if out.weight != nil {
				return nil, fmt.Errorf("%s: a classifier like %s before it; --classifier says which counts", a.Where, out.weight.Name)
			}
			out.weight = a
		case isHead(a, o.ClassifierName, "bias"):
			if out.bias != nil {
				return nil, fmt.Errorf("%s: a bias like %s before it; --classifier says which counts", a.Where, out.bias.Name)
			}
			out.bias = a
		case o.ClassifierName != "" && (isHead(a, "", "weight") || isHead(a, "", "bias")):
			out.notes = append(out.notes, fmt.Sprintf("%s: left out, since --classifier names another", a.Where))
		case len(a.Shape) < 2:
			small = append(small, a)
		default:
			out.layers = append(out.layers, a)
		}
	}
	if o.LabelsName != "" && out.labels == nil && o.Labels == "" {
		return nil, fmt.Errorf("%s: no array %s for --labels-name; there are %s", g.name, o.LabelsName, arrayNames(g.arrays))
	}
	if o.ClassifierName != "" && out.weight == nil {
		return nil, fmt.Errorf("%s: no array %s or %s.weight for --classifier; there are %s", g.name, o.ClassifierName, o.ClassifierName, arrayNames(g.arrays))
	}
	if len(out.labels) == 0 && o.Labels == "" && slices.ContainsFunc(small, func(a *arrays.Array) bool { return strings.HasPrefix(a.Name, "arr_") }) {
		return nil, fmt.Errorf("%s: arrays without names, %s; --labels-name says which one holds the labels", g.name, arrayNames(g.arrays))
	}
	for _, a := range small {
		out.notes = append(out.notes, fmt.Sprintf("%s: left out, since an array of shape (%s) holds no features", a.Where, shapeText(a.Shape)))
	}
	if out.weight == nil && out.bias != nil {
		out.notes = append(out.notes, fmt.Sprintf("%s: left out, since there is no classifier that it belongs to", out.bias.Where))
		out.bias = nil
	}
	return out, nil
}

// isHead reports whether an array is the weight or the bias of a classifier, of the
// given name or of one of the usual ones.
func isHead(a *arrays.Array, given, part string) bool {
	if given != "" {
		return a.Name == given+"."+part || part == "weight" && a.Name == given
	}
	name := strings.ToLower(a.Name)
	if part == "bias" {
		return name == "bias" && len(a.Shape) == 1 || slices.ContainsFunc(headNames, func(h string) bool { return name == h+".bias" })
	}
	return name == "classifier" || slices.ContainsFunc(headNames, func(h string) bool { return name == h+".weight" })
}

func arrayNames(all []*arrays.Array) string {
	var s []string
	for _, a := range all {
		s = append(s, fmt.Sprintf("%s (%s)", a.Name, shapeText(a.Shape)))
	}
	return strings.Join(s, ", ")
}

// cutPart cuts the number of a part off a name, such as _003 of at least three digits.
func cutPart(name string) (stem string, number uint64, ok bool) {
	i := strings.LastIndexByte(name, '_')
	if i < 1 || len(name)-i-1 < 3 || strings.Trim(name[i+1:], "0123456789") != "" {
		return name, 0, false
	}
	_, n := splitNumbers(name[i+1:])
	return name[:i], n[0], true
}

// rowsOf returns the number of samples in parts.
func rowsOf(parts []*arrays.Array) (n int) {
	for _, a := range parts {
		n += a.Len()
	}
	return n
}

// joinParts returns the layers among arrays of n samples. Arrays l_000, l_001, … are
// parts of the layer l if that is said or if they have n samples together.
func joinParts(all []*arrays.Array, n int, said bool) []*storedLayer {
	var layers []*storedLayer
	parts := map[string][]*arrays.Array{}
	for _, a := range all {
		if stem, _, ok := cutPart(a.Name); ok {
			parts[stem] = append(parts[stem], a)
		}
	}
	done := map[string]bool{}
	for _, a := range all {
		stem, number, ok := cutPart(a.Name)
		family := parts[stem]
		if whole := a.Len() == n && (len(family) > 1 || number != 0); !ok || !said && (whole || rowsOf(family) != n) {
			layers = append(layers, &storedLayer{name: a.Name, parts: []*arrays.Array{a}})
			continue
		}
		if done[stem] {
			continue
		}
		done[stem] = true
		slices.SortStableFunc(family, func(a, b *arrays.Array) int { return compareNatural(a.Name, b.Name) })
		layers = append(layers, &storedLayer{name: stem, parts: family})
	}
	return layers
}

// open makes the feature set.
func (g *featureGroup) open(a *sortedArrays, shared *rawLabels, o FeatureOptions) (*StoredFeatures, error) {
	s := &StoredFeatures{Name: g.name, files: g.files, Notes: a.notes}
	if len(a.layers) == 0 {
		return nil, fmt.Errorf("no features in %s; every array of two or more dimensions but labels and classifier is a layer", g.name)
	}
	raw, err := g.labels(a, shared, o)
	if err != nil {
		return nil, err
	}
	if s.labels, err = raw.classes(o.Ignore); err != nil {
		return nil, err
	}
	s.Notes = append(s.Notes, s.labels.notes...)
	if len(s.labels.names) < 2 && !o.Parts && !o.Unlabelled {
		return nil, fmt.Errorf("%s: only one class; compression and discrimination need at least two", raw.where)
	}
	n := raw.len()
	s.layers = joinParts(a.layers, n, o.Parts)
	name := func(l *storedLayer) string { return l.name }
	if g.ordered() {
		sortByNumbers(s.layers, name)
	} else {
		slices.SortStableFunc(s.layers, func(a, b *storedLayer) int { return compareNatural(a.name, b.name) })
	}
	if !g.files[0].ordered && len(s.layers) > 1 {
		s.Notes = append(s.Notes, g.name+": the format keeps no order, layers are sorted by name")
	}
	for _, l := range s.layers {
		if err := l.check(n, raw.where, o.Pool); err != nil {
			return nil, err
		}
	}
	if err := s.setMask(a.masks, n); err != nil {
		return nil, err
	}
	if o.Unlabelled {
		return s, s.selectLayers(o.Layers)
	}
	if err := s.setHead(a, o.Parts); err != nil {
		return nil, err
	}
	return s, s.selectLayers(o.Layers)
}

// labels returns the labels of the group, or the shared ones.
func (g *featureGroup) labels(a *sortedArrays, shared *rawLabels, o FeatureOptions) (*rawLabels, error) {
	if o.Unlabelled {
		return &rawLabels{where: g.name, numbers: make([]int64, a.layers[0].Len())}, nil
	}
	if o.Labels != "" || len(a.labels) == 0 {
		if shared == nil {
			return nil, fmt.Errorf("no array labels in %s; add it, or name one of %s by --labels-name or a file by --labels", g.name, arrayNames(g.arrays))
		}
		return shared, nil
	}
	first, _, _ := cutPart(a.labels[0].Name)
	for _, l := range a.labels[1:] {
		if stem, _, ok := cutPart(l.Name); !ok || stem != first {
			return nil, fmt.Errorf("%s: labels like %s before it; --labels-name says which count", l.Where, a.labels[0].Name)
		}
	}
	slices.SortStableFunc(a.labels, func(a, b *arrays.Array) int { return compareNatural(a.Name, b.Name) })
	return readRawLabels(a.labels)
}

// check checks the shapes of the parts of a layer for n samples.
func (l *storedLayer) check(n int, labels, pool string) error {
	first := l.parts[0]
	for _, a := range l.parts {
		if err := a.Readable(); err != nil {
			return err
		}
		if !slices.Equal(a.Shape[1:], first.Shape[1:]) {
			return fmt.Errorf("%s: of shape %s, but the part %s before it of shape %s", a.Where, shapeText(a.Shape), first.Name, shapeText(first.Shape))
		}
	}
	if got := rowsOf(l.parts); got != n {
		return fmt.Errorf("%s: features of %d samples, but there are %d labels in %s", first.Where, got, n, labels)
	}
	if first.RowLen() == 0 {
		return fmt.Errorf("%s: an empty array of shape %s", first.Where, shapeText(first.Shape))
	}
	var err error
	l.pool, err = newPooling(first, pool)
	return err
}

// setMask gives the mask to the layers with as many positions.
func (s *StoredFeatures) setMask(parts []*arrays.Array, n int) error {
	if len(parts) == 0 {
		return nil
	}
	mask, positions, err := readMask(parts)
	if err != nil {
		return err
	}
	if rowsOf(parts) != n {
		return fmt.Errorf("%s: a mask of %d samples, but there are %d labels", parts[0].Where, rowsOf(parts), n)
	}
	for _, l := range s.layers {
		a := l.parts[0]
		if len(a.Shape) != 3 || l.pool.how == "flatten" {
			continue
		}
		if l.pool.positions != positions {
			return fmt.Errorf("%s: a mask of %d positions, but %s has %d", parts[0].Where, positions, a.Where, l.pool.positions)
		}
		l.pool.mask = mask
	}
	return nil
}

// setHead reads the classifier, which acts on the last layer. Of parts of the samples
// its rows get their classes later.
func (s *StoredFeatures) setHead(a *sortedArrays, parts bool) error {
	if a.weight == nil {
		s.Notes = append(s.Notes, s.Name+": no classifier (classifier.weight, K×d), so no accuracy and no NC3, and NC4 compares with the labels")
		return nil
	}
	values, err := a.weight.Floats()
	if err != nil {
		return err
	}
	if err := finite(values, a.weight.Where); err != nil {
		return err
	}
	last := s.layers[len(s.layers)-1]
	// Where the last layer is what the classifier puts out, it reads the one before.
	if n := len(s.layers); n > 1 && len(a.weight.Shape) == 2 && last.pool.dim == a.weight.Shape[0] && last.pool.dim != a.weight.Shape[1] && s.layers[n-2].pool.dim == a.weight.Shape[1] {
		s.Notes = append(s.Notes, fmt.Sprintf("%s: the classifier acts on %s, since %s has as many features as it has rows", s.Name, s.layers[n-2].name, last.name))
		last = s.layers[n-2]
	}
	s.reads = last
	if len(a.weight.Shape) != 2 || a.weight.Shape[1] != last.pool.dim {
		hint := ""
		if len(a.weight.Shape) == 2 && a.weight.Shape[0] == last.pool.dim {
			hint = "; transpose it"
		}
		return fmt.Errorf("%s: classifier is %s, but the last layer, %s, and %d classes need %d×%d%s", a.weight.Where, shapeText(a.weight.Shape), last.name, len(s.labels.names), len(s.labels.names), last.pool.dim, hint)
	}
	rows := a.weight.Shape[0]
	var class []int
	var note string
	if !parts { // which classes there are is not known otherwise
		if class, note, err = s.labels.rowClasses(rows); err != nil {
			return fmt.Errorf("%s: %w", a.weight.Where, err)
		}
	}
	if note != "" {
		s.Notes = append(s.Notes, s.Name+": "+note)
	}
	s.head = &readout{w: mat.NewDense(rows, a.weight.Shape[1], values), class: class}
	if a.bias == nil {
		s.Notes = append(s.Notes, s.Name+": the classifier has no bias (classifier.bias); without the one that it was trained with, accuracy and NC4 are wrong")
		return nil
	}
	if s.head.bias, err = a.bias.Floats(); err != nil {
		return err
	}
	if len(s.head.bias) != rows {
		return fmt.Errorf("%s: of shape (%s), but the classifier has %d rows", a.bias.Where, shapeText(a.bias.Shape), rows)
	}
	return finite(s.head.bias, a.bias.Where)
}

// finite returns an error that names the array if one of its elements is not finite.
func finite(values []float64, where string) error {
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s: element %d is %v; export it again", where, i, v)
		}
	}
	return nil
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
			return fmt.Errorf("%s: no layer matches %q; there are %s", s.Name, p, strings.Join(all, ", "))
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
	ev := &Evaluation{Name: s.Name, Accuracy: math.NaN(), ClassNames: s.ClassNames()}
	for i := range s.layers {
		passes := 2
		if what != 0 && what&Collapse == 0 {
			passes = 1
		}
		one, err := measure(ctx, s.source(i, passes), what)
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

// source returns the source of layer i alone, for progress over a number of passes.
func (s *StoredFeatures) source(i, times int) *featureSource {
	l := s.layers[i]
	src := &featureSource{
		name: s.Name, samples: s.labels.kept, classes: len(s.labels.names), last: -1,
		layers: []sourceLayer{{index: i, name: l.name, dim: l.pool.dim, unit: l.unit()}},
	}
	var head *readout
	if l == s.reads && s.head != nil {
		head = s.head
		src.last, src.classifier = 0, head.ofClasses(src.classes)
	}
	p := &passes{task: fmt.Sprintf("measuring %s of %s", l.name, s.Name), total: int64(times * rowsOf(l.parts)), begin: time.Now()}
	if l.parts[0].Type.Single() {
		src.blocks = layerBlocks[float32](l, s.labels.of, head, p)
	} else {
		src.blocks = layerBlocks[float64](l, s.labels.of, head, p)
	}
	return src
}

// passes counts the samples of all passes over a layer.
type passes struct {
	task        string
	done, total int64
	begin       time.Time
}

func (p *passes) add(n int) {
	p.done += int64(n)
	if elapsed := time.Since(p.begin); elapsed > time.Second {
		notify(Progress{Task: p.task, Done: p.done, Total: p.total, Unit: "samples", Elapsed: elapsed})
	}
}

// unit returns the unit roundoff of the coarsest part.
func (l *storedLayer) unit() (u float64) {
	for _, a := range l.parts {
		u = max(u, a.Type.Unit())
	}
	return u
}

// chunk is a piece of a layer as it comes from the file.
type chunk struct {
	bytes []byte
	part  int
	from  int // sample of the layer
	n     int
	err   error
}

// chunkElements bounds the elements of a chunk, chunkRows its samples. They determine
// how sums are cut, and so the last bits.
const (
	chunkElements = 1 << 22
	chunkRows     = 4096
)

// chunks reads the layer piece by piece, ahead of what consumes it.
func (l *storedLayer) chunks(ctx context.Context) iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		ctx, cancel := context.WithCancel(ctx)
		ahead, empty := make(chan chunk), make(chan []byte, 2)
		empty <- nil
		empty <- nil
		stopped := make(chan struct{})
		defer func() {
			cancel()
			<-stopped // nothing reads the file afterwards
		}()
		go func() {
			defer close(stopped)
			defer close(ahead)
			send := func(c chunk) bool {
				select {
				case ahead <- c:
					return c.err == nil
				case <-ctx.Done():
					return false
				}
			}
			sample := 0
			for part, a := range l.parts {
				rows, err := a.Rows()
				if err != nil {
					send(chunk{err: err})
					return
				}
				step := min(chunkRows, max(1, chunkElements/a.RowLen()))
				for at := 0; at < a.Len(); at += step {
					n := min(step, a.Len()-at)
					var buf []byte
					select {
					case buf = <-empty:
					case <-ctx.Done():
						rows.Close()
						return
					}
					c := chunk{part: part, from: sample, n: n}
					c.bytes, c.err = rows.Into(buf, n)
					if c.err == nil && at+n == a.Len() {
						c.err = rows.End()
					}
					sample += n
					if !send(c) {
						rows.Close()
						return
					}
				}
				rows.Close()
			}
		}()
		for c := range ahead {
			if !yield(c) {
				return
			}
			empty <- c.bytes
		}
	}
}

// decode writes the vectors of the samples of a chunk with the given places in it to
// the rows of dst, and reports the first that is not finite.
func decode[T gemm.Float](l *storedLayer, c chunk, order []int, dst []T, workers *crew.Crew) error {
	a := l.parts[c.part]
	rowLen, width, dim := a.RowLen(), a.Type.Width, l.pool.dim
	failed := make([]error, len(order))
	workers.Run(len(order), 16, crew.Func(func(from, to, _ int) {
		row := make([]T, rowLen)
		for i := from; i < to; i++ {
			arrays.Decode(a.Type, row, c.bytes[order[i]*rowLen*width:])
			out := dst[i*dim : (i+1)*dim]
			if err := pool(l.pool, out, row, c.from+order[i]); err != nil {
				failed[i] = fmt.Errorf("%s: %w", a.Where, err)
				continue
			}
			var sum T // NaN if a feature is not finite
			for _, v := range out {
				sum += v - v
			}
			if sum == 0 {
				continue
			}
			for j, v := range out {
				if v-v != 0 {
					failed[i] = fmt.Errorf("%s: feature %d of sample %d is %v; remove the sample or repair the export", a.Where, j, c.from+order[i], v)
					break
				}
			}
		}
	}))
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// layerBlocks returns the blocks of a layer: of every chunk the samples that have a
// class, those of one class together.
func layerBlocks[T gemm.Float](l *storedLayer, labels []int, head *readout, p *passes) func(context.Context) iter.Seq2[*block, error] {
	return func(ctx context.Context) iter.Seq2[*block, error] {
		return func(yield func(*block, error) bool) {
			workers := crew.New()
			var rows, z []T
			var z64 []float64
			for c := range l.chunks(ctx) {
				if c.err != nil {
					yield(nil, c.err)
					return
				}
				var order []int
				for i := range c.n {
					if labels[c.from+i] >= 0 {
						order = append(order, i)
					}
				}
				p.add(c.n)
				if order == nil {
					continue
				}
				slices.SortStableFunc(order, func(i, j int) int { return labels[c.from+i] - labels[c.from+j] })
				n := len(order)
				rows = resized(rows, n*l.pool.dim)
				if err := decode(l, c, order, rows, workers); err != nil {
					yield(nil, err)
					return
				}
				z = transposed(workers, z, rows, n, l.pool.dim)
				b := &block{labels: make([]int, n), part: c.part, dim: l.pool.dim}
				for i, j := range order {
					b.labels[i] = labels[c.from+j]
				}
				b.set(z)
				if head != nil {
					z64 = b.float64s(workers, z64)
					b.predicted = head.predict(z64, n)
				}
				if !yield(b, nil) {
					return
				}
			}
			if err := ctx.Err(); err != nil {
				yield(nil, err)
			}
		}
	}
}

// load reads the features into memory.
func (s *StoredFeatures) load() (*FeatureSet, error) {
	set := &FeatureSet{Classes: len(s.labels.names)}
	for _, k := range s.labels.of {
		if k >= 0 {
			set.Labels = append(set.Labels, k)
		}
	}
	for _, l := range s.layers {
		z := mat.NewDense(len(set.Labels), l.pool.dim, nil)
		at, workers := 0, crew.New()
		for c := range l.chunks(context.Background()) {
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
