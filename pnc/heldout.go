//go:build !js

package pnc

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
)

// neighborCount is the k of the nearest-neighbour accuracy.
const neighborCount = 5

// Limits of the samples between which distances are computed.
const (
	neighborTraining = 10000
	neighborTest     = 2000
)

// HeldOut adds to ev, the evaluation of the features, how well simple classifiers that
// are fitted to them do on the held-out features test of the same layers: the nearest
// class mean, the k nearest neighbours, and a linear probe. The first and the last read
// all samples; neighbours are sought for 2000 test samples among 10,000 others, or fewer
// of more than 2²⁵ features, the same share of every class, and a note says so.
func (s *StoredFeatures) HeldOut(ctx context.Context, ev *Evaluation, test *StoredFeatures, seed int) error {
	if err := test.renumber(s.labels); err != nil {
		return err
	}
	trainTake, trainCount := s.subsample(sampleLimit/s.widest(), neighborTraining, seed)
	testTake, testCount := test.subsample(sampleLimit/test.widest(), neighborTest, seed)
	if trainCount < s.labels.kept || testCount < test.labels.kept {
		s.Notes = append(s.Notes, fmt.Sprintf("%s: neighbours are those of %d of %d held-out samples among %d of %d", s.Name, testCount, test.labels.kept, trainCount, s.labels.kept))
	}
	for i, l := range s.layers {
		at := slices.IndexFunc(test.layers, func(t *storedLayer) bool { return t.name == l.name && t.pool.dim == l.pool.dim })
		if at < 0 {
			return fmt.Errorf("%s: no layer %s of %d features, as in %s", test.Name, l.name, l.pool.dim, s.Name)
		}
		m := &ev.Layers[i]
		train := s.source(i, 2)
		train.weights = AsPublished // of the classifiers; their accuracies have those of s
		first, _, err := firstPass(ctx, train, Scatter)
		if err != nil {
			return err
		}
		if err := m.heldOut(ctx, train, test.source(at, 2), first, s.weights); err != nil {
			return err
		}
		z, labels, err := s.rows(ctx, i, trainTake, trainCount)
		if err != nil {
			return err
		}
		zt, truth, err := test.rows(ctx, at, testTake, testCount)
		if err != nil {
			return err
		}
		m.KNNTest = neighborAccuracy(z, labels, zt, truth, len(s.labels.names), neighborCount, s.weights)
	}
	return nil
}

// OutOfDistribution adds NC5 to ev, the evaluation of the features, with the features
// other of the same layers: samples of another kind, opened with the option Unlabelled.
func (s *StoredFeatures) OutOfDistribution(ctx context.Context, ev *Evaluation, other *StoredFeatures) error {
	for i, l := range s.layers {
		at := slices.IndexFunc(other.layers, func(t *storedLayer) bool { return t.name == l.name && t.pool.dim == l.pool.dim })
		if at < 0 {
			return fmt.Errorf("%s: no layer %s of %d features, as in %s", other.Name, l.name, l.pool.dim, s.Name)
		}
		first, _, err := firstPass(ctx, s.source(i, 1), Scatter)
		if err != nil {
			return err
		}
		far, _, err := firstPass(ctx, other.source(at, 1), Scatter)
		if err != nil {
			return err
		}
		var why string
		if ev.Layers[i].NC5, why = orthogonality(first[0].scatter, far[0].scatter); why != "" {
			ev.Layers[i].undefined(why, "NC5")
		}
	}
	return nil
}

// orthogonality returns NC5 of class means and the mean of other samples, and the reason
// if it is NaN.
func orthogonality(s, other *scatter) (v float64, why string) {
	rounded := s.rounding().of
	mean := other.mean.RawRowView(0)
	norm := floats.Norm(mean, 2)
	if !(norm > 2*other.rounding().of[0]) {
		return math.NaN(), "the mean of the other samples is zero up to rounding"
	}
	for k := range rounded {
		row := s.mean.RawRowView(k)
		length := floats.Norm(row, 2)
		if !(length > 2*rounded[k]) {
			return math.NaN(), meanIsZero
		}
		v += math.Abs(floats.Dot(row, mean)) / (length * norm) / float64(len(rounded))
	}
	return v, ""
}

// heldOut fills in the accuracies of the nearest class mean and of the linear probe.
func (m *LayerMeasures) heldOut(ctx context.Context, train, test *featureSource, first []*statistics, weights Weights) error {
	s := first[0].scatter
	c := newCollapse(s)
	var probe *linearProbe
	if m.Dim <= widest {
		gram, global := make([]float64, m.Dim*m.Dim), s.global()
		var z []float64
		for b, err := range train.blocks(ctx) {
			if err != nil {
				return err
			}
			z = first[0].scale.apply(b).shifted(z, func(int) []float64 { return global })
			upperGram(gram, z, b.dim, b.size())
		}
		var err error
		if probe, err = fitProbe(s, gram, probeRidge, leastSquares); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
	} else {
		m.undefined(spectrumTooWide, "probeTest")
	}
	byMean, byProbe, sizes := make([]float64, train.classes), make([]float64, train.classes), make([]float64, train.classes)
	count := func(right []float64, predicted, labels []int) {
		for i, k := range predicted {
			if k == labels[i] {
				right[k]++
			}
		}
	}
	var r *readout
	if probe != nil {
		r = &readout{w: probe.w, bias: probe.bias}
	}
	var z []float64
	workers := crew.New()
	for b, err := range test.blocks(ctx) {
		if err != nil {
			return err
		}
		b = first[0].scale.apply(b)
		count(byMean, c.nearest(b, s.mean), b.labels)
		count(sizes, b.labels, b.labels)
		if r != nil {
			z = b.float64s(workers, z)
			count(byProbe, r.predict(z, b.size()), b.labels)
		}
	}
	if r != nil {
		m.ProbeTest = weights.share(byProbe, sizes)
	}
	if c.ambiguous {
		m.undefined(twoCoincide, "NCCtest")
		return nil
	}
	m.NCCTest = weights.share(byMean, sizes)
	return nil
}

// probeRidge is the ridge of linear probes, relative to the mean variance of a feature.
const probeRidge = 1e-6

// neighborAccuracy returns the share of the rows of test whose class is that of most of
// their k nearest rows of train, by Euclidean distance; of classes with as many, the one
// of the nearest of all counts.
func neighborAccuracy(train *mat.Dense, labels []int, test *mat.Dense, truth []int, classes, k int, weights Weights) float64 {
	n, d := train.Dims()
	m, _ := test.Dims()
	// About the mean, products of far-away features do not cancel.
	mean := make([]float64, d)
	for i := range n {
		for j, v := range train.RawRowView(i) {
			mean[j] += v / float64(n)
		}
	}
	centre := func(z *mat.Dense) {
		rows, _ := z.Dims()
		for i := range rows {
			row := z.RawRowView(i)
			for j := range row {
				row[j] -= mean[j]
			}
		}
	}
	centre(train)
	centre(test)
	half := make([]float64, n) // ½‖z‖²
	for i := range n {
		for _, v := range train.RawRowView(i) {
			half[i] += v * v / 2
		}
	}
	const together = 256
	scores := make([]float64, together*n)
	right, sizes := make([]float64, classes), make([]float64, classes)
	for _, y := range truth {
		sizes[y]++
	}
	nearest := make([]int, 0, k+1)
	for from := 0; from < m; from += together {
		b := min(together, m-from)
		gemm.Mul(false, true, b, n, d, 1, test.RawMatrix().Data[from*d:], d, train.RawMatrix().Data, d, 0, scores, n)
		for i := range b {
			row := scores[i*n : (i+1)*n]
			for j := range row {
				row[j] -= half[j] // the larger, the nearer
			}
			nearest = nearest[:0]
			for j, v := range row {
				if len(nearest) == k && !(v > row[nearest[k-1]]) {
					continue
				}
				at := len(nearest)
				for at > 0 && v > row[nearest[at-1]] {
					at--
				}
				nearest = slices.Insert(nearest, at, j)
				nearest = nearest[:min(len(nearest), k)]
			}
			votes := make([]int, classes)
			best := labels[nearest[0]]
			for _, j := range nearest {
				votes[labels[j]]++
			}
			for _, j := range nearest {
				if votes[labels[j]] > votes[best] {
					best = labels[j]
				}
			}
			if best == truth[from+i] {
				right[best]++
			}
		}
	}
	return weights.share(right, sizes)
}
