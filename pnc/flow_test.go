package pnc

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pnclab/pnc/internal/approx"
)

// TestGradientFlow compares the flow with gradient descent at two rates, before, while and after
// the classes are learned, from small weights and from large ones, and from a width below the
// dimension. The error of gradient descent is aη + bη² + …, so that twice the value at half a
// rate minus that at the rate is off by -bη²/2. Of two such extrapolations, the one with half the
// rate is off by a third of what they differ by; all of that is allowed, beside 1e-5 for the
// flow.
func TestGradientFlow(t *testing.T) {
	data := theoremData(1, 1)
	for _, c := range []struct {
		width, depth       int
		scale, alpha, rate float64
		times              []float64
	}{
		{50, 5, 0.3, 1, 0.05, []float64{40, 60, 70, 75, 100}},
		{50, 6, 0.5, 100, 0.01, []float64{0.2, 0.5, 1, 4}},
		{50, 6, 0.3, 100, 0.02, []float64{0.4, 1, 4}},
		{20, 3, 0.3, 1, 0.02, []float64{2, 4, 10}},
		{50, 2, 0.2, 2, 0.02, []float64{0.4, 1, 4}},
	} {
		net := Linear(c.depth, c.width).Build(data, Orthogonal(c.scale), 2)
		evs, err := GradientFlow(net, data, c.alpha, c.times...)
		if err != nil {
			t.Fatal(err)
		}
		for i, time := range c.times {
			at := func(rate float64) (cs, ds []float64) {
				trained := net.Clone()
				Must(Train(t.Context(), trained, data, &Settings{Alpha: c.alpha, LearningRate: rate, Epochs: int(math.Round(time / rate))}))
				ev := Must(MeasureWith(t.Context(), trained, data, &MeasureOptions{Measures: Scatter}))
				return ev.C(), ev.D()
			}
			var cs, ds [3][]float64
			for j := range 3 {
				cs[j], ds[j] = at(c.rate / float64(int(1)<<j))
			}
			for l := range evs[i].Layers {
				for name, q := range map[string]struct {
					flow  float64
					rates [3]float64
				}{"C": {evs[i].C()[l], [3]float64{cs[0][l], cs[1][l], cs[2][l]}}, "D": {evs[i].D()[l], [3]float64{ds[0][l], ds[1][l], ds[2][l]}}} {
					coarse, fine := 2*q.rates[1]-q.rates[0], 2*q.rates[2]-q.rates[1]
					approx.Equal(t, fmt.Sprintf("L = %d, ξ = %g, time %g: %s_%d", c.depth, c.scale, time, name, l), q.flow, fine, 1e-5, math.Abs(fine-coarse))
				}
			}
		}
	}
}

// TestGradientFlowRefuses checks that weights to which the derivation does not apply panic,
// and that a flow with infinite weights is an error.
func TestGradientFlowRefuses(t *testing.T) {
	data := theoremData(1, 1)
	gradientFlow := func(net *Network, times ...float64) func() {
		return func() { Must(GradientFlow(net, data, 1, times...)) }
	}
	expectPanic(t, "wider than the data", gradientFlow(Linear(4, 60).Build(data, Orthogonal(0.3), 1), 1))
	expectPanic(t, "Gaussian weights", gradientFlow(Linear(4, 50).Build(data, Gaussian(0.1), 1), 1))
	expectPanic(t, "nonlinear", gradientFlow(MLP(4, 50).Build(data, Orthogonal(0.3), 1), 1))
	expectPanic(t, "times decrease", gradientFlow(Linear(4, 50).Build(data, Orthogonal(0.3), 1), 1, 0.5))
	net := Linear(3, 50).Build(data, Orthogonal(0.3), 1)
	net.Layers[2].W.Set(0, 0, math.NaN())
	if _, err := GradientFlow(net, data, 1, 1); err == nil || !strings.Contains(err.Error(), "between the times 0 and 1") {
		t.Errorf("error %v for weights that are not numbers", err)
	}
}

// TestModeTime compares with the logistic curve for two layers, with the plateau's length, and
// with the flow of a network that is aligned and balanced from the start, on orthonormal
// samples: C_1 is proportional to s^{-2/L}.
func TestModeTime(t *testing.T) {
	want := math.Log(2.9*(3-0.01)/(0.01*(3-2.9))) / (3 * 2 * 4. / 30 * 2)
	approx.Equal(t, "L = 2", ModeTime(2, 2*4./30, 3, 0.01, 2.9), want, 1e-9, 0)
	approx.Equal(t, "no time", ModeTime(5, 1, 3, 1, 1), 0, 0, 0)
	// From s ≪ s*, ∫ s^{2/L-2}/s* ds (1 + s/s* + …): the plateau up to a relative s/s* to the
	// power 1-2/L, here 1e-6^{0.6}, and its logarithm.
	plateau := math.Pow(3e-6, 2./5-1) / 3 / (2. / 30 * 3)
	approx.Equal(t, "plateau", ModeTime(5, 2./30, 3, 3e-6, 0.3), plateau, 2e-3, 0)
	expectPanic(t, "beyond the target", func() { ModeTime(3, 1, 2, 0.1, 2) })

	const depth, eps = 4, 0.1
	data := theoremData(0, 3)
	target := math.Sqrt(10)
	net := balancedNetwork(t, data, depth, eps, 100) // s = √10/100
	for _, s := range []float64{0.05, 0.5, 2, 3.16} {
		ev := Must(GradientFlow(net, data, 1, 0, ModeTime(depth, 2./30, target, target/100, s)))
		approx.Equal(t, "C_1", ev[1].C()[1]/ev[0].C()[1], math.Pow(target/100/s, 2./depth), 1e-5, 0)
	}
}
