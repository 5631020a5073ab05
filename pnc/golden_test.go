package pnc

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/engine"
)

// golden reads a reference case from testdata/goldens or from $PNC_GOLDENS.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	dir := os.Getenv("PNC_GOLDENS")
	if dir == "" {
		dir = filepath.Join("testdata", "goldens")
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// maybe is a number that may be null.
type maybe float64

func (m *maybe) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*m = maybe(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(m))
}

// rows is a matrix as a list of rows.
type rows [][]float64

func (r rows) dense() *mat.Dense {
	m := mat.NewDense(len(r), len(r[0]), nil)
	for i, row := range r {
		m.SetRow(i, row)
	}
	return m
}

func TestGoldenMetrics(t *testing.T) {
	var file struct {
		Cases []struct {
			Name   string
			K      int
			Labels []int
			X      rows
			Rtol   float64
			Expect struct {
				TrSigmaW, TrSigmaB, C, NC1, D maybe
				Rank95                        int
				Ranks                         map[string]int
				Singular                      []float64 `json:"singular_values"`
			} `json:"expected"`
		}
	}
	golden(t, "metrics.json", &file)
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			ev, err := MeasureFeatures([]LayerFeatures{{c.Name, c.X.dense()}}, c.Labels, c.K, nil)
			if err != nil {
				t.Fatal(err)
			}
			m, want := ev.Layers[0], c.Expect
			approx.Equal(t, "tr Σ_W", m.TrSigmaW, float64(want.TrSigmaW), c.Rtol, 0)
			approx.Equal(t, "tr Σ_B", m.TrSigmaB, float64(want.TrSigmaB), c.Rtol, 0)
			approx.Equal(t, "C", m.C, float64(want.C), c.Rtol, 0)
			approx.Equal(t, "NC1", m.NC1, float64(want.NC1), c.Rtol, 0)
			approx.Equal(t, "D", m.D, float64(want.D), 0, 1e-12)
			if m.Rank95 != float64(want.Rank95) {
				t.Errorf("rank95 = %v, want %v", m.Rank95, want.Rank95)
			}
			gram := gramSpectrum(c.X.dense())
			for share, rank := range want.Ranks {
				var s float64
				if err := json.Unmarshal([]byte(share), &s); err != nil {
					t.Fatal(err)
				}
				if got := NumericalRank(m.SingularValues, s); got != rank {
					t.Errorf("rank at %s = %v, want %v", share, got, rank)
				}
				if got := NumericalRank(gram, s); got < rank-1 || got > rank+1 {
					t.Errorf("rank at %s from the Gram matrix = %v, want %v or a neighbouring rank", share, got, rank)
				}
			}
			// backward stability of the SVD: errors are a few ε times the largest
			// value
			approx.All(t, "σ", m.SingularValues, want.Singular, 0, 1e-14*want.Singular[0])
		})
	}
}

// goldenBlock is the state of a layer in a trajectory.
type goldenBlock struct {
	W                  rows
	B, Gamma, Beta     []float64
	Mean               []float64 `json:"running_mean"`
	Var                []float64 `json:"running_var"`
	Bias, Norm, Linear bool      `json:"-"`
}

type goldenTrajectory struct {
	Name   string
	Note   string
	Blocks []struct {
		In, Out               int
		Bias, Batchnorm, Relu bool
		Skip                  int // of traj_adam.json; 0 for none
	}
	Bn        struct{ Eps, Momentum float64 }
	Loss      string
	Alpha     float64
	Optimizer struct {
		Name              Optimizer // of traj_adam.json
		Lr, Momentum, Eps float64
		Betas             [2]float64
		WeightDecay       float64 `json:"weight_decay"`
	}
	Scheduler *struct {
		T0     int
		EtaMin float64 `json:"eta_min"`
	}
	N, D, K  int
	X        rows
	Labels   []int
	Batches  [][]int
	Steps    int
	Init     []goldenBlock
	Grad     []goldenBlock `json:"grad_step0"`
	Losses   []float64     `json:"loss_per_step"`
	GradNorm []float64     `json:"grad_norm_per_step"`
	LrAt     []float64     `json:"lr_per_step"`
	Final    []goldenBlock
	Logits   rows      `json:"eval_logits"`
	Norms    []float64 `json:"eval_features_norm"`
}

// network returns the network that a trajectory starts from.
func (c *goldenTrajectory) network() *Network {
	net := &Network{Name: c.Name}
	for i, b := range c.Blocks {
		l := Layer{Name: layerName(i + 1), W: c.Init[i].W.dense(), ReLU: b.Relu}
		if b.Bias {
			l.Bias = slices.Clone(c.Init[i].B)
		}
		if b.Batchnorm {
			l.Norm = newBatchNorm(b.Out)
			l.Norm.Eps, l.Norm.StatMomentum = c.Bn.Eps, c.Bn.Momentum
			copy(l.Norm.Gamma, c.Init[i].Gamma)
			copy(l.Norm.Beta, c.Init[i].Beta)
		}
		if b.Skip > 0 {
			l.Skip = &Skip{From: b.Skip}
		}
		net.Layers = append(net.Layers, l)
	}
	return net
}

func (c *goldenTrajectory) schedule() Schedule {
	if c.Scheduler == nil {
		return Constant()
	}
	s := Cosine(c.Scheduler.EtaMin / c.Optimizer.Lr)
	s.Period = c.Scheduler.T0
	return s
}

var trajectories = []string{"traj_dln.json", "traj_mlp.json", "traj_mlp_bn.json", "traj_hybrid.json", "traj_ce.json", "traj_bias.json"}

// Tolerances for trajectories, as their README suggests. Gradients that are zero
// except for rounding, such as that of a bias before BatchNorm, are compared
// absolutely.
const (
	lossRtol  = 1e-9
	paramRtol = 1e-8
	paramAtol = 1e-12
)

func TestGoldenTrajectories(t *testing.T) {
	for _, name := range trajectories {
		var file struct{ Cases []goldenTrajectory }
		golden(t, name, &file)
		for _, c := range file.Cases {
			t.Run(c.Name, func(t *testing.T) { checkTrajectory(t, &c, paramRtol, paramAtol) })
		}
	}
}

// TestGoldenAdam compares trajectories of Adam and AdamW with those of PyTorch, three of
// them of networks with skips.
//
// A step divides by the root of averages of squares, so it is off by the learning rate
// times the relative error of an element of the gradient. Rounding is some 1e-15 of the
// largest element, and the smallest ones that are not zero are 1e-4 of it, as the files
// show: 1e-11 of a rate of at most 0.02, in each of 25 steps.
func TestGoldenAdam(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "goldens", "traj_adam.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []goldenTrajectory }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) != 7 {
		t.Fatalf("%d cases", len(file.Cases))
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) { checkTrajectory(t, &c, 0, 1e-11) })
	}
}

func checkTrajectory(t *testing.T, c *goldenTrajectory, rtol, atol float64) {
	net := c.network()
	data, err := NewDataset(c.Name, c.X.dense(), c.Labels, c.K)
	if err != nil {
		t.Fatal(err)
	}
	o := c.Optimizer
	s := (&Settings{
		Optimizer: o.Name, Alpha: c.Alpha, LearningRate: o.Lr, Momentum: o.Momentum, WeightDecay: o.WeightDecay,
		Beta1: o.Betas[0], Beta2: o.Betas[1], Eps: o.Eps, Schedule: c.schedule(),
	}).withDefaults(c.N)
	if err := s.check(net, data); err != nil {
		t.Fatal(err)
	}
	if c.Loss == "ce" {
		s.Loss = CrossEntropy
	}
	stepper := newFullStepper[float64](net, data, s)
	e := stepper.engine
	for step := range c.Steps {
		e.Load(data.samples, data.Labels, c.Batches[step%len(c.Batches)])
		e.Forward(e.Depth(), true)
		loss, _ := e.Loss(engine.Loss(s.Loss), s.Alpha)
		approx.Equal(t, "loss", loss, c.Losses[step], lossRtol, 1e-15)
		e.Backward()
		var norm float64
		e.EachParam(func(_, gradient []float64, _, _ int) {
			for _, g := range gradient {
				norm += g * g
			}
		})
		approx.Equal(t, "gradient norm", math.Sqrt(norm), c.GradNorm[step], paramRtol, paramAtol)
		if step == 0 {
			gradients := gradientsOf(e)
			for i := range c.Grad {
				checkGradient(t, net.Layers[i].Norm != nil, &gradients, &c.Grad[i])
			}
		}
		lr := s.Schedule.Rate(s.LearningRate, step/len(c.Batches), step, 1, len(c.Batches))
		approx.Equal(t, "learning rate", lr, c.LrAt[step], 1e-14, 0)
		stepper.descend(lr, step+1)
	}
	e.Store(net.engineLayers())
	for i, want := range c.Final {
		l := net.Layers[i]
		approx.All(t, "W", l.W.RawMatrix().Data, want.W.dense().RawMatrix().Data, rtol, atol)
		approx.All(t, "b", l.Bias, want.B, rtol, atol)
		if l.Norm != nil {
			approx.All(t, "γ", l.Norm.Gamma, want.Gamma, rtol, atol)
			approx.All(t, "β", l.Norm.Beta, want.Beta, rtol, atol)
			approx.All(t, "running mean", l.Norm.RunningMean, want.Mean, rtol, atol)
			approx.All(t, "running variance", l.Norm.RunningVar, want.Var, rtol, atol)
		}
	}
	ev := net.Forward(data)
	for l, norm := range c.Norms {
		approx.Equal(t, "‖Z‖", mat.Norm(ev[l+1], 2), norm, rtol, atol)
	}
	approx.All(t, "logits", ev[net.Depth()].RawMatrix().Data, c.Logits.dense().RawMatrix().Data, rtol, max(atol, 1e-11))
}

func TestGoldenSchedule(t *testing.T) {
	var file struct {
		Cases []struct {
			Lr     float64
			T0     int
			EtaMin float64   `json:"eta_min"`
			Rates  []float64 `json:"lr_at_step"`
		}
	}
	golden(t, "schedule.json", &file)
	for _, c := range file.Cases {
		s := Cosine(c.EtaMin / c.Lr)
		s.Period, s.PerStep = c.T0, true
		for step, want := range c.Rates {
			approx.Equal(t, "rate", s.Rate(c.Lr, 0, step, 1, 1), want, 1e-14, 0)
		}
	}
}

func TestGoldenTheory(t *testing.T) {
	var file struct {
		Cases []struct {
			N, D, K   int
			Lr, Alpha float64
			X         rows
			Labels    []int
			Init      []rows
			LastEpoch int       `json:"last_epoch_index"`
			LossOverN []float64 `json:"loss_over_N_every10"`
			Layers    []struct {
				TrSigmaW, TrSigmaB, C, NC1, D float64
				Rank95                        int
			}
			Balancedness []float64
		}
	}
	golden(t, "theory_small.json", &file)
	for _, c := range file.Cases {
		data, err := NewDataset("theory", c.X.dense(), c.Labels, c.K)
		if err != nil {
			t.Fatal(err)
		}
		net := &Network{}
		for i, w := range c.Init {
			net.Layers = append(net.Layers, Layer{Name: layerName(i + 1), W: w.dense()})
		}
		res, err := Train(t.Context(), net, data, &Settings{Alpha: c.Alpha, LearningRate: c.Lr, Epochs: c.LastEpoch + 1})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.LossOverN {
			// α² = 1e4 multiplies the rounding of outputs near 1: 1e4·2⁻⁵² ≈ 2e-12
			approx.Equal(t, "loss/N", res.History.Loss[10*i]/float64(c.N), want, 1e-9, 1e-19)
		}
		ev := Measure(net, data)
		// weights that differ by 1e-11 give measures that differ by about the same
		const rtol = 1e-8
		for l, want := range c.Layers {
			m := ev.Layers[l]
			approx.Equal(t, "tr Σ_W", m.TrSigmaW, want.TrSigmaW, rtol, 0)
			approx.Equal(t, "tr Σ_B", m.TrSigmaB, want.TrSigmaB, rtol, 0)
			approx.Equal(t, "C", m.C, want.C, rtol, 0)
			approx.Equal(t, "NC1", m.NC1, want.NC1, rtol, 0)
			approx.Equal(t, "D", m.D, want.D, 0, rtol)
			if m.Rank95 != float64(want.Rank95) {
				t.Errorf("rank95 of layer %v = %v, want %v", l, m.Rank95, want.Rank95)
			}
		}
		approx.All(t, "balancedness", CheckAssumptions(net, data, c.Alpha).Balancedness, c.Balancedness, rtol, 0)
	}
}

func TestGoldenAssumptions(t *testing.T) {
	var file struct {
		Cases []struct {
			K          int
			X          rows
			Labels     []int
			Weights    []rows
			Residual   float64
			Balanced   []float64   `json:"balancedness"`
			Normalized []float64   `json:"balancedness_normalized"`
			Singular   [][]float64 `json:"singular_values"`
			Var        float64     `json:"mid_sv_var_unbiased"`
			Min        float64     `json:"mid_sv_min"`
			Max        float64     `json:"mid_sv_max"`
			Mean       float64     `json:"mid_sv_mean"`
		}
	}
	golden(t, "assumption.json", &file)
	for _, c := range file.Cases {
		data, err := NewDataset("assumption", c.X.dense(), c.Labels, c.K)
		if err != nil {
			t.Fatal(err)
		}
		net := &Network{}
		for i, w := range c.Weights {
			net.Layers = append(net.Layers, Layer{Name: layerName(i + 1), W: w.dense()})
		}
		a := CheckAssumptions(net, data, 1)
		const rtol, atol = 1e-10, 1e-12
		approx.Equal(t, "residual", a.Residual, c.Residual, rtol, atol)
		approx.All(t, "balancedness", a.Balancedness, c.Balanced, rtol, atol)
		approx.All(t, "relative balancedness", a.RelativeBalancedness, c.Normalized, rtol, atol)
		for l, s := range c.Singular {
			approx.All(t, "σ", a.SingularValues[l], s, rtol, atol)
		}
		if c.Max > 0 {
			approx.Equal(t, "ε", a.Eps, c.Max, rtol, atol)
			approx.Equal(t, "ε - ρ", a.Eps-a.Rho, c.Min, rtol, atol)
			approx.Equal(t, "mean", a.MiddleMean, c.Mean, rtol, atol)
			// a variance of 1e-10 around 0.4 is the difference of numbers with 16 digits
			approx.Equal(t, "variance", a.MiddleVar, c.Var, 1e-6, 1e-20)
		}
	}
}

func TestGoldenAccuracy(t *testing.T) {
	var file struct {
		Logits rows
		Labels []int
		Top1   float64 `json:"top1_percent"`
		Top5   float64 `json:"top5_percent"`
	}
	golden(t, "accuracy.json", &file)
	logits := file.Logits.dense()
	approx.Equal(t, "top 1", 100*TopAccuracy(logits, file.Labels, 1), file.Top1, 1e-15, 0)
	approx.Equal(t, "top 5", 100*TopAccuracy(logits, file.Labels, 5), file.Top5, 1e-15, 0)
}

// gradientsOf returns the gradients of all parameters, without the padding between
// rows, in the order of EachParam.
func gradientsOf(e *engine.Engine[float64]) [][]float64 {
	var all [][]float64
	e.EachParam(func(value, gradient []float64, cols, stride int) {
		var g []float64
		for i := 0; i < len(gradient); i += stride {
			g = append(g, gradient[i:i+cols]...)
		}
		all = append(all, g)
	})
	return all
}

// checkGradient compares the gradients of a layer, which are next in all, with a
// golden case.
func checkGradient(t *testing.T, norm bool, all *[][]float64, want *goldenBlock) {
	t.Helper()
	next := func() []float64 {
		g := (*all)[0]
		*all = (*all)[1:]
		return g
	}
	approx.All(t, "∂W", next(), want.W.dense().RawMatrix().Data, paramRtol, paramAtol)
	approx.All(t, "∂b", next(), want.B, paramRtol, paramAtol)
	if norm {
		approx.All(t, "∂γ", next(), want.Gamma, paramRtol, paramAtol)
		approx.All(t, "∂β", next(), want.Beta, paramRtol, paramAtol)
	}
}
