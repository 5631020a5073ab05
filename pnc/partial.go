//go:build !js

package pnc

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/artifact"
)

// partial is what one machine knows of some of the samples: the statistics of a first
// pass, part after part, or the sums of a second one, which takes the class means of all
// samples. Merged in the order of files, partials give the bits of one run over the same
// parts.
type partial struct {
	partialHeader
	path string

	layers []partialStatistics
	head   *readout
	// confusion counts samples of a class of this file that are predicted to be in a
	// row of the classifier, classes×rows; nil without one.
	confusion []float64
}

const (
	partialKind    = "partial statistics of features"
	partialVersion = 2
)

// partialHeader is the JSON of a partial.
type partialHeader struct {
	Version int            `json:"version"`
	Pass    int            `json:"pass"`            // 1 or 2
	Means   string         `json:"means,omitempty"` // of pass 2: hash of the class means
	Classes []string       `json:"classes"`
	Numbers []int64        `json:"numbers,omitempty"` // nil if the classes are text
	Layers  []partialLayer `json:"layers"`
	Rows    int            `json:"rows,omitempty"` // of the classifier
	HasBias bool           `json:"hasBias,omitempty"`
	Reads   int            `json:"reads,omitempty"` // the layer that the classifier acts on
}

type partialLayer struct {
	Name  string        `json:"name"`
	Dim   int           `json:"dim"`
	Unit  float64       `json:"unit"`
	Tiny  float64       `json:"tiny,omitempty"`
	Parts []partialPart `json:"parts"`
}

type partialPart struct {
	Exponent  int  `json:"exponent,omitempty"`
	HasGram   bool `json:"gram,omitempty"`
	HasStored bool `json:"stored,omitempty"`
}

// partialStatistics are those of the parts of one layer.
type partialStatistics struct {
	first  []*statistics  // of pass 1
	second []collapseSums // of pass 2
}

// WritePartial takes the first pass over the features and writes its statistics to a
// file, which [MergePartials] merges with those of other samples. With the files of all
// first passes as means it takes the second pass, which NC1 and NC4 need, instead.
func (s *StoredFeatures) WritePartial(ctx context.Context, path string, what Measures, means []string) error {
	p := &partial{partialHeader: partialHeader{Version: partialVersion, Pass: 1, Classes: s.labels.names, Numbers: s.labels.numbers}}
	if err := checkMemory(s.layers, s.labels, what, s.maxMemory); err != nil {
		return err
	}
	if len(means) > 0 {
		return s.writeSecond(ctx, path, means)
	}
	if p.head = s.head; p.head != nil {
		p.Rows, _ = p.head.w.Dims()
		p.HasBias = p.head.bias != nil
		p.Reads = slices.Index(s.layers, s.reads)
		p.confusion = make([]float64, len(p.Classes)*p.Rows)
		// Predictions are rows: which classes there are is not known yet.
		p.head = &readout{w: s.head.w, bias: s.head.bias}
		defer func(h *readout) { s.head = h }(s.head)
		s.head = p.head
	}
	for i := range s.layers {
		src := s.source(i, 1)
		l := src.layers[0]
		layer := partialLayer{Name: l.name, Dim: l.dim, Unit: l.unit, Tiny: l.tiny}
		var all []*statistics
		for b, err := range eachPart(ctx, src, func(int) *statistics {
			st := newStatistics(l, 0, src.classes, Scatter)
			if what == 0 || what&Spectrum != 0 {
				st.spectrum = newPartSpectrum(src.samples, l.dim)
			}
			return st
		}, func(_ int, part *statistics) {
			all = append(all, part)
			h := partialPart{Exponent: part.scale.exponent}
			if part.spectrum != nil {
				h.HasGram, h.HasStored = true, part.spectrum.both
			}
			layer.Parts = append(layer.Parts, h)
		}) {
			if err != nil {
				return err
			}
			for j, row := range b.predicted {
				p.confusion[b.labels[j]*p.Rows+row]++
			}
		}
		p.Layers = append(p.Layers, layer)
		p.layers = append(p.layers, partialStatistics{first: all})
	}
	return p.write(path)
}

// writeSecond takes the second pass with the class means of merged first passes.
func (s *StoredFeatures) writeSecond(ctx context.Context, path string, means []string) error {
	m, err := readMerged(means)
	if err != nil {
		return err
	}
	if len(m.second) > 0 {
		return fmt.Errorf("%s: of a second pass; means are those of all first passes", m.second[0].path)
	}
	if err := s.renumber(m.classLabels); err != nil {
		return err
	}
	p := &partial{partialHeader: partialHeader{Version: partialVersion, Pass: 2, Means: m.hash(), Classes: m.names, Numbers: m.numbers}}
	for i := range s.layers {
		src := s.source(i, 1)
		l := src.layers[0]
		if i >= len(m.layers) || m.layers[i].Name != l.name || m.layers[i].Dim != l.dim {
			return fmt.Errorf("%s: the layer %s is not the one of %s", s.Name, l.name, means[0])
		}
		second, err := secondPass(ctx, src, []*statistics{m.statistics(i, Scatter)})
		if err != nil {
			return err
		}
		p.Layers = append(p.Layers, partialLayer{Name: l.name, Dim: l.dim, Unit: l.unit, Tiny: l.tiny, Parts: make([]partialPart, len(second[0].parts))})
		p.layers = append(p.layers, partialStatistics{second: second[0].parts})
	}
	return p.write(path)
}

// renumber numbers the classes of the samples as all does, which has more of them.
func (s *StoredFeatures) renumber(all *classLabels) error {
	to := make([]int32, len(s.labels.names))
	for k, name := range s.labels.names {
		if to[k] = int32(slices.Index(all.names, name)); to[k] < 0 {
			return fmt.Errorf("%s: no samples of class %s in the other files, which are to have every class", s.Name, name)
		}
	}
	of := slices.Clone(s.labels.of)
	for i, k := range of {
		if k >= 0 {
			of[i] = to[k]
		}
	}
	s.labels = &classLabels{of: of, names: all.names, numbers: all.numbers, kept: s.labels.kept}
	if s.head == nil {
		return nil
	}
	rows, _ := s.head.w.Dims()
	class, _, err := all.rowClasses(rows)
	s.head = &readout{w: s.head.w, bias: s.head.bias, class: class}
	return err
}

// write writes the partial to a file.
func (p *partial) write(path string) error {
	var all []any
	for i, l := range p.layers {
		for j, s := range l.first {
			all = append(all, s.scatter.count, s.scatter.m2, s.scatter.mean.RawMatrix().Data, s.scatter.within.RawMatrix().Data, []float64{s.scale.largest})
			if p.Layers[i].Parts[j].HasGram {
				all = append(all, s.spectrum.gram)
			}
			if p.Layers[i].Parts[j].HasStored {
				all = append(all, s.spectrum.stored)
			}
		}
		for _, s := range l.second {
			all = append(all, []float64{s.within, s.separated, s.agreed})
		}
	}
	if p.head != nil {
		all = append(all, p.head.w.RawMatrix().Data, p.confusion)
		if p.HasBias {
			all = append(all, p.head.bias)
		}
	}
	return artifact.Write(path, partialKind, p.partialHeader, all)
}

// readPartial reads what write writes.
func readPartial(path string) (*partial, error) {
	p := &partial{path: path}
	all, err := artifact.Read(path, partialKind, &p.partialHeader)
	if err != nil {
		return nil, fmt.Errorf("%s: not partial statistics of measure --partial: %w", path, err)
	}
	if p.Version != partialVersion {
		return nil, fmt.Errorf("%s: version %d of partial statistics, which is not known here; take the pass again", path, p.Version)
	}
	damaged := fmt.Errorf("%s: damaged; take the pass again", path)
	if !p.partialHeader.sound() {
		return nil, damaged
	}
	if k := len(p.Classes); k > largestClasses {
		return nil, fmt.Errorf("%s: %d classes, more than the %d that can be compared in pairs", path, k, largestClasses)
	}
	next := func(n int) []float64 {
		if err != nil || len(all) == 0 {
			err = damaged
			return nil
		}
		v, ok := all[0].([]float64)
		if !ok || n >= 0 && len(v) != n || finite(v, path) != nil {
			err = damaged
		}
		all = all[1:]
		return v
	}
	k, samples := len(p.Classes), 0.0
	for _, l := range p.Layers {
		var s partialStatistics
		for _, h := range l.Parts {
			if p.Pass == 2 {
				if v := next(3); err == nil {
					s.second = append(s.second, collapseSums{v[0], v[1], v[2]})
				}
				continue
			}
			count, m2, mean, within, largest := next(k), next(k), next(k*l.Dim), next(k*l.Dim), next(1)
			if err != nil {
				return nil, err
			}
			for _, n := range count {
				if samples += n; n < 0 || n != math.Trunc(n) || samples > math.MaxInt32*float64(len(p.Layers)) {
					return nil, damaged
				}
			}
			st := &statistics{scatter: newScatter(k, l.Dim, l.Unit), scale: scaling{exponent: h.Exponent, largest: largest[0]}}
			st.scatter.count, st.scatter.m2 = count, m2
			st.scatter.mean, st.scatter.within = mat.NewDense(k, l.Dim, mean), mat.NewDense(k, l.Dim, within)
			if h.HasGram {
				st.spectrum = &spectrum{dim: l.Dim, gram: next(l.Dim * l.Dim)}
			}
			if h.HasStored {
				st.spectrum.both, st.spectrum.stored = true, next(int(floats.Sum(count))*l.Dim)
			}
			s.first = append(s.first, st)
		}
		p.layers = append(p.layers, s)
	}
	if p.Rows > 0 && p.Pass == 1 {
		d := p.Layers[p.Reads].Dim
		w := next(p.Rows * d)
		p.confusion = next(k * p.Rows)
		if err != nil {
			return nil, err
		}
		p.head = &readout{w: mat.NewDense(p.Rows, d, w)}
		if p.HasBias {
			p.head.bias = next(p.Rows)
		}
	}
	if err == nil && len(all) > 0 {
		err = damaged
	}
	return p, err
}

// sound reports whether a header is one that [StoredFeatures.WritePartial] can have
// written: what follows from it neither overflows nor contradicts itself.
func (h *partialHeader) sound() bool {
	const most = math.MaxInt32 // of classes, features and rows, so that products are numbers
	if h.Pass != 1 && h.Pass != 2 || len(h.Classes) == 0 || len(h.Layers) == 0 || h.Rows < 0 || h.Rows > most {
		return false
	}
	if h.Rows > 0 && h.Pass == 1 && (h.Reads < 0 || h.Reads >= len(h.Layers)) || h.Numbers != nil && len(h.Numbers) != len(h.Classes) {
		return false
	}
	seen := map[string]bool{}
	for i, name := range h.Classes {
		if seen[name] || h.Numbers != nil && name != strconv.FormatInt(h.Numbers[i], 10) {
			return false
		}
		seen[name] = true
	}
	for _, l := range h.Layers {
		if len(l.Parts) == 0 || l.Dim < 1 || l.Dim > most || l.Unit < 0 || l.Unit >= 1 || l.Tiny < 0 {
			return false
		}
		for _, p := range l.Parts {
			if p.HasStored && !p.HasGram || p.HasGram && l.Dim > widest || p.Exponent < -1100 || p.Exponent > 1100 {
				return false
			}
		}
	}
	return true
}

// merged are partials of the same layers, with the classes of all.
type merged struct {
	*classLabels
	first, second []*partial
	layers        []partialLayer
	samples       int
	index         map[string]int // of names
}

// readMerged reads partials, in the order in which they are merged.
func readMerged(paths []string) (*merged, error) {
	m := &merged{classLabels: &classLabels{}, index: map[string]int{}}
	for _, path := range paths {
		p, err := readPartial(path)
		if err != nil {
			return nil, err
		}
		if p.Pass == 2 {
			m.second = append(m.second, p)
			continue
		}
		if m.first != nil {
			if err := m.first[0].compatible(p); err != nil {
				return nil, err
			}
		}
		m.first = append(m.first, p)
		for i, name := range p.Classes {
			if _, ok := m.index[name]; !ok {
				m.index[name] = len(m.names)
				m.names = append(m.names, name)
				if p.Numbers != nil {
					m.numbers = append(m.numbers, p.Numbers[i])
				}
			}
		}
		for _, s := range p.layers[0].first {
			for _, n := range s.scatter.count {
				m.samples += int(n)
			}
		}
	}
	if m.first == nil {
		return nil, errors.New("no files of first passes among those to merge")
	}
	if len(m.names) < 2 {
		return nil, fmt.Errorf("%s: only one class in the files to merge; compression and discrimination need at least two", paths[0])
	}
	if len(m.names) > largestClasses {
		return nil, fmt.Errorf("%s: %d classes in the files to merge, more than the %d that can be compared in pairs", paths[0], len(m.names), largestClasses)
	}
	if m.samples > math.MaxInt32 {
		return nil, fmt.Errorf("%s: %d samples in the files to merge, more than can be counted", paths[0], m.samples)
	}
	for _, p := range m.second {
		if !slices.EqualFunc(m.first[0].Layers, p.Layers, sameLayer) {
			return nil, fmt.Errorf("%s: not of the layers of %s", p.path, m.first[0].path)
		}
	}
	m.layers = m.first[0].Layers
	if m.numbers == nil {
		slices.SortFunc(m.names, compareNatural)
	} else {
		slices.Sort(m.numbers)
		for i, v := range m.numbers {
			m.names[i] = strconv.FormatInt(v, 10)
		}
	}
	for i, name := range m.names {
		m.index[name] = i
	}
	return m, nil
}

// compatible returns an error if q is not of the same layers and classifier.
func (p *partial) compatible(q *partial) error {
	if !slices.EqualFunc(p.Layers, q.Layers, sameLayer) || p.Rows != q.Rows || p.Reads != q.Reads || (p.Numbers == nil) != (q.Numbers == nil) {
		return fmt.Errorf("%s: not of the layers, classifier and kind of labels of %s", q.path, p.path)
	}
	if p.head != nil && (!mat.Equal(p.head.w, q.head.w) || !slices.Equal(p.head.bias, q.head.bias)) {
		return fmt.Errorf("%s: of another classifier than %s", q.path, p.path)
	}
	return nil
}

func sameLayer(a, b partialLayer) bool { return a.Name == b.Name && a.Dim == b.Dim }

// statistics returns those of all samples of layer i. It may be called once per layer.
func (m *merged) statistics(i int, what Measures) *statistics {
	l := sourceLayer{index: i, name: m.layers[i].Name, dim: m.layers[i].Dim}
	for _, p := range m.first {
		l.unit, l.tiny = max(l.unit, p.Layers[i].Unit), max(l.tiny, p.Layers[i].Tiny)
	}
	var all *statistics
	for _, p := range m.first {
		for _, s := range p.layers[i].first {
			own := what
			if s.spectrum == nil {
				own &^= Spectrum
			}
			part := newStatistics(l, m.samples, len(m.names), own)
			part.scale.exponent, part.scale.largest = s.scale.exponent, s.scale.largest
			for k, name := range p.Classes {
				to := m.index[name]
				part.scatter.count[to], part.scatter.m2[to] = s.scatter.count[k], s.scatter.m2[k]
				part.scatter.mean.SetRow(to, s.scatter.mean.RawRowView(k))
				part.scatter.within.SetRow(to, s.scatter.within.RawRowView(k))
			}
			switch {
			case part.spectrum == nil:
			case part.spectrum.gram == nil && !s.spectrum.both:
				part.spectrum = nil
			case part.spectrum.gram != nil:
				part.spectrum.gram = s.spectrum.gram
			default:
				part.spectrum.stored = s.spectrum.stored
			}
			if all != nil && part.spectrum == nil {
				all.spectrum = nil
			}
			all = joined(all, part)
		}
	}
	return all
}

// hash identifies the first passes: their classes, numbers of samples and means.
func (m *merged) hash() string {
	h := sha256.New()
	for _, p := range m.first {
		fmt.Fprintln(h, p.Classes)
		for _, l := range p.layers {
			for _, s := range l.first {
				binary.Write(h, binary.LittleEndian, s.scatter.count)
				binary.Write(h, binary.LittleEndian, s.scatter.mean.RawMatrix().Data)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// MergePartials returns the evaluation of the samples of all files that
// [StoredFeatures.WritePartial] wrote, merged in their order: the bits are those of one
// run over the same parts in this order. Without the files of second passes, NC1 and NC4
// are undefined.
func MergePartials(ctx context.Context, paths []string) (*Evaluation, error) {
	m, err := readMerged(paths)
	if err != nil {
		return nil, err
	}
	hash := m.hash()
	for _, p := range m.second {
		if p.Means != hash {
			return nil, fmt.Errorf("%s: a second pass with other class means than those of the first passes here, in their order", p.path)
		}
	}
	var head *readout
	if m.first[0].head != nil {
		head = &readout{w: m.first[0].head.w, bias: m.first[0].head.bias}
		if head.class, _, err = m.rowClasses(m.first[0].Rows); err != nil {
			return nil, err
		}
	}
	ev := &Evaluation{Accuracy: m.accuracy(head), ClassNames: m.names}
	for i, l := range m.layers {
		first := m.statistics(i, Everything)
		one, err := first.measures(ctx, sourceLayer{index: i, name: l.Name, dim: l.Dim}, Everything)
		if err != nil {
			return nil, err
		}
		if head != nil && i == m.first[0].Reads {
			first.scatter.selfDuality(&one, head.ofClasses(len(m.names)))
		}
		if m.second == nil {
			one.undefined(secondMissing, "NC1", "separation", "NC4")
		} else {
			c := newCollapse(first.scatter)
			for _, p := range m.second {
				c.parts = append(c.parts, p.layers[i].second...)
			}
			if parts := m.partsOf(i); len(c.parts) != parts {
				return nil, fmt.Errorf("second passes over %d parts, but first passes over %d; name the files of all", len(c.parts), parts)
			}
			c.measures(&one)
		}
		ev.Layers = append(ev.Layers, one)
	}
	return ev, nil
}

const secondMissing = "it takes a second pass: measure --partial with --means"

// partsOf returns the number of parts of layer i.
func (m *merged) partsOf(i int) (n int) {
	for _, p := range m.first {
		n += len(p.layers[i].first)
	}
	return n
}

// accuracy returns the share of samples that the classifier gets right, NaN without one.
func (m *merged) accuracy(head *readout) float64 {
	if head == nil {
		return math.NaN()
	}
	right := 0.0
	for _, p := range m.first {
		for k, name := range p.Classes {
			for row, class := range head.class {
				if class >= 0 && m.names[class] == name {
					right += p.confusion[k*p.Rows+row]
				}
			}
		}
	}
	return right / float64(m.samples)
}
