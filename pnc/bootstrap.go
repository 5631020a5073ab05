//go:build !js

package pnc

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"pnclab/pnc/internal/gemm"
)

// Bootstrap adds 95 % intervals to ev, the evaluation of the features: for every quantity
// of the group [Scatter], the range between two percentiles of its values over replicates
// of the data. A replicate draws as many samples of every class as there are, with
// replacement; the draws of a seed are the same for all layers.
//
// Replicates have more scatter between classes and less within them than the data, so
// that their C is biased. The percentiles are therefore those of the bias-corrected
// bootstrap (Efron 1981), Φ(2z ± 1.96), where Φ(z) is the share of replicates below the
// value of the data; of Φ(±1.96) = 2.5 and 97.5 % if that share is 0 or 1.
//
// The samples are held in memory, 2²⁵ features at most: of more, intervals are those of
// a part of the samples, wider by about the root of the ratio, and a note says so.
func (s *StoredFeatures) Bootstrap(ctx context.Context, ev *Evaluation, replicates, seed int) error {
	if replicates < 2 {
		return fmt.Errorf("%d replicates; a bootstrap takes at least two, and some 200 for intervals of 95 %%", replicates)
	}
	take, n := s.subsample(sampleLimit/s.widest(), math.MaxInt, seed)
	if n < s.labels.kept {
		s.Notes = append(s.Notes, fmt.Sprintf("%s: intervals are those of %d of %d samples", s.Name, n, s.labels.kept))
	}
	for i := range s.layers {
		z, labels, err := s.rows(ctx, i, take, n)
		if err != nil {
			return err
		}
		ev.Layers[i].Intervals = bootstrap(byClass(z, labels, len(s.labels.names)), s.layers[i].unit(), replicates, seed)
	}
	return nil
}

// bootstrap returns the intervals of features, the samples of every class.
//
// A replicate weights sample i by w_i, the number of times that it is drawn. With the
// features centred at their class mean, y_i = z_i - μ_k, its class mean is
// μ_k + a with a = 1/n_k Σ w_i y_i, and its scatter Σ w_i ‖y_i‖² - n_k‖a‖², where
// nothing cancels. Both are products of the matrix of weights.
func bootstrap(classes []*mat.Dense, unit float64, replicates, seed int) map[string][2]float64 {
	_, d := classes[0].Dims()
	largest := 0.0
	for _, z := range classes {
		for _, v := range z.RawMatrix().Data {
			largest = max(largest, math.Abs(v))
		}
	}
	scale := scaling{}
	scale.include(&block{z: []float64{largest}})
	total := 0
	means, norms := make([][]float64, len(classes)), make([][]float64, len(classes))
	for k, z := range classes {
		n, _ := z.Dims()
		total += n
		if scale.exponent != 0 {
			z.Apply(func(_, _ int, v float64) float64 { return math.Ldexp(v, -scale.exponent) }, z)
		}
		means[k] = make([]float64, d)
		first := slices.Clone(z.RawRowView(0)) // see moments
		for i := range n {
			row := z.RawRowView(i)
			floats.Sub(row, first)
			floats.AddScaled(means[k], 1/float64(n), row)
		}
		norms[k] = make([]float64, n)
		for i := range n {
			row := z.RawRowView(i)
			floats.Sub(row, means[k])
			norms[k][i] = floats.Dot(row, row)
		}
		floats.Add(means[k], first)
	}
	estimate := newScatter(len(classes), d, unit)
	for k, z := range classes {
		estimate.count[k], estimate.m2[k] = float64(len(norms[k])), floats.Sum(norms[k])
		estimate.mean.SetRow(k, means[k])
		for i := range norms[k] {
			for j, v := range z.RawRowView(i) {
				estimate.within.Set(k, j, estimate.within.At(k, j)+v*v)
			}
		}
	}
	data := LayerMeasures{N: total, Dim: d, Classes: len(classes)}
	estimate.measures(&data, scale.exponent)
	rounded := estimate.rounding() // of the data, and about that of replicates
	rnd := rand.New(rand.NewPCG(uint64(seed), 2))
	values := map[string][]float64{}
	const together = 16 // replicates
	for from := 0; from < replicates; from += together {
		b := min(together, replicates-from)
		all := make([]*scatter, b)
		for r := range all {
			all[r] = newScatter(len(classes), d, unit)
			all[r].rounded = &rounded
		}
		for k, z := range classes {
			n, _ := z.Dims()
			weights, shifts := make([]float64, b*n), make([]float64, b*d)
			for r := range b {
				for range n {
					weights[r*n+rnd.IntN(n)]++
				}
			}
			gemm.Mul(false, false, b, d, n, 1/float64(n), weights, n, z.RawMatrix().Data, d, 0, shifts, d)
			for r, s := range all {
				a := shifts[r*d : (r+1)*d]
				s.count[k] = float64(n)
				s.m2[k] = max(0, floats.Dot(weights[r*n:(r+1)*n], norms[k])-float64(n)*floats.Dot(a, a))
				floats.AddTo(s.mean.RawRowView(k), means[k], a)
			}
		}
		for _, s := range all {
			m := LayerMeasures{N: total, Dim: d, Classes: len(classes)}
			m.unmeasured()
			s.measures(&m, scale.exponent)
			for _, q := range quantities {
				if v := q.Of(m); q.Group == Scatter && !math.IsNaN(v) {
					values[q.Name] = append(values[q.Name], v)
				}
			}
		}
	}
	intervals := map[string][2]float64{}
	for _, q := range quantities {
		if v := values[q.Name]; len(v) == replicates { // defined for all of them
			slices.Sort(v)
			intervals[q.Name] = corrected(v, q.Of(data))
		}
	}
	return intervals
}

// corrected returns the bias-corrected interval of a value from sorted replicates.
func corrected(sorted []float64, value float64) [2]float64 {
	below, _ := slices.BinarySearch(sorted, value)
	normal := distuv.UnitNormal
	z := 0.0
	if share := float64(below) / float64(len(sorted)); share > 0 && share < 1 {
		z = normal.Quantile(share)
	}
	quantile := normal.Quantile(0.975)
	return [2]float64{percentile(sorted, normal.CDF(2*z-quantile)), percentile(sorted, normal.CDF(2*z+quantile))}
}

// percentile returns the value at share p of sorted values, between neighbours in
// proportion (definition 7 of Hyndman, Fan 1996).
func percentile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-2)
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
