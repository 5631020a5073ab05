package pnc

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/engine"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/random"
)

// ProbeOptions say how linear probes are fitted. The zero value fits all layers by
// least squares.
type ProbeOptions struct {
	// SGD trains the probes by gradient descent with these settings, its precision
	// among them, instead of solving for them; see [PaperProbe].
	SGD *Settings
	// Ridge is λ/λ̄ of least squares: the penalty λ‖W‖² in units of the mean
	// eigenvalue λ̄ of the scatter of the features; 0 means 1e-6, which only keeps the
	// problem solvable.
	Ridge float64
	// Steps stops gradient descent on that problem, from W = 0, after this many steps,
	// see [Probe]; 0 means that it is solved.
	Steps int
	// Rate is the step of that descent in units of 1/λ_max, the largest eigenvalue of
	// the scatter with the penalty; 0 means 1. From 2 on it would diverge.
	Rate float64
	// Layers selects layers by their index, 0 for the input; nil means all.
	Layers []int
	// Precision is the arithmetic of the forward pass.
	Precision Precision
}

// PaperProbe returns the settings of the paper's probes: MSE, learning rate 1e-3
// with momentum 0.9 and weight decay 1e-4, annealed to a thousandth over 100
// epochs, batches of 128.
func PaperProbe() *Settings {
	return &Settings{LearningRate: 1e-3, Momentum: 0.9, WeightDecay: 1e-4, Schedule: Cosine(1e-3), Epochs: 100, Batch: 128}
}

// ProbeAccuracy is the accuracy of the linear probe of one layer, from 0 to 1.
type ProbeAccuracy struct {
	Layer       int
	Name        string
	Train, Test float64 // Test is 0 where there are no test samples
}

// Probe fits a linear classifier with bias to the frozen features of every layer
// of net, l = 0 (input) to L-1, on train, and returns its accuracy there and on
// test, which may be nil. The least-squares probe of a layer with features z and
// one-hot labels y is
//
//	W = (Σ_i (z_i-μ)(z_i-μ)ᵀ + λI)⁻¹ Σ_i (z_i-μ) y_iᵀ,  b = ȳ - Wᵀμ,
//
// deterministic and exact, where gradient descent (Wang et al. 2025; Alain,
// Bengio 2016) stops somewhere on the way to it. A descent of t steps of size η from
// W = 0, with b at its optimum throughout, takes of the component of W along an
// eigenvector of the scatter with the penalty, of eigenvalue λ, the share
//
//	1 - (1 - ηλ)^t,
//
// which is near ηtλ where λ is small: 1/ηt acts as a penalty does. It returns an error
// if the context is cancelled or the settings are invalid, and panics if the network
// does not fit the data.
func Probe(ctx context.Context, net *Network, train, test *Dataset, p *ProbeOptions) ([]ProbeAccuracy, error) {
	o := p.withDefaults()
	if o.Ridge < 0 {
		return nil, fmt.Errorf("probe: Ridge is %g; it must not be negative", o.Ridge)
	}
	if o.Steps < 0 || !(o.Rate >= 0 && o.Rate < 2) {
		return nil, fmt.Errorf("probe: %d Steps at Rate %g; there must be none or more, and the rate less than 2", o.Steps, o.Rate)
	}
	if o.SGD != nil {
		return probeSGD(ctx, net, train, test, o)
	}
	return probeExact(ctx, net, train, test, o)
}

// features returns the source of the features that are probed, on data.
func (o ProbeOptions) features(net *Network, data *Dataset) *featureSource {
	m := MeasureOptions{Layers: o.Layers, Precision: o.Precision}.withDefaults(net, data)
	return networkFeatures(net, data, m)
}

// withDefaults returns the options with the documented default of Ridge; nil means
// the zero value.
func (p *ProbeOptions) withDefaults() ProbeOptions {
	var o ProbeOptions
	if p != nil {
		o = *p
	}
	if o.Ridge == 0 {
		o.Ridge = 1e-6
	}
	return o
}

// probeExact solves for the probes of all layers and returns their accuracy, in two passes
// over the samples of train and one over those of test.
func probeExact(ctx context.Context, net *Network, train, test *Dataset, o ProbeOptions) ([]ProbeAccuracy, error) {
	src := o.features(net, train)
	probes, err := o.fit(ctx, src)
	if err != nil {
		return nil, err
	}
	out := make([]ProbeAccuracy, len(probes))
	for i, l := range src.layers {
		out[i] = ProbeAccuracy{Layer: l.index, Name: l.name}
	}
	err = probeAccuracies(ctx, net, train, o, probes, func(i int, a float64) { out[i].Train = a })
	if err == nil && test != nil {
		err = probeAccuracies(ctx, net, test, o, probes, func(i int, a float64) { out[i].Test = a })
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// fit returns the probes of all layers of the source, in one pass over the samples.
func (o ProbeOptions) fit(ctx context.Context, src *featureSource) ([]*linearProbe, error) {
	sums := make([]*totalScatter, len(src.layers))
	for i, l := range src.layers {
		sums[i] = newTotalScatter(src.classes, l.dim, l.unit)
	}
	for b, err := range src.blocks(ctx) {
		if err != nil {
			return nil, err
		}
		sums[b.layer].add(b)
	}
	probes := make([]*linearProbe, len(src.layers))
	for i, l := range src.layers {
		var err error
		if probes[i], err = fitProbe(sums[i].scatter, sums[i].gram, o.Ridge, o.weights); err != nil {
			return nil, &probeError{l.index, l.name, err}
		}
	}
	return probes, nil
}

// weights returns the d×K matrix that solves aW = b, or where gradient descent towards it
// stops.
func (o ProbeOptions) weights(a *mat.SymDense, b *mat.Dense) (*mat.Dense, error) {
	if o.Steps > 0 {
		return o.descend(a, b)
	}
	return leastSquares(a, b)
}

// probeAccuracies calls set with the accuracy of the probe of every layer on data.
func probeAccuracies(ctx context.Context, net *Network, data *Dataset, o ProbeOptions, probes []*linearProbe, set func(i int, accuracy float64)) error {
	src := o.features(net, data)
	workers := crew.New()
	right := make([]int, len(probes))
	var z, logits []float64
	var predicted []int
	for b, err := range src.blocks(ctx) {
		if err != nil {
			return err
		}
		n, p := b.size(), probes[b.layer]
		features := b.z
		if features == nil {
			z = b.float64s(workers, z)
			features = z
		}
		logits = resized(logits, src.classes*n)
		for k, v := range p.bias {
			for i := range n {
				logits[k*n+i] = v
			}
		}
		gemm.Mul(false, false, src.classes, n, b.dim, 1, p.w.RawMatrix().Data, b.dim, features, n, 1, logits, n)
		if cap(predicted) < n {
			predicted = make([]int, n)
		}
		predicted = predicted[:n]
		engine.ArgmaxColumns(predicted, logits)
		right[b.layer] += countEqual(predicted, b.labels)
	}
	for i, r := range right {
		set(i, float64(r)/float64(data.Len()))
	}
	return nil
}

// probeError is why the probe of a layer cannot be fitted.
type probeError struct {
	layer int
	name  string
	error
}

func (e *probeError) Error() string {
	return fmt.Sprintf("probe of layer %d (%s): %v", e.layer, e.name, e.error)
}

func (e *probeError) Unwrap() error { return e.error }

// probeSGD trains the probe of every layer as a network of one layer.
func probeSGD(ctx context.Context, net *Network, train, test *Dataset, o ProbeOptions) ([]ProbeAccuracy, error) {
	var out []ProbeAccuracy
	for _, l := range (MeasureOptions{Layers: o.Layers}).withDefaults(net, train).Layers {
		r := ProbeAccuracy{Layer: l, Name: net.layerName(l)}
		features, err := net.featuresOf(train, l, o.Precision)
		if err != nil {
			return nil, err
		}
		probe := &Network{Name: "probe of " + r.Name, Layers: []Layer{{
			Name: "classifier",
			W:    PyTorchDefault().weights(train.K(), features.Dim(), random.New(o.SGD.Seed, random.Probe)),
			Bias: make([]float64, train.K()),
		}}}
		if _, err := Train(ctx, probe, features, o.SGD); err != nil {
			return nil, &probeError{l, r.Name, err}
		}
		r.Train = TopAccuracy(probe.Forward(features, 1)[0], train.Labels, 1)
		if test != nil {
			features, err := net.featuresOf(test, l, o.Precision)
			if err != nil {
				return nil, err
			}
			r.Test = TopAccuracy(probe.Forward(features, 1)[0], test.Labels, 1)
		}
		out = append(out, r)
	}
	return out, nil
}
