package pnc

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// TestProbeSteps compares the accuracy of a stopped descent with that of the steps,
// taken one by one on the features, and checks that descent arrives at the solution.
func TestProbeSteps(t *testing.T) {
	train := Must(Blobs{Classes: 4, PerClass: 30, Dim: 8, Spread: 0.6}.Generate(1))
	test := Must(Blobs{Classes: 4, PerClass: 300, Dim: 8, Spread: 0.7}.Generate(1))
	net := MLP(2, 10).Build(train, PyTorchDefault(), 1)
	n, d := train.Len(), train.Dim()
	x, xt := mat.DenseCopyOf(train.X()), mat.DenseCopyOf(test.X())
	for j := range d {
		mean := mat.Sum(train.X().ColView(j)) / float64(n)
		for i := range n {
			x.Set(i, j, x.At(i, j)-mean)
		}
		for i := range test.Len() {
			xt.Set(i, j, xt.At(i, j)-mean)
		}
	}
	a := linalg.Mul(true, false, x, x)
	ridge := 0.1 * mat.Trace(a) / float64(d)
	for i := range d {
		a.Set(i, i, a.At(i, i)+ridge)
	}
	b := linalg.Mul(true, false, x, train.OneHot())
	largest := linalg.SingularValues(a)[0]
	for _, rate := range []float64{0, 0.3, 1.9} {
		eta := rate / largest
		if rate == 0 {
			eta = 1 / largest
		}
		w := mat.NewDense(d, 4, nil)
		for steps := 1; steps <= 64; steps++ {
			g := linalg.Mul(false, false, a, w)
			g.Sub(b, g)
			g.Scale(eta, g)
			w.Add(w, g)
			if steps&(steps-1) != 0 {
				continue
			}
			p := &ProbeOptions{Ridge: 0.1, Steps: steps, Rate: rate, Layers: []int{0}}
			got := Must(Probe(t.Context(), net, train, test, p))[0]
			approx.Equal(t, "train", got.Train, TopAccuracy(linalg.Mul(false, false, x, w), train.Labels, 1), 0, 1e-12)
			approx.Equal(t, "test", got.Test, TopAccuracy(linalg.Mul(false, false, xt, w), test.Labels, 1), 0, 1e-12)
		}
	}
	end := Must(Probe(t.Context(), net, train, test, &ProbeOptions{Ridge: 0.1, Steps: 1e6}))
	want := Must(Probe(t.Context(), net, train, test, &ProbeOptions{Ridge: 0.1}))
	for l := range want {
		if end[l] != want[l] {
			t.Errorf("after a million steps %+v, the solution has %+v", end[l], want[l])
		}
	}
	for _, p := range []*ProbeOptions{{Steps: -1}, {Steps: 1, Rate: 2}, {Steps: 1, Rate: -1}, {Steps: 1, Rate: math.NaN()}} {
		_, err := Probe(t.Context(), net, train, test, p)
		expectError(t, "settings", err, "the rate less than 2")
	}
}

// TestDescentGain compares (1 - (1-ηλ)^t)/λ with its sum, η Σ_{i<t} (1-ηλ)^i, which has
// no cancellation for ηλ ≤ 1; it adds up to t roundings, of which the test allows all.
func TestDescentGain(t *testing.T) {
	for _, eta := range []float64{0.5, 1, 1.9} {
		for _, lambda := range []float64{0, 1e-18, 1e-9, 1e-3, 0.2, 0.5, 0.9, 1} {
			for _, steps := range []int{1, 2, 7, 1000} {
				want, power := 0.0, eta
				for range steps {
					want += power
					power *= 1 - eta*lambda
				}
				approx.Equal(t, "gain", descentGain(eta, lambda, steps), want, float64(steps)*0x1p-50, 0)
			}
		}
	}
}
