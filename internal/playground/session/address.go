//go:build !js

package session

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"

	"pnclab/pnc"
)

// Address returns the part of the page's address, from #, that opens it at an
// experiment: its data, network, training and seed. It returns an error if the page
// cannot show the experiment, since it has no control for something or only a smaller
// range of it. What the experiment measures does not matter, nor does its StopLoss: the
// page has one of its own.
func Address(e pnc.Experiment) (string, error) {
	c, err := fromExperiment(e)
	if err != nil {
		return "", fmt.Errorf("the playground cannot show it: %w", err)
	}
	v := url.Values{"data": {c.Data}, "net": {c.Net}, "loss": {c.Loss}, "norm": {strconv.FormatBool(c.BatchNorm)}}
	for _, n := range c.numbers() {
		if n.value < n.min || n.value > n.max {
			return "", fmt.Errorf("the playground cannot show it: its %s is %g, not from %g to %g", n.name, n.value, n.min, n.max)
		}
		v.Set(n.name, strconv.FormatFloat(n.value, 'g', -1, 64))
	}
	return "#" + v.Encode(), nil
}

// LawOf returns the constants of the closed form for an experiment that the page can
// show, and whether there is one.
func LawOf(e pnc.Experiment) (law pnc.Law, ok bool) {
	c, err := fromExperiment(e)
	if err != nil {
		return law, false
	}
	return c.law()
}

// number is a control that is a slider.
type number struct {
	name            string // in the address
	value, min, max float64
}

// numbers returns all numbers with the ranges of their sliders, which a test compares
// with those of the page.
func (c Config) numbers() []number {
	return []number{
		{"classes", float64(c.Classes), 2, 6}, {"n", float64(c.PerClass), 2, 30}, {"dim", float64(c.Dim), 12, 64},
		{"noise", c.Noise, 0, 3}, {"common", c.Common, 0, 2}, {"depth", float64(c.Depth), 2, 10}, {"width", float64(c.Width), 8, 64},
		{"xi", c.Scale, 0.05, 1}, {"alpha", c.Alpha, 1, 300}, {"lr", c.LearningRate, 0.001, 0.5}, {"momentum", c.Momentum, 0, 0.95},
		{"epochs", float64(c.Epochs), 10, 20000}, {"seed", float64(c.Seed), 1, 50},
	}
}

// fromExperiment returns the configuration whose experiment has the same numbers.
func fromExperiment(e pnc.Experiment) (Config, error) {
	c := Default()
	switch d := e.Data.(type) {
	case pnc.NearlyOrthonormal:
		c.Data, c.Classes, c.PerClass, c.Dim, c.Noise, c.Common = "orthonormal", d.Classes, d.PerClass, d.Dim, d.Noise, d.Common
	case pnc.GaussianSpectrum:
		c.Data, c.Classes, c.PerClass, c.Dim, c.Noise = "gaussian", d.Classes, d.PerClass, d.Dim, d.High-1
	case pnc.Blobs:
		c.Data, c.Classes, c.PerClass, c.Dim, c.Noise = "blobs", d.Classes, d.PerClass, d.Dim, d.Spread*math.Sqrt(float64(d.Dim))
	case pnc.OnlyClasses:
		if g, ok := d.Of.(pnc.Glyphs); ok {
			c.Data, c.Classes, c.PerClass, c.Noise = "digits", len(d.Classes), g.PerClass, g.Variation
		}
	}
	a, s := e.Net, e.Train
	c.Depth, c.Width, c.Scale, c.Seed = a.Depth, a.Width, e.Init.Scale(), e.Seed
	switch {
	case a.Nonlinear == 0:
		c.Net = "linear"
	case a.Nonlinear == a.Depth-1:
		c.Net, c.BatchNorm = "mlp", a.BatchNorm
	default:
		c.Net, c.BatchNorm = "hybrid", a.BatchNorm
	}
	c.Alpha, c.LearningRate, c.Momentum, c.Epochs = s.Alpha, s.LearningRate, s.Momentum, s.Epochs
	if c.Alpha == 0 {
		c.Alpha = 1
	}
	if c.LearningRate == 0 {
		c.LearningRate = 0.1
	}
	if c.Epochs == 0 {
		c.Epochs = 1000
	}
	c.Loss = s.Loss.String()
	return c, c.shows(e)
}

// shows returns an error that says what of an experiment the configuration does not
// have.
func (c Config) shows(e pnc.Experiment) error {
	own, err := c.Experiment()
	if err != nil {
		return err
	}
	same := func(a, b float64) bool { return math.Abs(a-b) <= 1e-12*math.Abs(b) }
	source := fmt.Sprintf("%T", e.Data) == fmt.Sprintf("%T", own.Data)
	switch d := e.Data.(type) {
	case pnc.Blobs: // whose spread was converted
		source = source && same(d.Spread, own.Data.(pnc.Blobs).Spread)
	case pnc.OnlyClasses:
		o := own.Data.(pnc.OnlyClasses)
		source = c.Data == "digits" && d.Of == o.Of && slices.Equal(d.Classes, o.Classes)
	case pnc.GaussianSpectrum:
		g := own.Data.(pnc.GaussianSpectrum)
		source = source && same(d.Low, g.Low) && same(d.High, g.High)
	}
	net := own.Net
	if net.Nonlinear == 0 { // where BatchNorm has nothing to do
		net.BatchNorm = e.Net.BatchNorm
	}
	switch s := e.Train; {
	case !source:
		return fmt.Errorf("it has no such data as %#v", e.Data)
	case net != e.Net:
		return fmt.Errorf("it has no %v with bias, an extractor or other nonlinear layers", e.Net)
	case e.Init != own.Init:
		return fmt.Errorf("its weights start as %v, not %v", own.Init, e.Init)
	case s.Optimizer != pnc.SGD:
		return fmt.Errorf("it trains by %v, not by %v", pnc.SGD, s.Optimizer)
	case s.Batch != 0 && s.Batch < c.Classes*c.PerClass || s.WeightDecay != 0 || s.Precision != pnc.Float64 || s.Schedule != own.Train.Schedule:
		return fmt.Errorf("it trains in float64 with all samples, a constant learning rate and no weight decay")
	}
	return nil
}
