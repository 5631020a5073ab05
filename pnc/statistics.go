package pnc

import (
	"context"
	"fmt"
	"iter"
	"math"

	"gonum.org/v1/gonum/floats"
)

// statistics is what a first pass over the features of a layer accumulates: of part
// after part, each from the beginning, which are then merged in their order. So the
// statistics of parts that were taken elsewhere give the same bits.
type statistics struct {
	scatter  *scatter
	spectrum *spectrum // nil if it is not asked for
	scale    scaling
}

// newStatistics returns empty statistics of a layer, with the spectrum if it is among
// what is measured and the features are not too many for it.
func newStatistics(l sourceLayer, samples, classes int, what Measures) *statistics {
	s := &statistics{scatter: newScatter(classes, l.dim, l.unit)}
	s.scatter.tiny = l.tiny
	if what&Spectrum != 0 && hasSpectrum(samples, l.dim) {
		s.spectrum = newSpectrum(samples, l.dim)
	}
	return s
}

// add adds the samples of a block.
func (s *statistics) add(b *block) {
	s.shift(s.scale.include(b))
	b = s.scale.apply(b)
	s.scatter.add(b)
	if s.spectrum != nil {
		s.spectrum.add(b)
	}
}

// shift multiplies the features added so far by 2^exponent.
func (s *statistics) shift(exponent int) {
	if exponent == 0 {
		return
	}
	s.scatter.shift(exponent)
	if s.spectrum != nil {
		s.spectrum.shift(exponent)
	}
}

// merge adds what o holds, of other samples. It may change o.
func (s *statistics) merge(o *statistics) {
	switch {
	case o.scale.largest > s.scale.largest:
		s.shift(s.scale.exponent - o.scale.exponent)
		s.scale.exponent, s.scale.largest = o.scale.exponent, o.scale.largest
	default:
		o.shift(o.scale.exponent - s.scale.exponent)
	}
	s.scatter.merge(o.scatter)
	if s.spectrum != nil {
		s.spectrum.merge(o.spectrum)
	}
}

// measures returns what follows from the statistics.
func (s *statistics) measures(ctx context.Context, l sourceLayer, what Measures) (LayerMeasures, error) {
	m := LayerMeasures{Layer: l.index, Name: l.name, N: int(math.Round(floats.Sum(s.scatter.count))), Dim: l.dim, Classes: len(s.scatter.count)}
	m.unmeasured()
	s.scatter.measures(&m, s.scale.exponent)
	m.sayCoarse(l.unit)
	if share := s.scatter.roundingShare(); l.unit > unit32 && share > coarseShare && m.AtMost == nil {
		notify(Warning(fmt.Sprintf("%s: rounding to 16 bits makes up about %.0f %% of the scatter within classes, and so of C and NC1: export float32", l.name, 100*share)))
	}
	if what&PerClass != 0 {
		m.Classwise = s.scatter.classwise()
	}
	if s.spectrum == nil {
		if what&Spectrum != 0 {
			m.undefined(spectrumTooWide, "rank95", "stableRank", "effectiveRank", "participation", "powerLaw")
		}
		return m, nil
	}
	values, err := s.spectrum.values(ctx)
	if err != nil {
		return m, err
	}
	m.Rank95 = rankOrNaN(values)
	spectralMeasures(&m, values)
	for j := range values {
		values[j] = math.Ldexp(values[j], s.scale.exponent)
	}
	m.SingularValues = values
	return m, nil
}

// coarseShare is the share of rounding in the scatter within classes that is worth a
// warning.
const coarseShare = 0.01

// firstPass returns the statistics of every layer of a source and the number of samples
// of every class that its classifier gets right.
func firstPass(ctx context.Context, src *featureSource, what Measures) (all []*statistics, right []float64, err error) {
	all, right = make([]*statistics, len(src.layers)), make([]float64, src.classes)
	for b, err := range eachPart(ctx, src,
		func(i int) *statistics { return newStatistics(src.layers[i], src.samples, src.classes, what) },
		func(i int, part *statistics) { all[i] = joined(all[i], part) }) {
		if err != nil {
			return nil, nil, err
		}
		if b.layer == 0 { // predictions are the same for all layers
			for i, k := range b.predicted {
				if k == b.labels[i] {
					right[k]++
				}
			}
		}
	}
	for _, s := range all {
		s.scatter.weigh(src.weights)
	}
	return all, right, nil
}

// eachPart yields the blocks of a source after it has added them to statistics of their
// parts, which create makes and done gets when they are complete.
func eachPart(ctx context.Context, src *featureSource, create func(layer int) *statistics, done func(layer int, part *statistics)) iter.Seq2[*block, error] {
	return func(yield func(*block, error) bool) {
		parts := make([]*statistics, len(src.layers))
		number := make([]int, len(src.layers))
		for b, err := range src.blocks(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			i := b.layer
			if parts[i] != nil && b.part != number[i] {
				done(i, parts[i])
				parts[i] = nil
			}
			if parts[i] == nil {
				parts[i], number[i] = create(i), b.part
			}
			parts[i].add(b)
			if !yield(b, nil) {
				return
			}
		}
		for i, p := range parts {
			if p != nil {
				done(i, p)
			}
		}
	}
}

// joined returns the statistics of all parts so far, nil for none, and the next one.
func joined(all, part *statistics) *statistics {
	if all == nil {
		return part
	}
	all.merge(part)
	return all
}
