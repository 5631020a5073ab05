package pnc

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/random"
)

// TestInit checks the defining property of every initialisation.
func TestInit(t *testing.T) {
	const seed = 3
	t.Logf("seed %d", seed)
	for _, shape := range [][2]int{{20, 20}, {30, 12}, {7, 25}} {
		out, in := shape[0], shape[1]
		rnd := random.New(seed, random.Init)
		w := Orthogonal(0.3).weights(out, in, rnd)
		var gram mat.Dense
		if out >= in {
			gram.Mul(w.T(), w)
		} else {
			gram.Mul(w, w.T())
		}
		n, _ := gram.Dims()
		for i := range n {
			gram.Set(i, i, gram.At(i, i)-0.09)
		}
		if e := mat.Norm(&gram, 2); e > 1e-15*float64(n) {
			t.Errorf("orthogonal %d×%d is off by %g", out, in, e)
		}
		id := Identity(0.5).weights(out, in, rnd)
		approx.Equal(t, "trace of the identity", mat.Norm(id, 2), 0.5*math.Sqrt(float64(min(out, in))), 1e-15, 0)
		if id.At(1, 1) != 0.5 || id.At(0, 1) != 0 {
			t.Errorf("identity %d×%d: %v", out, in, mat.Formatted(id))
		}
	}
	const out, in = 400, 300
	for _, c := range []struct {
		init     Init
		variance float64
	}{{PyTorchDefault(), 1. / (3 * in)}, {KaimingNormal(), 2. / in}, {Gaussian(0.1), 0.01}} {
		w := c.init.weights(out, in, random.New(seed, random.Init))
		// The relative error of a variance of n samples is at most √(2/n): 5σ = 2 %.
		approx.Equal(t, c.init.String(), mat.Norm(w, 2)*mat.Norm(w, 2)/(out*in), c.variance, 0.02, 0)
	}
	if b := PyTorchDefault().bias(3, 100, random.New(seed, random.Init)); mat.Max(mat.NewVecDense(3, b)) > 0.1 || b[0] == 0 {
		t.Errorf("bias %v", b)
	}
}

// TestInitJSON checks that initialisations survive JSON.
func TestInitJSON(t *testing.T) {
	for _, want := range []Init{Orthogonal(0.3), PyTorchDefault(), KaimingNormal(), Gaussian(2), Identity(1)} {
		var got Init
		if err := json.Unmarshal(Must(json.Marshal(want)), &got); err != nil || got != want {
			t.Errorf("%v came back as %v, error %v", want, got, err)
		}
	}
	var got Init
	if err := json.Unmarshal([]byte(`{"Kind":"xavier"}`), &got); err == nil || !strings.Contains(err.Error(), "xavier") {
		t.Errorf("unknown initialisation: error %v", err)
	}
}

// TestArchitecture checks shapes and the errors of impossible networks.
func TestArchitecture(t *testing.T) {
	data := theoremData(1, 1)
	for _, c := range []struct {
		arch         Architecture
		relus, norms int
	}{{Linear(6, 70), 0, 0}, {MLP(5, 60), 4, 4}, {Hybrid(7, 60, 2), 2, 2}, {Architecture{Depth: 3, Width: 9, Nonlinear: 1, Bias: true}, 1, 0}} {
		net := c.arch.Build(data, PyTorchDefault(), 1)
		relus, norms := 0, 0
		for _, l := range net.Layers {
			if l.ReLU {
				relus++
			}
			if l.Norm != nil {
				norms++
			}
		}
		if net.Depth() != c.arch.Depth || net.In() != 50 || net.Out() != 3 || relus != c.relus || norms != c.norms {
			t.Errorf("%v: depth %d, %d to %d, %d ReLU, %d BatchNorm", c.arch, net.Depth(), net.In(), net.Out(), relus, norms)
		}
		if net.IsLinear() != (c.relus == 0) {
			t.Errorf("%v: IsLinear = %v", c.arch, net.IsLinear())
		}
	}
	for word, a := range map[string]Architecture{"depth": Linear(1, 50), "width": Linear(3, 2), "nonlinear": Hybrid(3, 50, 3)} {
		if err := a.Check(Shape{50, 1, 1}, 3); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%+v: error %v", a, err)
		}
	}
}

// TestSkips checks where the skips of residual networks are, and that their features are
// x + f(x) by hand.
func TestSkips(t *testing.T) {
	data := theoremData(1, 1)
	images := randomImages(Shape{2, 4, 4}, 6, 3, 1)
	for _, c := range []struct {
		data *Dataset
		arch Architecture
		from []int // of the skip of every layer, 0 without one
		relu []bool
	}{
		{data, Architecture{Depth: 4, Width: 9, Residual: 1}, []int{0, 1, 2, 0}, []bool{false, false, false, false}},
		{data, Architecture{Depth: 6, Width: 9, Nonlinear: 5, Residual: 2}, []int{0, 0, 1, 0, 3, 0}, []bool{true, true, false, true, false, false}},
		{data, Architecture{Depth: 6, Width: 9, Nonlinear: 5, Residual: 4, PostActivation: true}, []int{0, 0, 0, 0, 1, 0}, []bool{true, true, true, true, true, false}},
		{data, Architecture{Depth: 4, Width: 9, Nonlinear: 2, Residual: 1, PostActivation: true}, []int{0, 1, 2, 0}, []bool{true, true, false, false}},
		{images, ConvNet(3, 2, Architecture{Depth: 4, Width: 9, Residual: 2}), []int{0, 0, 0, 0, 3, 0}, []bool{true, true, false, false, false, false}},
	} {
		net := c.arch.Build(c.data, KaimingNormal(), 1)
		z := net.Forward(c.data)
		for i, l := range net.Layers {
			from := 0
			if l.Skip != nil {
				from = l.Skip.From
				want := mat.DenseCopyOf(z[from])
				f := new(mat.Dense)
				f.Mul(z[i], l.W.T())
				want.Add(want, f)
				if l.ReLU {
					want.Apply(func(_, _ int, v float64) float64 { return max(0, v) }, want)
				}
				approx.All(t, "x + f(x)", z[i+1].RawMatrix().Data, want.RawMatrix().Data, 0, 1e-12)
			}
			if from != c.from[i] || l.ReLU != c.relu[i] {
				t.Errorf("%v: layer %d: skip from %d, ReLU %t; want %d, %t", c.arch, i+1, from, l.ReLU, c.from[i], c.relu[i])
			}
		}
		if net.IsLinear() || c.arch.linear() {
			t.Errorf("%v is not a product of matrices", c.arch)
		}
	}
	for word, a := range map[string]Architecture{
		"divide": {Depth: 6, Width: 9, Residual: 3}, "0 hidden layers behind the first": {Depth: 2, Width: 9, Residual: 1}, "of -1": {Depth: 4, Width: 9, Residual: -1},
		"without a sum": {Depth: 4, Width: 9, Nonlinear: 3, PostActivation: true}, "blocks x + f(x)": {Depth: 4, Width: 9, Nonlinear: 3, Residual: 1},
	} {
		if err := a.Check(Shape{50, 1, 1}, 3); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%+v: error %v", a, err)
		}
	}
}

// TestSkipsAreNoProduct checks that what is for products of matrices says so of residual
// networks without nonlinearity, whose matrices are no factors.
func TestSkipsAreNoProduct(t *testing.T) {
	data := theoremData(1, 1)
	a := Architecture{Depth: 4, Width: 50, Residual: 1}
	net := a.Build(data, Orthogonal(0.3), 1)
	for name, f := range map[string]func(){
		"Product":          func() { net.Product(3, 1) },
		"MinNormResidual":  func() { MinNormResidual(net, data, 1) },
		"OneMatrix":        func() { OneMatrix(net, data) },
		"CheckAssumptions": func() { CheckAssumptions(net, data, 1) },
		"GradientFlow":     func() { GradientFlow(net, data, 1, 1) },
	} {
		func() {
			defer func() {
				if v, _ := recover().(string); !strings.HasPrefix(v, "pnc: "+name) || !strings.Contains(v, "hidden2 has a skip") {
					t.Errorf("%s: panic %q", name, v)
				}
			}()
			f()
		}()
	}
	for word, e := range map[string]Experiment{
		"assumptions": {Net: a, CheckAssumptions: true}, "transfer": {Net: a, Transfer: TransferTask{Fit: Glyphs{PerClass: 2}}},
	} {
		if err := e.Check(data); err == nil || !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), "skips") {
			t.Errorf("%s: error %v", word, err)
		}
	}
	for _, m := range []Method{Chain, Reduced} {
		if _, err := NewTrainer(net, data, &Settings{Method: m}); err == nil || !strings.Contains(err.Error(), "skip") {
			t.Errorf("method %s: error %v", m, err)
		}
	}
}

// TestProduct checks W_{to:from} and that a linear network computes the product of
// its weights.
func TestProduct(t *testing.T) {
	data := theoremData(1, 1)
	net := Linear(4, 20).Build(data, KaimingNormal(), 1)
	var z mat.Dense
	z.Mul(data.X(), net.Product(4, 1).T())
	z.Sub(&z, net.Forward(data, 4)[0])
	if e := mat.Norm(&z, 2); e > 1e-13 {
		t.Errorf("product and network differ by %g", e)
	}
	if r, c := net.Product(3, 2).Dims(); r != 20 || c != 20 {
		t.Errorf("W_3:2 is %d×%d", r, c)
	}
}
