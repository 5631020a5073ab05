package pnc

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// randomStudy returns data, a deep linear network with orthogonal hidden layers
// and settings, all random within limits at which training does not diverge.
func randomStudy(rnd *rand.Rand) (*Dataset, *Network, Settings) {
	n, d0, k := 4+rnd.IntN(90), 5+rnd.IntN(95), 2+rnd.IntN(5)
	n = max(n, k)
	x := mat.NewDense(n, d0, nil)
	linalg.Fill(x, rnd.NormFloat64)
	x.Scale(1/mat.Norm(x, 2), x) // ‖XXᵀ‖ ≤ 1
	labels := make([]int, n)
	for i := range labels {
		labels[i] = i % k
	}
	data := Must(NewDataset("random", x, labels, k))
	width := 20 + rnd.IntN(181)
	if rnd.IntN(6) == 0 {
		width = 256 // rows of W are stored with padding
	}
	net := Linear(2+rnd.IntN(5), width).Build(data, Orthogonal(0.3+rnd.Float64()), rnd.Int())
	if rnd.IntN(2) == 0 { // the first and the last layer may have any weights
		for _, l := range []int{0, net.Depth() - 1} {
			linalg.Fill(net.Layers[l].W, func() float64 { return 0.1 * rnd.NormFloat64() })
		}
	}
	s := Settings{Epochs: 200, LearningRate: 0.05, Alpha: 1 + rnd.Float64(), Seed: rnd.Int()}
	if rnd.IntN(2) == 0 {
		s.Loss = CrossEntropy
	}
	if rnd.IntN(2) == 0 {
		s.Momentum = 0.9
		s.LearningRate /= 10
	}
	if rnd.IntN(2) == 0 {
		s.WeightDecay = 0.1 * rnd.Float64()
	}
	if rnd.IntN(2) == 0 {
		s.Batch = 1 + rnd.IntN(n)
		s.Epochs = 1 + 200*s.Batch/n
	}
	s.Schedule = []Schedule{Constant(), Cosine(0.01), StepDecay(10, 0.8)}[rnd.IntN(3)]
	return data, net, s
}

// relativeDistance returns ‖A - B‖_F/‖B‖_F.
func relativeDistance(a, b *mat.Dense) float64 {
	var diff mat.Dense
	diff.Sub(a, b)
	return mat.Norm(&diff, 2) / mat.Norm(b, 2)
}

// TestMethodsAgree trains random networks by every method and compares losses
// and weights with those of full training. A step is about 3L ≤ 18 products, each
// with a relative error of at most d·2⁻⁵³ ≤ 2e-14. Over 200 steps that do not
// amplify errors these bounds add up to 8e-11.
func TestMethodsAgree(t *testing.T) {
	const seed, rtol = 3, 1e-10
	t.Logf("seed %d", seed)
	studies := 30
	if testing.Short() {
		studies = 10
	}
	rnd := rand.New(rand.NewPCG(seed, 0))
	for i := range studies {
		data, start, s := randomStudy(rnd)
		s.MeasureEvery = s.Epochs/2 + 1
		train := func(m Method) (*Network, *Result) {
			net, s := start.Clone(), s
			s.Method = m
			res := Must(Train(t.Context(), net, data, &s))
			if m != Auto && res.Method != m || res.Method == Auto {
				t.Fatalf("method %s requested, %s used", m, res.Method)
			}
			return net, res
		}
		want, full := train(Full)
		for _, m := range []Method{Auto, Chain, Reduced} {
			net, res := train(m)
			if res.Steps != full.Steps {
				t.Fatalf("%s: %d steps, want %d", m, res.Steps, full.Steps)
			}
			approx.All(t, "loss", res.History.Loss, full.History.Loss, rtol, 0)
			approx.All(t, "accuracy", res.History.Accuracy, full.History.Accuracy, 0, 0)
			half, wantHalf := res.History.Snapshots[1].Evaluation, full.History.Snapshots[1].Evaluation
			approx.All(t, "C during training", half.C(), wantHalf.C(), 1e-8, 0) // a quotient of differences
			for l := range want.Layers {
				if e := relativeDistance(net.Layers[l].W, want.Layers[l].W); !(e <= rtol) {
					t.Errorf("%s: W_%d is off by %.2g of its norm", m, l+1, e)
				}
			}
		}
		if t.Failed() {
			t.Fatalf("case %d: %s, %s, %+v", i, data, start.Name, s)
		}
	}
}

// TestMethodsAgreeAdam trains random networks by Adam or AdamW and compares the chain
// with full training. With ε = 1e-3 an error of the gradient is multiplied by η/ε at
// most, so that in 100 steps with η = 2e-3 the errors of TestMethodsAgree, of gradients
// below 1, add up to 200 times 18·2e-14.
func TestMethodsAgreeAdam(t *testing.T) {
	const seed, rtol = 4, 1e-10
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for i := range 10 {
		data, start, s := randomStudy(rnd)
		s.Optimizer, s.Momentum, s.LearningRate, s.Eps = Adam+Optimizer(i%2), 0, 2e-3, 1e-3
		s.Epochs = min(s.Epochs, 100*s.withDefaults(data.Len()).Batch/data.Len()+1)
		train := func(m Method) (*Network, *Result) {
			net, s := start.Clone(), s
			s.Method = m
			return net, Must(Train(t.Context(), net, data, &s))
		}
		want, full := train(Full)
		net, res := train(Chain)
		approx.All(t, "loss", res.History.Loss, full.History.Loss, rtol, 0)
		for l := range want.Layers {
			if e := relativeDistance(net.Layers[l].W, want.Layers[l].W); !(e <= rtol) {
				t.Errorf("W_%d is off by %.2g of its norm", l+1, e)
			}
		}
		if t.Failed() {
			t.Fatalf("case %d: %s, %s, %+v", i, data, start.Name, s)
		}
	}
}

// TestMethodsAgreeFloat32 does the same in float32 on the paper's experiment on the
// theorem. The roundings of √d·2⁻²⁴ ≈ 1e-6 of 18 products in each of 50 steps add up
// like a random walk, to 3e-5.
func TestMethodsAgreeFloat32(t *testing.T) {
	data := theoremData(1, 1)
	train := func(m Method) *Result {
		net := Linear(6, 200).Build(data, Orthogonal(0.3), 1)
		return Must(Train(t.Context(), net, data, &Settings{Alpha: 100, Epochs: 50, Precision: Float32, Method: m, LearningRate: 0.01}))
	}
	want := train(Full)
	for _, m := range []Method{Chain, Reduced} {
		approx.All(t, m.String(), train(m).History.Loss, want.History.Loss, 1e-4, 0)
	}
}

// TestMethodChoice checks which method Auto selects.
func TestMethodChoice(t *testing.T) {
	data := theoremData(1, 1)
	trained := Linear(4, 100).Build(data, Orthogonal(0.3), 1)
	Must(Train(t.Context(), trained, data, &Settings{Epochs: 3}))
	for _, c := range []struct {
		name string
		net  *Network
		s    Settings
		want Method
	}{
		{"theorem", Linear(6, 50).Build(data, Orthogonal(0.3), 1), Settings{}, Reduced},
		{"wide", Linear(6, 400).Build(data, Orthogonal(0.3), 1), Settings{}, Reduced},
		{"identity", Linear(6, 100).Build(data, Identity(0.3), 1), Settings{}, Reduced},
		{"one hidden layer", Linear(2, 100).Build(data, Gaussian(0.1), 1), Settings{}, Reduced},
		{"few steps", Linear(6, 400).Build(data, Orthogonal(0.3), 1), Settings{Epochs: 5}, Chain},
		{"not orthogonal", Linear(6, 100).Build(data, Gaussian(0.01), 1), Settings{}, Chain},
		{"not orthogonal any more", trained, Settings{}, Chain},
		{"zero", Linear(6, 100).Build(data, Identity(0), 1), Settings{}, Chain},
		{"fewer samples than classes", trained, Settings{Batch: 2}, Full},
		{"one layer", &Network{Layers: trained.Clone().Layers[3:]}, Settings{}, Full},
		{"nonlinear", MLP(3, 50).Build(data, Orthogonal(1), 1), Settings{}, Full},
		{"Adam", Linear(6, 50).Build(data, Orthogonal(0.3), 1), Settings{Optimizer: Adam}, Chain},
	} {
		d := data
		if c.net.In() != data.Dim() {
			d = Must(NewDataset("features", trained.Forward(data, 3)[0], data.Labels, data.K()))
		}
		s := c.s.withDefaults(d.Len())
		if _, got, err := newStepper(c.net, d, s); got != c.want || err != nil {
			t.Errorf("%s: method %s, error %v; want %s", c.name, got, err, c.want)
		}
	}
}

// TestMethodErrors checks that a method that is not exact is rejected.
func TestMethodErrors(t *testing.T) {
	data := theoremData(1, 1)
	bias := Linear(3, 50)
	bias.Bias = true
	for _, c := range []struct {
		net  *Network
		s    Settings
		want string
	}{
		{MLP(3, 50).Build(data, Orthogonal(1), 1), Settings{Method: Chain}, "linear"},
		{bias.Build(data, Orthogonal(1), 1), Settings{Method: Reduced}, "bias"},
		{Linear(3, 50).Build(data, Gaussian(0.1), 1), Settings{Method: Reduced}, "hidden2"},
		{Linear(3, 50).Build(data, Orthogonal(1), 1), Settings{Method: Reduced, Optimizer: AdamW}, "adamw"},
		{Linear(3, 50).Build(data, Orthogonal(1), 1), Settings{Method: 9}, "unknown Method 9"},
	} {
		_, err := Train(t.Context(), c.net, data, &c.s)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one that mentions %s", err, c.want)
		}
	}
}

// TestOneLayer checks the shortest chain: softmax regression.
func TestOneLayer(t *testing.T) {
	data := theoremData(1, 1)
	loss := func(m Method) []float64 {
		net := &Network{Layers: []Layer{{Name: "classifier", W: mat.NewDense(3, 50, nil)}}}
		return Must(Train(t.Context(), net, data, &Settings{Loss: CrossEntropy, Epochs: 20, Method: m})).History.Loss
	}
	approx.All(t, "loss", loss(Chain), loss(Full), 1e-13, 0)
}

// TestMethodBits checks that the number of cores does not change a single bit, with
// weights large enough to be spread over several cores.
func TestMethodBits(t *testing.T) {
	needsSameBits(t)
	data := theoremData(1, 1)
	for _, m := range []Method{Chain, Reduced} {
		run := func() *Network {
			net := Linear(4, 500).Build(data, Orthogonal(0.3), 1)
			Must(Train(t.Context(), net, data, &Settings{Epochs: 20, Alpha: 30, Method: m}))
			return net
		}
		old := runtime.GOMAXPROCS(1)
		one := run()
		runtime.GOMAXPROCS(4)
		several := run()
		runtime.GOMAXPROCS(old)
		if !reflect.DeepEqual(one, several) {
			t.Errorf("%s: weights depend on GOMAXPROCS", m)
		}
	}
}

// TestMethodCheckpoint checks that a run by any method continues from a checkpoint
// to the same bits, and that a checkpoint from other initial weights is rejected.
func TestMethodCheckpoint(t *testing.T) {
	defer func() { checkpointEvery = 30e9 }()
	checkpointEvery = 0
	data := theoremData(1, 1)
	for _, m := range []Method{Full, Chain, Reduced} {
		build := func(seed int) *Network { return Linear(4, 60).Build(data, Orthogonal(0.3), seed) }
		s := Settings{Epochs: 9, Batch: 16, Momentum: 0.9, WeightDecay: 1e-3, LearningRate: 0.05, Method: m}
		whole := build(1)
		Must(Train(t.Context(), whole, data, &s))

		s.Checkpoint = filepath.Join(t.TempDir(), "run.checkpoint")
		ctx, cancel := context.WithCancel(t.Context())
		s.Recorder = stopAt{5, cancel}
		if _, err := Train(ctx, build(1), data, &s); !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: error %v", m, err)
		}
		s.Recorder = nil
		_, err := Train(t.Context(), build(2), data, &s)
		if err == nil || !strings.Contains(err.Error(), "initial weights") {
			t.Errorf("%s: checkpoint from other initial weights: error %v", m, err)
		}
		resumed := build(1)
		Must(Train(t.Context(), resumed, data, &s))
		if !reflect.DeepEqual(resumed, whole) {
			t.Errorf("%s: the resumed run has different weights", m)
		}
	}
}
