package pnc

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// TestVariants checks quantities against their formulas with explicit covariance
// matrices, on features with classes of unequal size.
func TestVariants(t *testing.T) {
	const seed = 21
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, sizes := range [][]int{{10, 10, 10, 10}, {30, 9, 4, 2}} {
		labels := labelsOf(sizes...)
		n, d, k := len(labels), 6, len(sizes)
		x, w := mat.NewDense(n, d, nil), mat.NewDense(k, d, nil)
		means := mat.NewDense(k, d, nil)
		linalg.Fill(means, rnd.NormFloat64)
		linalg.Fill(w, rnd.NormFloat64)
		linalg.Fill(x, rnd.NormFloat64)
		for i, y := range labels {
			for j := range d {
				x.Set(i, j, means.At(y, j)+0.3*x.At(i, j))
			}
		}
		ev := Must(MeasureFeatures([]LayerFeatures{{"z", x}}, labels, k, w))
		m := ev.Layers[0]

		mu, global, centre := mat.NewDense(k, d, nil), make([]float64, d), make([]float64, d)
		for i, y := range labels {
			for j := range d {
				mu.Set(y, j, mu.At(y, j)+x.At(i, j)/float64(sizes[y]))
				global[j] += x.At(i, j) / float64(n)
			}
		}
		for y := range k {
			for j := range d {
				centre[j] += mu.At(y, j) / float64(k)
			}
		}
		within, unweighted, weighted := mat.NewDense(d, d, nil), mat.NewDense(d, d, nil), mat.NewDense(d, d, nil)
		for i, y := range labels {
			for a := range d {
				for b := range d {
					within.Set(a, b, within.At(a, b)+(x.At(i, a)-mu.At(y, a))*(x.At(i, b)-mu.At(y, b))/float64(n))
				}
			}
		}
		for y := range k {
			for a := range d {
				for b := range d {
					v := (mu.At(y, a) - global[a]) * (mu.At(y, b) - global[b])
					unweighted.Set(a, b, unweighted.At(a, b)+v/float64(k))
					weighted.Set(a, b, weighted.At(a, b)+v*float64(sizes[y])/float64(n))
				}
			}
		}
		trace := func(between *mat.Dense) float64 {
			var p mat.Dense
			p.Mul(within, linalg.PseudoInverse(between))
			return p.Trace()
		}
		// Matrices of order one and condition numbers of about ten; sums of 45 terms.
		const rtol = 1e-11
		approx.Equal(t, "NC1", m.NC1, trace(unweighted)/float64(k), rtol, 0)
		approx.Equal(t, "separation", m.Separation, trace(weighted), rtol, 0)
		approx.Equal(t, "NC1 quotient", m.NC1Quotient, within.Trace()/weighted.Trace(), rtol, 0)
		approx.Equal(t, "share within", m.WithinShare, within.Trace()/(within.Trace()+weighted.Trace()), rtol, 0)
		approx.Equal(t, "share between", m.BetweenShare, weighted.Trace()/(within.Trace()+weighted.Trace()), rtol, 0)

		unit := func(v []float64, from []float64) []float64 {
			u := make([]float64, d)
			norm := 0.0
			for j := range u {
				u[j] = v[j]
				if from != nil {
					u[j] -= from[j]
				}
				norm += u[j] * u[j]
			}
			for j := range u {
				u[j] /= math.Sqrt(norm)
			}
			return u
		}
		dot := func(a, b []float64) (s float64) {
			for j := range a {
				s += a[j] * b[j]
			}
			return s
		}
		var logs, alignment []float64
		largest := -1.0
		for a := range k {
			ua := unit(mu.RawRowView(a), centre)
			alignment = append(alignment, dot(ua, unit(w.RawRowView(a), nil)))
			for b := range a {
				ub := unit(mu.RawRowView(b), centre)
				largest = max(largest, dot(ua, ub))
				s := 0.0
				for j := range d {
					s += (ua[j] - ub[j]) * (ua[j] - ub[j])
				}
				logs = append(logs, math.Log(1/math.Sqrt(s)))
			}
		}
		cv := func(x []float64) float64 {
			var mean, square float64
			for _, v := range x {
				mean += v / float64(len(x))
				square += v * v / float64(len(x))
			}
			return math.Sqrt(square-mean*mean) / math.Abs(mean)
		}
		approx.Equal(t, "D centred", m.DCentred, 1-largest, rtol, 0)
		approx.Equal(t, "GNC2", m.GNC2, cv(logs), 1e-10, 0)
		approx.Equal(t, "UNC3", m.UNC3, cv(alignment), 1e-10, 0)

		var svd mat.SVD
		svd.Factorize(x, mat.SVDNone)
		sigma := svd.Values(nil)
		var sum, squares, fourths, entropy float64
		for _, s := range sigma {
			sum += s
			squares += s * s
			fourths += s * s * s * s
		}
		for _, s := range sigma {
			entropy -= s / sum * math.Log(s/sum)
		}
		approx.Equal(t, "stable rank", m.StableRank, squares/(sigma[0]*sigma[0]), rtol, 0)
		approx.Equal(t, "effective rank", m.EffectiveRank, math.Exp(entropy), rtol, 0)
		approx.Equal(t, "participation", m.Participation, squares*squares/fourths, rtol, 0)

		data := Must(NewDataset("z", x, labels, k))
		one := Must(measure(t.Context(), storedFeatures([]*Dataset{data}, nil), Scatter|PerClass)).Layers[0]
		total := 0.0
		for y, c := range one.Classwise {
			total += c.C * float64(c.N) / float64(n)
			for b := range k {
				approx.Equal(t, "cosine", c.Cosines[b], dot(unit(mu.RawRowView(y), nil), unit(mu.RawRowView(b), nil)), 0, 1e-14)
			}
		}
		approx.Equal(t, "C from those of classes", total, m.C, rtol, 0)
		var back LayerMeasures
		if err := json.Unmarshal(Must(json.Marshal(one)), &back); err != nil || !reflect.DeepEqual(back.Classwise, one.Classwise) {
			t.Errorf("classes are %v after JSON, %v", back.Classwise, err)
		}
	}
}

// TestUniformSimplex checks that a simplex is uniform: all its distances are the same.
func TestUniformSimplex(t *testing.T) {
	x := mat.NewDense(4, 4, nil)
	for i := range 4 {
		x.Set(i, i, 1)
	}
	m := Must(MeasureFeatures([]LayerFeatures{{"z", x}}, []int{0, 1, 2, 3}, 4, x)).Layers[0]
	approx.Equal(t, "GNC2", m.GNC2, 0, 0, 1e-14)
	approx.Equal(t, "UNC3", m.UNC3, 0, 0, 1e-14)
	approx.Equal(t, "D centred", m.DCentred, 4./3, 1e-14, 0)
}

// TestPowerLaw checks the exponent of a spectrum that is a power law, σ_i² = i^-1.5.
func TestPowerLaw(t *testing.T) {
	const n = 60
	x, labels := mat.NewDense(n, n, nil), make([]int, n)
	for i := range n {
		x.Set(i, i, math.Pow(float64(i+1), -0.75))
		labels[i] = i % 2
	}
	// Singular values are accurate to 2⁻⁵³ of the largest, which is 22 times the smallest.
	approx.Equal(t, "power law", measureOne(t, x, labels, 2).PowerLaw, 1.5, 1e-12, 0)
}
