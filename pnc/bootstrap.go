//go:build !js

package pnc

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
)

// Bootstrap adds 95 % intervals to ev, the evaluation of the features: for the accuracy and
// every quantity of the groups [Scatter] and [Collapse], the range between two percentiles
// of its values over replicates of the data. A replicate draws as many samples of every
// class as there are, with replacement; the draws of a seed are the same for all layers.
// The classifier stays as it is. Ranks and the exponent of the spectrum have no intervals:
// a replicate has 63 % of the samples, some of them several times, and so a lower rank than
// the data have by construction. Accuracies on held-out features, residuals and
// similarities of layers have none either.
//
// Replicates have more scatter between classes and less within them than the data, so
// that their C is biased. The percentiles are therefore those of the bias-corrected
// bootstrap (Efron 1981), Φ(2z ± 1.96), where Φ(z) is the share of replicates below the
// value of the data, half of those that have it included. Where that share is 0 or 1 there is
// no interval: noise then moves the quantity by more than it varies, as it does a distance
// such as NC3 with little of it, and percentiles of replicates say nothing.
//
// The samples are held in memory, 2²⁵ features at most: of more, intervals are those of
// a part of the samples, wider by about the root of the ratio. NC1, NC4
// and the separation take a product of up to 3K×d and d×N matrices for every replicate and
// have no intervals in layers where that is more than 2·10¹² multiplications, a minute or
// two. Notes say both.
func (s *StoredFeatures) Bootstrap(ctx context.Context, ev *Evaluation, replicates, seed int) error {
	if replicates < 2 {
		return fmt.Errorf("%d replicates; a bootstrap takes at least two, and some 200 for intervals of 95 %%", replicates)
	}
	take, n := s.subsample(sampleLimit/s.widest(), math.MaxInt, seed)
	if n < s.labels.kept {
		s.Notes = append(s.Notes, fmt.Sprintf("%s: intervals are those of %d of %d samples", s.Name, n, s.labels.kept))
	}
	k := len(s.labels.names)
	for i, l := range s.layers {
		z, labels, err := s.rows(ctx, i, take, n)
		if err != nil {
			return err
		}
		b := &bootstrapped{unit: l.unit(), tiny: l.tiny(), weights: s.weights, replicates: replicates, seed: seed, collapse: true}
		if cost := bootstrapCost(replicates, n, l.pool.dim, k); cost > bootstrapLimit {
			b.collapse = false
			s.Notes = append(s.Notes, fmt.Sprintf("%s: no intervals of NC1, NC4 and separation of %s, which would take %.2g multiplications, more than %.2g", s.Name, l.name, cost, bootstrapLimit))
		}
		if l == s.reads && s.head != nil {
			b.head, b.classifier = s.head, s.head.ofClasses(k)
		}
		classes := byClass(z, labels, k)
		z = nil
		intervals, accuracy, err := b.intervals(ctx, classes)
		if err != nil {
			return err
		}
		if b.without != nil {
			s.Notes = append(s.Notes, fmt.Sprintf("%s: no intervals of %s of %s: all replicates are on one side of the value, which noise moves by more than it varies", s.Name, strings.Join(b.without, ", "), l.name))
		}
		ev.Layers[i].Intervals = intervals
		if accuracy != nil {
			ev.AccuracyInterval = accuracy
		}
	}
	return nil
}

// bootstrapLimit bounds the multiplications that the second pass over all replicates of a
// layer takes.
const bootstrapLimit = 2e12

// bootstrapCost returns about how many multiplications it takes for d features of n samples
// in k classes.
func bootstrapCost(replicates, n, d, k int) float64 {
	return float64(replicates) * float64(d) * float64(3*k) * float64(n+k)
}

// bootstrapped is the bootstrap of the features of one layer.
//
// A replicate weights sample i by w_i, the number of times that it is drawn. With the
// features centred at their class mean, y_i = z_i - μ_k, its class mean is
// μ_k + a with a = 1/n_k Σ w_i y_i, and its scatter Σ w_i ‖y_i‖² - n_k‖a‖², where
// nothing cancels. Both are products of the matrix of weights. What takes a second pass is
// that of y_i - a with the weights w_i.
type bootstrapped struct {
	unit, tiny       float64
	weights          Weights
	replicates, seed int
	collapse         bool
	without          []string // labels of quantities that have no interval
	head             *readout // acts on the layer; nil if there is none
	classifier       *mat.Dense

	scale    scaling
	rounded  *rounding
	columns  []*block    // y_i of every class, d×n_k
	right    [][]float64 // 1 where the classifier is right
	means    [][]float64
	norms    [][]float64 // ‖y_i‖²
	estimate *scatter
}

// intervals returns the intervals of the samples of every class, and that of the accuracy
// of the classifier, nil if there is none.
func (b *bootstrapped) intervals(ctx context.Context, classes []*mat.Dense) (of map[string][2]float64, accuracy *[2]float64, err error) {
	b.centre(classes)
	var data LayerMeasures
	all := make([][]float64, len(b.norms)) // weights of the data: every sample once
	for k, norms := range b.norms {
		all[k] = make([]float64, len(norms))
		floats.AddConst(1, all[k])
	}
	value := b.measure(&data, b.estimate, nil, all)
	rnd := rand.New(rand.NewPCG(uint64(b.seed), 2))
	values, accuracies := map[string][]float64{}, []float64(nil)
	_, d := b.estimate.mean.Dims()
	const together = 16 // replicates
	for from := 0; from < b.replicates; from += together {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		n := min(together, b.replicates-from)
		scatters, shifts, weights := make([]*scatter, n), make([]*mat.Dense, n), make([][][]float64, n)
		for r := range n {
			scatters[r] = newScatter(len(classes), d, b.unit)
			shifts[r], weights[r] = mat.NewDense(len(classes), d, nil), make([][]float64, len(classes))
		}
		for k, y := range b.columns {
			size := y.size()
			drawn, shift := make([]float64, n*size), make([]float64, n*d)
			for r := range n {
				weights[r][k] = drawn[r*size : (r+1)*size]
				for range size {
					weights[r][k][rnd.IntN(size)]++
				}
			}
			gemm.Mul(false, true, n, d, size, 1/float64(size), drawn, size, y.z, size, 0, shift, d)
			for r, s := range scatters {
				a := shift[r*d : (r+1)*d]
				shifts[r].SetRow(k, a)
				s.count[k] = float64(size)
				s.m2[k] = max(0, floats.Dot(weights[r][k], b.norms[k])-float64(size)*floats.Dot(a, a))
				floats.AddTo(s.mean.RawRowView(k), b.means[k], a)
			}
		}
		for r, s := range scatters {
			var m LayerMeasures
			if v := b.measure(&m, s, shifts[r], weights[r]); !math.IsNaN(v) {
				accuracies = append(accuracies, v)
			}
			for _, q := range quantities {
				if v := q.Of(m); !math.IsNaN(v) {
					values[q.Name] = append(values[q.Name], v)
				}
			}
		}
	}
	of = map[string][2]float64{}
	for _, q := range quantities {
		if v := values[q.Name]; len(v) == b.replicates { // defined for all of them
			slices.Sort(v)
			if interval, ok := corrected(v, q.Of(data)); ok {
				of[q.Name] = interval
			} else {
				b.without = append(b.without, q.Label)
			}
		}
	}
	if len(accuracies) == b.replicates {
		slices.Sort(accuracies)
		if interval, ok := corrected(accuracies, value); ok {
			accuracy = &interval
		} else {
			b.without = append(b.without, "accuracy")
		}
	}
	return of, accuracy, nil
}

// centre fills in what does not depend on the replicate.
func (b *bootstrapped) centre(classes []*mat.Dense) {
	_, d := classes[0].Dims()
	largest := 0.0
	for _, z := range classes {
		for _, v := range z.RawMatrix().Data {
			largest = max(largest, math.Abs(v))
		}
	}
	b.scale.include(&block{z: []float64{largest}})
	workers := crew.New()
	b.estimate = newScatter(len(classes), d, b.unit)
	b.estimate.tiny = b.tiny
	for k, z := range classes {
		n, _ := z.Dims()
		y := &block{dim: d, labels: slices.Repeat([]int{k}, n), z: transposed(workers, nil, z.RawMatrix().Data, n, d)}
		classes[k] = nil // the rows are not used any more
		if b.head != nil {
			y.predicted = b.head.predict(y.z, n)
			right := make([]float64, n)
			for i, p := range y.predicted {
				if p == k {
					right[i] = 1
				}
			}
			b.right = append(b.right, right)
		}
		if b.scale.exponent != 0 {
			for i, v := range y.z {
				y.z[i] = math.Ldexp(v, -b.scale.exponent)
			}
		}
		means, norms := make([]float64, d), make([]float64, n)
		for j := range d {
			row := y.z[j*n : (j+1)*n]
			first := row[0] // see moments
			floats.AddConst(-first, row)
			mean := floats.Sum(row) / float64(n)
			floats.AddConst(-mean, row)
			means[j] = mean + first
			for i, v := range row {
				norms[i] += v * v
			}
			b.estimate.within.Set(k, j, floats.Dot(row, row))
		}
		b.columns, b.means, b.norms = append(b.columns, y), append(b.means, means), append(b.norms, norms)
		b.estimate.count[k], b.estimate.m2[k] = float64(n), floats.Sum(norms)
		b.estimate.mean.SetRow(k, means)
	}
	b.rounded = b.estimate.rounding() // of the data, and about that of replicates
	b.estimate.weigh(b.weights)
}

// measure fills in the measures of the statistics s of a replicate whose class means are
// those of the data plus shifts, nil for none, and whose samples have the given weights. It
// returns the accuracy of the classifier, NaN if there is none.
func (b *bootstrapped) measure(m *LayerMeasures, s *scatter, shifts *mat.Dense, weights [][]float64) (accuracy float64) {
	k, d := s.mean.Dims()
	*m = LayerMeasures{N: int(math.Round(floats.Sum(s.count))), Dim: d, Classes: k}
	m.unmeasured()
	if s != b.estimate {
		s.rounded = b.rounded
		s.weigh(b.weights)
	}
	s.measures(m, b.scale.exponent)
	if shifts == nil {
		shifts = mat.NewDense(k, d, nil)
	}
	accuracy = math.NaN()
	if b.head != nil {
		right, sizes := make([]float64, k), s.classSizes()
		for c, w := range weights {
			right[c] = floats.Dot(w, b.right[c])
		}
		accuracy = b.weights.share(right, sizes)
		s.selfDuality(m, b.classifier)
	}
	if !b.collapse {
		return accuracy
	}
	c := newCollapse(s)
	for i, y := range b.columns {
		w := weights[i]
		if f := s.sampleWeights(y.labels[:1]); f != nil {
			w = floats.ScaleTo(make([]float64, len(w)), f[0], w)
		}
		reference := y.labels
		if y.predicted != nil {
			reference = y.predicted
		}
		c.addWeighted(y, shifts, w, reference)
	}
	c.measures(m)
	return accuracy
}

// corrected returns the bias-corrected interval of a value from sorted replicates. Of
// replicates that have the value, as many do of an accuracy, half count as below it. ok is
// false if all of them are on one side of it.
func corrected(sorted []float64, value float64) (interval [2]float64, ok bool) {
	const same = 1e-12 // relative: sums of the same numbers in another order
	below, _ := slices.BinarySearch(sorted, value-same*math.Abs(value))
	upTo, _ := slices.BinarySearch(sorted, value+same*math.Abs(value))
	normal := distuv.UnitNormal
	share := float64(below+upTo) / 2 / float64(len(sorted))
	if !(share > 0 && share < 1) {
		return interval, false
	}
	z, quantile := normal.Quantile(share), normal.Quantile(0.975)
	return [2]float64{percentile(sorted, normal.CDF(2*z-quantile)), percentile(sorted, normal.CDF(2*z+quantile))}, true
}

// percentile returns the value at share p of sorted values, between neighbours in
// proportion (definition 7 of Hyndman, Fan 1996).
func percentile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-2)
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
