package pnc

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// unbalanced returns random features of three classes of 30, 9 and 4 samples, and a
// classifier.
func unbalanced(rnd *rand.Rand) (x, classifier *mat.Dense, labels []int) {
	labels = labelsOf(30, 9, 4)
	x, classifier = mat.NewDense(len(labels), 5, nil), mat.NewDense(3, 5, nil)
	linalg.Fill(classifier, rnd.NormFloat64)
	linalg.Fill(x, rnd.NormFloat64)
	for i, y := range labels {
		x.Set(i, y, x.At(i, y)+2)
	}
	return x, classifier, labels
}

// measureWeighted measures features with the given weights of classes.
func measureWeighted(t *testing.T, x, classifier *mat.Dense, labels []int, w Weights) *Evaluation {
	t.Helper()
	data := Must(NewDataset("z", x, labels, 3))
	src := storedFeatures([]*Dataset{data}, Must(newReadout(classifier, nil, nil, data)))
	src.weights = w
	return Must(measure(t.Context(), src, Everything|Residual|PerClass))
}

// TestWeights checks every quantity that depends on how classes count against its
// formula with explicit covariance matrices, in all conventions.
func TestWeights(t *testing.T) {
	const seed, k, d = 51, 3, 5
	t.Logf("seed %d", seed)
	x, classifier, labels := unbalanced(rand.New(rand.NewPCG(seed, 0)))
	n := float64(len(labels))
	sizes := []float64{30, 9, 4}
	for _, weights := range []Weights{AsPublished, BySamples, ByClasses} {
		ev := measureWeighted(t, x, classifier, labels, weights)
		m := ev.Layers[0]
		// The share that each class has of Σ_W, of Σ_B and of the centre.
		within, between, centre := []float64{30 / n, 9 / n, 4 / n}, []float64{1. / 3, 1. / 3, 1. / 3}, []float64{30 / n, 9 / n, 4 / n}
		etfCentre := between
		switch weights {
		case BySamples:
			between = within
			etfCentre = within
		case ByClasses:
			within, centre = between, between
		}
		mean := mat.NewDense(k, d, nil)
		for i, y := range labels {
			for j := range d {
				mean.Set(y, j, mean.At(y, j)+x.At(i, j)/sizes[y])
			}
		}
		at := func(w []float64, j int) (v float64) {
			for y := range k {
				v += w[y] * mean.At(y, j)
			}
			return v
		}
		sigmaW, sigmaB, weighted := mat.NewDense(d, d, nil), mat.NewDense(d, d, nil), mat.NewDense(d, d, nil)
		for a := range d {
			for b := range d {
				for i, y := range labels {
					sigmaW.Set(a, b, sigmaW.At(a, b)+within[y]/sizes[y]*(x.At(i, a)-mean.At(y, a))*(x.At(i, b)-mean.At(y, b)))
				}
				for y := range k {
					v := (mean.At(y, a) - at(centre, a)) * (mean.At(y, b) - at(centre, b))
					sigmaB.Set(a, b, sigmaB.At(a, b)+between[y]*v)
					weighted.Set(a, b, weighted.At(a, b)+within[y]*v)
				}
			}
		}
		trace := func(b *mat.Dense) float64 {
			var p mat.Dense
			p.Mul(sigmaW, linalg.PseudoInverse(b))
			return p.Trace()
		}
		// Matrices of order one and condition numbers of about ten; sums of 43 terms.
		const rtol = 1e-11
		name := string(weights) + ": "
		approx.Equal(t, name+"tr Σ_W", m.TrSigmaW, sigmaW.Trace(), rtol, 0)
		approx.Equal(t, name+"tr Σ_B", m.TrSigmaB, sigmaB.Trace(), rtol, 0)
		approx.Equal(t, name+"C", m.C, sigmaW.Trace()/sigmaB.Trace(), rtol, 0)
		approx.Equal(t, name+"NC1", m.NC1, trace(sigmaB)/k, rtol, 0)
		approx.Equal(t, name+"separation", m.Separation, trace(weighted), rtol, 0)
		approx.Equal(t, name+"NC1 quotient", m.NC1Quotient, sigmaW.Trace()/weighted.Trace(), rtol, 0)
		approx.Equal(t, name+"share within", m.WithinShare, sigmaW.Trace()/(sigmaW.Trace()+weighted.Trace()), rtol, 0)

		// NC3 compares with means that are centred where NC2 has them.
		centred := mat.DenseCopyOf(mean)
		for y := range k {
			for j := range d {
				centred.Set(y, j, mean.At(y, j)-at(etfCentre, j))
			}
		}
		var w mat.Dense
		w.Scale(1/mat.Norm(classifier, 2), classifier)
		centred.Scale(1/mat.Norm(centred, 2), centred)
		w.Sub(&w, centred)
		approx.Equal(t, name+"NC3", m.NC3, mat.Norm(&w, 2), rtol, 0)

		right, agree := make([]float64, k), make([]float64, k)
		for i, y := range labels {
			best, nearest := 0, 0
			distance := func(c int) (s float64) {
				for j := range d {
					s += math.Pow(x.At(i, j)-mean.At(c, j), 2)
				}
				return s
			}
			for c := range k {
				if mat.Dot(classifier.RowView(c), x.RowView(i)) > mat.Dot(classifier.RowView(best), x.RowView(i)) {
					best = c
				}
				if distance(c) < distance(nearest) {
					nearest = c
				}
			}
			if best == y {
				right[y]++
			}
			if best == nearest {
				agree[y]++
			}
		}
		var accuracy, nc4 float64
		for y := range k {
			accuracy += within[y] * right[y] / sizes[y]
			nc4 += within[y] * agree[y] / sizes[y]
		}
		approx.Equal(t, name+"accuracy", ev.Accuracy, accuracy, 1e-14, 0)
		approx.Equal(t, name+"NC4", m.NC4, nc4, 1e-14, 0)

		one, number := residualsByHand(t, x, labels, sizes, within)
		approx.Equal(t, name+"residual", m.Residual, one, 1e-9, 0) // the ridge of 1e-10
		approx.Equal(t, name+"residual of numbers", m.ResidualNumber, number, 1e-9, 0)
		if ev.Weights != weights || m.N != len(labels) || m.Classwise[2].N != 4 {
			t.Errorf("%s: weights %q, N %d, n of the last class %d", weights, ev.Weights, m.N, m.Classwise[2].N)
		}
	}
	// Of balanced classes all are the same.
	data := Must(Blobs{Classes: 3, PerClass: 9, Dim: 4, Spread: 0.7}.Generate(seed))
	want := measureWeighted(t, data.X(), nil, data.Labels, AsPublished).Layers[0]
	for _, weights := range []Weights{BySamples, ByClasses} {
		got := measureWeighted(t, data.X(), nil, data.Labels, weights).Layers[0]
		for _, q := range quantities {
			approx.Equal(t, string(weights)+" balanced: "+q.Name, q.Of(got), q.Of(want), 1e-12, 0)
		}
	}
}

// residualsByHand returns the residuals of least squares with an intercept and weights,
// each class having the given share, by a QR decomposition of the weighted design.
func residualsByHand(t *testing.T, x *mat.Dense, labels []int, sizes, share []float64) (one, number float64) {
	t.Helper()
	n, d := x.Dims()
	k := len(sizes)
	design, targets := mat.NewDense(n, d+1, nil), mat.NewDense(n, k+1, nil)
	roots, mean := make([]float64, n), make([]float64, k+1)
	for i, y := range labels {
		roots[i] = math.Sqrt(share[y] / sizes[y])
		for j := range d {
			design.Set(i, j, roots[i]*x.At(i, j))
		}
		design.Set(i, d, roots[i])
		targets.Set(i, y, roots[i])
		targets.Set(i, k, roots[i]*float64(y))
		mean[y] += share[y] / sizes[y]
		mean[k] += share[y] / sizes[y] * float64(y)
	}
	var w, fitted mat.Dense
	if err := w.Solve(design, targets); err != nil {
		t.Fatal(err)
	}
	fitted.Mul(design, &w)
	var left, all [2]float64
	for i := range n {
		for c := range k + 1 {
			which := c / k // 0 for one-hot columns, 1 for the numbers
			left[which] += math.Pow(targets.At(i, c)-fitted.At(i, c), 2)
			all[which] += math.Pow(targets.At(i, c)-roots[i]*mean[c], 2)
		}
	}
	return left[0] / all[0], left[1] / all[1]
}

// TestResidualNearZero checks that what a fit leaves keeps its digits where that is
// little: of features that are the one-hot labels of two of three classes plus noise of
// 1e-6, which a linear fit leaves but for the degrees of freedom that it takes.
func TestResidualNearZero(t *testing.T) {
	const seed, n, k, noise = 52, 3000, 3, 1e-6
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	x, labels := mat.NewDense(n, k-1, nil), make([]int, n)
	for i := range n {
		labels[i] = i % k
		for j := range k - 1 {
			x.Set(i, j, 100+noise*rnd.NormFloat64())
			if j == i%k {
				x.Set(i, j, x.At(i, j)+1)
			}
		}
	}
	m := measureWeighted(t, x, nil, labels, AsPublished).Layers[0]
	one, number := residualsByHand(t, centredColumns(x), labels, []float64{n / k, n / k, n / k}, []float64{1. / k, 1. / k, 1. / k})
	// Features about 100 are rounded by 7e-15 of a noise of 1e-6: 1e-8 relative. The
	// ridge of 1e-10 of the variance moves the fit by 1e-10, a residual of 1e-12 of the
	// labels by 1e-20.
	approx.Equal(t, "residual", m.Residual, one, 1e-7, 0)
	approx.Equal(t, "residual of numbers", m.ResidualNumber, number, 1e-7, 0)
	if !(m.Residual > 1e-13 && m.Residual < 1e-11) {
		t.Errorf("residual %g, want about 1e-12", m.Residual)
	}
	few := mat.DenseCopyOf(x.Slice(0, 3, 0, 2))
	if m := measureWeighted(t, few, nil, labels[:3], AsPublished).Layers[0]; !math.IsNaN(m.Residual) || m.Undefined["residual"] == "" {
		t.Errorf("as many samples as parameters: %g, %q", m.Residual, m.Undefined["residual"])
	}
}

// centredColumns returns x minus the mean of every column.
func centredColumns(x *mat.Dense) *mat.Dense {
	n, d := x.Dims()
	c := mat.DenseCopyOf(x)
	for j := range d {
		mean := mat.Sum(x.ColView(j)) / float64(n)
		for i := range n {
			c.Set(i, j, c.At(i, j)-mean)
		}
	}
	return c
}
