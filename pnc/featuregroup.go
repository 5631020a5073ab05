//go:build !js

package pnc

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/arrays"
)

// featureGroup are the arrays of one feature set.
type featureGroup struct {
	name   string
	folder string // of .npy files
	files  []*featureFile
	arrays []*arrays.Array
	shards bool // its files hold some of the samples each
}

// addShard adds a file with the next samples of every layer. Its arrays become parts: l
// of file 3 becomes l_002, but for the classifier, which is that of the first file.
func (g *featureGroup) addShard(f *featureFile, o FeatureOptions) error {
	number := len(g.files)
	g.files = append(g.files, f)
	if number == 1 {
		if stem, ok := shardStem(g.files[0].path); ok {
			g.name = stem
		}
	}
	layer := layerNamedClassifier(f.arrays, o)
	for _, a := range f.arrays {
		if a == layer || !isHead(a, o.ClassifierName, "weight") && !isHead(a, o.ClassifierName, "bias") {
			a.Name = fmt.Sprintf("%s_%03d", a.Name, number)
			g.arrays = append(g.arrays, a)
			continue
		}
		i := slices.IndexFunc(g.arrays, func(b *arrays.Array) bool { return a.Name == b.Name })
		if i < 0 {
			g.arrays = append(g.arrays, a)
			continue
		}
		values, err := a.Floats()
		if err != nil {
			return err
		}
		first, err := g.arrays[i].Floats()
		if err != nil {
			return err
		}
		if !slices.Equal(values, first) {
			return fmt.Errorf("%s: another classifier than %s; parts of one feature set have the same", a.Where, g.arrays[i].Where)
		}
	}
	return nil
}

// shardStem returns the path of a file without the number of a part and what follows.
func shardStem(path string) (stem string, ok bool) {
	stem, _, ok = cutPart(strings.TrimSuffix(path, filepath.Ext(path)))
	return stem, ok
}

// looksLikeShards returns a note if groups seem to be parts of one feature set: files
// whose names count up from 000 or 001.
func looksLikeShards(groups []*featureGroup) string {
	if len(groups) < 2 {
		return ""
	}
	var first string
	var from uint64
	for i, g := range groups {
		path := g.files[0].path
		stem, number, ok := cutPart(strings.TrimSuffix(path, filepath.Ext(path)))
		if i == 0 {
			first, from = stem, number
		}
		if !ok || g.files[0].single || stem != first || number != from+uint64(i) || from > 1 {
			return ""
		}
	}
	return fmt.Sprintf("%s to %s are measured as feature sets of their own; if they are parts of one, --shards says so", groups[0].name, filepath.Base(groups[len(groups)-1].name))
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
	layer := layerNamedClassifier(g.arrays, o)
	for _, a := range g.arrays {
		stem, _, _ := cutPart(strings.ToLower(a.Name))
		switch {
		case o.LabelsName != "" && (a.Name == o.LabelsName || stem == strings.ToLower(o.LabelsName)), o.LabelsName == "" && isLabelName(stem):
			out.labels = append(out.labels, a)
		case o.MaskName != "" && (a.Name == o.MaskName || stem == strings.ToLower(o.MaskName)), o.MaskName == "" && slices.Contains(maskNames, stem):
			out.masks = append(out.masks, a)
		case a == layer:
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
		return nil, fmt.Errorf("%s: no array %s for --labels-name; its arrays are %s", g.name, o.LabelsName, arrayNames(g.arrays))
	}
	if o.ClassifierName != "" && out.weight == nil {
		return nil, fmt.Errorf("%s: no array %s or %s.weight for --classifier; its arrays are %s", g.name, o.ClassifierName, o.ClassifierName, arrayNames(g.arrays))
	}
	if len(out.labels) == 0 && o.Labels == "" && slices.ContainsFunc(small, func(a *arrays.Array) bool { return strings.HasPrefix(a.Name, "arr_") }) {
		return nil, fmt.Errorf("%s: arrays without names, %s; --labels-name says which one holds the labels", g.name, arrayNames(g.arrays))
	}
	const mostNotes = 20
	for i, a := range small {
		if i == mostNotes {
			out.notes = append(out.notes, fmt.Sprintf("%s: left out, as are %d more such arrays", a.Where, len(small)-i-1))
			break
		}
		out.notes = append(out.notes, fmt.Sprintf("%s: left out, since an array of shape (%s) holds no features", a.Where, shapeText(a.Shape)))
	}
	if out.weight == nil && out.bias != nil {
		out.notes = append(out.notes, fmt.Sprintf("%s: left out, since there is no classifier that it belongs to", out.bias.Where))
		out.bias = nil
	}
	return out, nil
}

// layerNamedClassifier returns the array classifier where there is a classifier.weight:
// it is what the layer of this name puts out. It returns nil if there is none.
func layerNamedClassifier(all []*arrays.Array, o FeatureOptions) *arrays.Array {
	named := func(name string) *arrays.Array {
		i := slices.IndexFunc(all, func(a *arrays.Array) bool { return strings.EqualFold(a.Name, name) })
		if i < 0 {
			return nil
		}
		return all[i]
	}
	if a := named("classifier"); o.ClassifierName == "" && a != nil && len(a.Shape) > 1 && named("classifier.weight") != nil {
		return a
	}
	return nil
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
	return listed(s)
}

// listed returns names with commas between them, of many only the first.
func listed(names []string) string {
	const most = 20
	if n := len(names); n > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n-most)
	}
	return strings.Join(names, ", ")
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
	parts, rows := map[string][]*arrays.Array{}, map[string]int{}
	for _, a := range all {
		if stem, _, ok := cutPart(a.Name); ok {
			parts[stem] = append(parts[stem], a)
			rows[stem] += a.Len()
		}
	}
	done := map[string]bool{}
	for _, a := range all {
		stem, number, ok := cutPart(a.Name)
		family := parts[stem]
		if whole := a.Len() == n && (len(family) > 1 || number != 0); !ok || !said && (whole || rows[stem] != n) {
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
	s := &StoredFeatures{Name: g.name, files: g.files, Notes: a.notes, weights: o.Weights, maxMemory: o.MaxMemory}
	if len(a.layers) == 0 {
		return nil, fmt.Errorf("no features in %s, which holds %s; every array of two or more dimensions but labels and classifier is a layer", g.name, arrayNames(g.arrays))
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
	s.layers = joinParts(a.layers, n, o.Parts || g.shards)
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
			if g.shards && rowsOf(l.parts) != n {
				err = fmt.Errorf("%w; parts of one feature set (--shards) hold every layer each", err)
			}
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
		return &rawLabels{where: g.name, of: make([]int32, a.layers[0].Len()), numbers: []int64{0}}, nil
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
