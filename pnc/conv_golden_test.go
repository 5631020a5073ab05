package pnc

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/engine"
	"pnclab/pnc/internal/samples"
)

// convGolden is a training trajectory of testdata/goldens/traj_conv.json.
type convGolden struct {
	Name      string
	Layers    []convGoldenLayer
	Shape     [3]int
	Pixels    [][]int
	Labels    []int
	K         int
	Batches   [][]int
	Loss      string
	Alpha     float64
	Optimizer struct {
		Lr, Momentum float64
		WeightDecay  float64 `json:"weight_decay"`
	}
	Init, Final []convGoldenState
	Grad        []convGoldenState `json:"grad_step0"`
	Losses      []float64         `json:"loss_per_step"`
	Logits      rows              `json:"eval_logits"`
	Norms       []float64         `json:"eval_features_norm"`
}

type convGoldenLayer struct {
	Conv                  *struct{ Channels, Height, Width, Kernel, Stride int }
	Bias, Batchnorm, Relu bool
	Skip                  *struct {
		From int
		Map  *convGoldenLayer
	}
	Pool *struct {
		Height, Width int
		Max           bool
	}
}

type convGoldenState struct {
	goldenBlock
	Skip *goldenBlock
}

// layer returns the layer in the given state.
func (g *convGoldenLayer) layer(b *goldenBlock) Layer {
	l := Layer{W: b.W.dense(), Bias: b.B, ReLU: g.Relu}
	if c := g.Conv; c != nil {
		l.Conv = &Conv{In: Shape{c.Channels, c.Height, c.Width}, Kernel: c.Kernel, Stride: c.Stride}
	}
	if g.Batchnorm {
		l.Norm = newBatchNorm(len(b.Gamma))
		copy(l.Norm.Gamma, b.Gamma)
		copy(l.Norm.Beta, b.Beta)
	}
	if g.Pool != nil {
		l.Pool = &Pool{Height: g.Pool.Height, Width: g.Pool.Width, Max: g.Pool.Max}
	}
	return l
}

func (g *convGolden) network() *Network {
	net := &Network{Name: g.Name}
	for i := range g.Layers {
		l := g.Layers[i].layer(&g.Init[i].goldenBlock)
		if s := g.Layers[i].Skip; s != nil {
			l.Skip = &Skip{From: s.From}
			if s.Map != nil {
				s.Map.Relu = false // the schema leaves this open
				m := s.Map.layer(g.Init[i].Skip)
				l.Skip.Map = &m
			}
		}
		net.Layers = append(net.Layers, l)
	}
	return net
}

func (g *convGolden) data(t *testing.T) *Dataset {
	var bytes []uint8
	for _, image := range g.Pixels {
		for _, v := range image {
			bytes = append(bytes, uint8(v))
		}
	}
	d, err := newDataset(g.Name, samples.NewPixels(bytes, g.Shape[0], g.Shape[1], g.Shape[2]), g.Labels, numberNames(g.K))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestGoldenConvolution compares training trajectories of convolutional networks
// with the reference.
func TestGoldenConvolution(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "goldens", "traj_conv.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []convGolden }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) { checkConvTrajectory(t, &c) })
	}
}

func checkConvTrajectory(t *testing.T, c *convGolden) {
	net, data := c.network(), c.data(t)
	loss := MSE
	if c.Loss == "ce" {
		loss = CrossEntropy
	}
	e := engine.New[float64](net.engineLayers(), data.Len())
	for step, want := range c.Losses {
		e.Load(data.samples, data.Labels, c.Batches[step%len(c.Batches)])
		e.Forward(e.Depth(), true)
		got, _ := e.Loss(engine.Loss(loss), c.Alpha)
		approx.Equal(t, "loss", got, want, lossRtol, 1e-15)
		e.Backward()
		if step == 0 {
			gradients := gradientsOf(e)
			for i := range c.Grad {
				l := &net.Layers[i]
				checkGradient(t, l.Norm != nil, &gradients, &c.Grad[i].goldenBlock)
				if c.Grad[i].Skip != nil {
					checkGradient(t, l.Skip.Map.Norm != nil, &gradients, c.Grad[i].Skip)
				}
			}
		}
		e.Descend(engine.SGD{LearningRate: c.Optimizer.Lr, Momentum: c.Optimizer.Momentum, WeightDecay: c.Optimizer.WeightDecay})
	}
	e.Store(net.engineLayers())
	for i := range c.Final {
		checkConvLayer(t, &net.Layers[i], &c.Final[i].goldenBlock)
		if c.Final[i].Skip != nil {
			checkConvLayer(t, net.Layers[i].Skip.Map, c.Final[i].Skip)
		}
	}
	z := net.Forward(data)
	for l, norm := range c.Norms {
		approx.Equal(t, "‖Z‖", mat.Norm(z[l+1], 2), norm, paramRtol, paramAtol)
	}
	approx.All(t, "logits", z[net.Depth()].RawMatrix().Data, c.Logits.dense().RawMatrix().Data, paramRtol, 1e-11)
}

func checkConvLayer(t *testing.T, l *Layer, want *goldenBlock) {
	t.Helper()
	approx.All(t, "W", l.W.RawMatrix().Data, want.W.dense().RawMatrix().Data, paramRtol, paramAtol)
	approx.All(t, "b", l.Bias, want.B, paramRtol, paramAtol)
	if l.Norm != nil {
		approx.All(t, "γ", l.Norm.Gamma, want.Gamma, paramRtol, paramAtol)
		approx.All(t, "β", l.Norm.Beta, want.Beta, paramRtol, paramAtol)
		approx.All(t, "running mean", l.Norm.RunningMean, want.Mean, paramRtol, paramAtol)
		approx.All(t, "running variance", l.Norm.RunningVar, want.Var, paramRtol, paramAtol)
	}
}
