package pnc

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
	"pnclab/pnc/internal/random"
)

// TestPredictTransferExact compares with Transfer on a network that has been built
// to satisfy the assumptions exactly, and turned between its layers by random
// rotations, and wider than the data in one case: the predictions of the classifiers
// must be the same.
func TestPredictTransferExact(t *testing.T) {
	s := Subclasses{Classes: 3, Parts: 3, PerPart: 4, Dim: 30, Noise: 1}
	pre := Must(s.Generate(3))
	s.Fine, s.Draw = true, 1
	from := Must(s.Generate(3))
	s.Draw = 2
	to := Must(s.Generate(3))
	probes := []*ProbeOptions{nil, {Ridge: 0.1}, {Ridge: 1}, {Steps: 1}, {Steps: 20, Rate: 1.7}}
	for _, width := range []int{30, 45} {
		law := Law{Depth: 5, Scale: 0.3, Alpha: 2}
		net := balancedNetwork(t, pre, law.Depth, law.Scale, law.Alpha)
		rnd := random.New(1, 1)
		for l := range law.Depth - 1 { // W_{l+1} R_lᵀ R_l W_l
			turn := mat.DenseCopyOf(linalg.Haar(width, 30, rnd))
			var w, next mat.Dense
			w.Mul(turn, net.Layers[l].W)
			next.Mul(net.Layers[l+1].W, turn.T())
			net.Layers[l].W, net.Layers[l+1].W = &w, &next
		}
		for l := range law.Depth {
			got := Must(PredictTransfer(t.Context(), pre, law, l, from, to, probes...))
			for i, p := range probes {
				o := p.withDefaults()
				if l > 0 {
					o.Ridge *= float64(width) / 30 // the same penalty from the mean of more eigenvalues
				}
				want := Must(Transfer(t.Context(), net, l, from, to, &o))[0]
				if got[i].Train != want.Train || got[i].Test != want.Test || got[i].Layer != l {
					t.Errorf("width %d, layer %d, probe %d: %+v, want %+v", width, l, i, got[i], want)
				}
			}
		}
	}
	expectPanic(t, "layer", func() { PredictTransfer(t.Context(), pre, Law{Depth: 3, Scale: 1}, 3, from, nil) })
	_, err := PredictTransfer(t.Context(), pre, Law{Depth: 3, Scale: 1}, 2, from, nil, &ProbeOptions{Ridge: -1})
	expectError(t, "ridge", err, "must not be negative")
}

// transferSetting is a random setting of [TestPredictTransfer].
type transferSetting struct {
	pre, from, to *Dataset
	law           Law
	layer         int
	rate          float64 // of training
	start         float64 // u = αξ^L‖X‖ in units of √n, the start beside what is learnt
	ridge, stop   ProbeOptions
}

// randomTransfer draws a setting in which training can reach what the law is about:
// with a start u from .002 to .1, and data of which descent fits the least direction
// in the given number of epochs.
func randomTransfer(seed int, epochs int) transferSetting {
	for rnd := random.New(seed, 99); ; {
		s := Subclasses{Classes: 2 + rnd.IntN(3), Parts: 2 + rnd.IntN(3), PerPart: 3 + rnd.IntN(10), Noise: 0.3 + 1.2*rnd.Float64()}
		s.Dim = s.Classes*s.Parts + 10 + rnd.IntN(40)
		t := transferSetting{pre: Must(s.Generate(seed))}
		s.Fine, s.Draw = true, 1
		t.from = Must(s.Generate(seed))
		s.PerPart, s.Draw = 40, 2
		t.to = Must(s.Generate(seed))
		sigma := linalg.SingularValues(t.pre.X())
		// Around its end the loss contracts by 1 - (1/4)(σ_min/σ_max)² in a step: e^-5 at least.
		if q := sigma[len(sigma)-1] / sigma[0]; q*q*float64(epochs) < 20 {
			continue
		}
		depth := 3 + rnd.IntN(6)
		t.layer = 1 + rnd.IntN(depth-1)
		xi := 0.2 + 0.4*rnd.Float64()
		t.start = 0.002 * math.Pow(50, rnd.Float64())
		n := float64(t.pre.Len() / s.Classes)
		alpha := t.start * math.Sqrt(n) / (sigma[0] * math.Pow(xi, float64(depth)))
		t.law = Law{Depth: depth, Scale: xi, Alpha: alpha, Width: s.Dim}
		_, signal := t.law.signal(t.pre)
		top := max(xi, math.Pow(signal[0], 1/float64(depth)))
		curvature := 2 * alpha * alpha * sigma[0] * sigma[0] / float64(t.pre.Len()) * float64(depth) * math.Pow(top, float64(2*depth-2))
		t.rate = 0.5 / curvature // a quarter of the largest that is stable
		t.ridge = ProbeOptions{Ridge: 0.03 * math.Pow(100, rnd.Float64())}
		t.stop = ProbeOptions{Steps: int(math.Pow(100, rnd.Float64()))}
		return t
	}
}

// kernelLogits returns the logits of a ridge classifier on train and on test in its
// dual form, from the inner products of centred features, with eigenvalues in units of
// their mean: independent of Probe, which solves the primal problem. It returns the
// kernels too, n×n and m×n.
func kernelLogits(train, test *mat.Dense, y *mat.Dense, ridge float64) (k, cross, coefficients, fitted, held *mat.Dense) {
	n, d := train.Dims()
	a, b := mat.DenseCopyOf(train), mat.DenseCopyOf(test)
	m, _ := b.Dims()
	for j := range d {
		mean := mat.Sum(train.ColView(j)) / float64(n)
		for i := range n {
			a.Set(i, j, a.At(i, j)-mean)
		}
		for i := range m {
			b.Set(i, j, b.At(i, j)-mean)
		}
	}
	k, cross = linalg.Mul(false, true, a, a), linalg.Mul(false, true, b, a)
	unit := mat.Trace(k) / float64(d)
	k.Scale(1/unit, k)
	cross.Scale(1/unit, cross)
	penalised := mat.DenseCopyOf(k)
	for i := range n {
		penalised.Set(i, i, penalised.At(i, i)+ridge)
	}
	centred := mat.DenseCopyOf(y)
	_, classes := y.Dims()
	for j := range classes {
		mean := mat.Sum(y.ColView(j)) / float64(n)
		for i := range n {
			centred.Set(i, j, y.At(i, j)-mean)
		}
	}
	coefficients = new(mat.Dense)
	if err := coefficients.Solve(penalised, centred); err != nil {
		panic(err)
	}
	// What centring takes from y, the bias gives back: the same to all samples.
	fitted, held = linalg.Mul(false, false, k, coefficients), linalg.Mul(false, false, cross, coefficients)
	for j := range classes {
		mean := mat.Sum(y.ColView(j)) / float64(n)
		for _, f := range []*mat.Dense{fitted, held} {
			rows, _ := f.Dims()
			for i := range rows {
				f.Set(i, j, f.At(i, j)+mean)
			}
		}
	}
	return k, cross, coefficients, fitted, held
}

// flips bounds the number of samples whose predicted class logits with an error of
// the given Frobenius norm can change. A sample changes only if its error e_i turns
// the two largest logits around, √2‖e_i‖ ≥ its margin. For any δ those with a margin
// up to δ are counted, and no more than 2Σ‖e_i‖²/δ² of the others can have an error
// that large (Chebyshev). The best δ is one of the margins.
func flips(logits *mat.Dense, norm float64) float64 {
	n, _ := logits.Dims()
	margins := make([]float64, n)
	for i := range margins {
		row := slices.Sorted(slices.Values(logits.RawRowView(i)))
		margins[i] = row[len(row)-1] - row[len(row)-2]
	}
	slices.Sort(margins)
	best := float64(n)
	for i, delta := range margins {
		best = min(best, float64(i)+2*norm*norm/(delta*delta))
	}
	return best
}

// TestPredictTransfer compares predicted with measured accuracy in 120 random
// settings: data, depth, ξ, α, layer, ridge and number of steps. For ridge, what is
// bounded is not the number of samples but, in three steps, the error of the logits.
//
// 1. The kernel. Inner products of features are quadratic in them. To first order
// their relative error in spectral norm is at most 2(r + u + K/(w-K)): training does
// not reach minimum norm but for a share r of it, it leaves a share u of the start, and
// the K directions that shrink hold a share of the samples that is random, of mean
// K/(w-K).
//
// 2. The logits. With kernels k in units of their mean eigenvalue the ridge logits
// on train are k a, a = (k + λ)⁻¹y. For another kernel k + e they differ by
// λ(k + e + λ)⁻¹ e a, so by no more than ‖e a‖; those on test, with a kernel between
// test and train that is off by e', by ‖e' a‖ + ‖(k'+e')(k + e + λ)⁻¹‖ ‖e a‖.
//
// 3. The classes: see flips.
//
// The documentation of PredictTransfer states the mean and the worst error of the
// accuracy over these 120 seeds, for both kinds of classifier. That what it states is
// still so is the last check.
func TestPredictTransfer(t *testing.T) {
	const epochs = 5000
	settings := 120
	if testing.Short() {
		settings = 24
	}
	var kernel, informative float64
	var fit, held, worstFit, worstHeld [2]float64 // of ridge and of early stopping
	for seed := 1; seed <= settings; seed++ {
		s := randomTransfer(seed, epochs)
		net := Linear(s.law.Depth, s.law.Width).Build(s.pre, Orthogonal(s.law.Scale), seed)
		Must(Train(t.Context(), net, s.pre, &Settings{Alpha: s.law.Alpha, LearningRate: s.rate, StopLoss: 1e-9, Epochs: epochs}))
		measured := Must(Transfer(t.Context(), net, s.layer, s.from, s.to, &s.ridge, &s.stop))
		predicted := Must(PredictTransfer(t.Context(), s.pre, s.law, s.layer, s.from, s.to, &s.ridge, &s.stop))
		at := fmt.Sprintf("seed %d: %v, %+v, layer %d, %+v, %+v", seed, s.pre, s.law, s.layer, s.ridge, s.stop)
		for k := range measured {
			offFit, offHeld := math.Abs(measured[k].Train-predicted[k].Train), math.Abs(measured[k].Test-predicted[k].Test)
			fit[k], held[k] = fit[k]+offFit/float64(settings), held[k]+offHeld/float64(settings)
			worstFit[k], worstHeld[k] = max(worstFit[k], offFit), max(worstHeld[k], offHeld)
		}

		got, want, ridge := measured[0], predicted[0], s.ridge.Ridge
		features, law := net.Forward(s.from, s.layer)[0], s.law.layerMap(s.pre, s.layer)
		k, cross, _, trained, trainedHeld := kernelLogits(features, net.Forward(s.to, s.layer)[0], s.from.OneHot(), ridge)
		k0, cross0, a, logits, logitsHeld := kernelLogits(linalg.Mul(false, true, s.from.X(), law), linalg.Mul(false, true, s.to.X(), law), s.from.OneHot(), ridge)
		// what is bounded below is what is measured
		approx.Equal(t, at+": measured accuracy in the dual form", TopAccuracy(trainedHeld, s.to.Labels, 1), got.Test, 0, 1.5/float64(s.to.Len()))
		approx.Equal(t, at+": predicted accuracy in the dual form", TopAccuracy(logitsHeld, s.to.Labels, 1), want.Test, 0, 1.5/float64(s.to.Len()))
		size := mat.Norm(k0, 2)
		e, eCross := mat.DenseCopyOf(k), mat.DenseCopyOf(cross)
		e.Sub(e, k0)
		eCross.Sub(eCross, cross0)
		residual := MinNormResidual(net, s.pre, s.law.Alpha) / mat.Norm(MinNormSolution(s.pre, s.law.Alpha), 2)
		classes := float64(s.pre.K())
		bound := 2 * (residual + s.start + classes/(float64(s.law.Width)-classes))
		if off := linalg.SingularValues(e)[0] / linalg.SingularValues(k0)[0]; off > bound {
			t.Errorf("%s: kernel off by %.3g, bound %.3g", at, off, bound)
		} else {
			kernel += off
		}

		rounding := 1e-9 * size // of the dual form
		ea := mat.Norm(linalg.Mul(false, false, e, a), 2)
		var diff mat.Dense
		diff.Sub(trained, logits)
		if off := mat.Norm(&diff, 2); off > ea+rounding {
			t.Errorf("%s: logits off by %.3g, bound %.3g", at, off, ea)
		}
		penalised := mat.DenseCopyOf(k)
		for i := range s.from.Len() {
			penalised.Set(i, i, penalised.At(i, i)+ridge)
		}
		var gain, heldDiff mat.Dense
		if err := gain.Solve(penalised, cross.T()); err != nil {
			t.Fatal(at, err)
		}
		limit := mat.Norm(linalg.Mul(false, false, eCross, a), 2) + linalg.SingularValues(&gain)[0]*ea
		heldDiff.Sub(trainedHeld, logitsHeld)
		if off := mat.Norm(&heldDiff, 2); off > limit+rounding {
			t.Errorf("%s: held-out logits off by %.3g, bound %.3g", at, off, limit)
		}
		for _, c := range []struct {
			name      string
			logits    *mat.Dense
			off, norm float64
		}{
			{"train", logits, math.Abs(got.Train-want.Train) * float64(s.from.Len()), mat.Norm(&diff, 2)},
			{"test", logitsHeld, math.Abs(got.Test-want.Test) * float64(s.to.Len()), mat.Norm(&heldDiff, 2)},
		} {
			// one more where rounding turns two equal logits around
			most := flips(c.logits, c.norm)
			if c.off > most+1.5 {
				t.Errorf("%s: %.0f more or fewer %s samples right than predicted, at most %.1f can be", at, c.off, c.name, most)
			}
			n, _ := c.logits.Dims()
			informative += most / float64(n) / float64(2*settings)
		}
	}
	kernel /= float64(settings)
	t.Logf("%d settings: kernel off by %.1f %%; mean bound %.0f %% of the samples", settings, 100*kernel, 100*informative)
	stated := [2][4]float64{{0.0045, 0.057, 0.0045, 0.076}, {0.007, 0.084, 0.0055, 0.048}}
	for k, name := range []string{"ridge", "early stopping"} {
		t.Logf("%s: accuracy off by %.2f points on train (worst %.1f), %.2f on test (worst %.1f)", name, 100*fit[k], 100*worstFit[k], 100*held[k], 100*worstHeld[k])
		if w := stated[k]; !testing.Short() && (fit[k] > w[0] || worstFit[k] > w[1] || held[k] > w[2] || worstHeld[k] > w[3]) {
			t.Errorf("%s: the documentation of PredictTransfer states smaller errors", name)
		}
	}
}
