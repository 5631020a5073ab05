package session

import (
	"fmt"
	"math"

	"pnclab/pnc"
)

// Config holds the positions of the page's controls.
type Config struct {
	Data                          string // a name of Sources
	Classes, PerClass, Dim        int
	Noise, Common                 float64
	Net                           string // "linear", "mlp" or "hybrid"
	Depth, Width                  int
	BatchNorm                     bool
	Scale                         float64 // ε of orthogonal initial weights
	Alpha, LearningRate, Momentum float64
	Loss                          string // "mse" or "cross-entropy"
	Epochs                        int    // at most
	Seed                          int
}

// Default is the experiment that the page opens with, that of the theorem.
func Default() Config {
	return Config{
		Data: "orthonormal", Classes: 3, PerClass: 10, Dim: 50, Noise: 1,
		Net: "linear", Depth: 6, Width: 50, BatchNorm: true, Scale: 0.3,
		Alpha: 100, LearningRate: 0.1, Loss: "mse", Epochs: 20000, Seed: 1,
	}
}

// stopLoss is the loss per sample at which a network has learnt its data; E1 of the
// paper stops at 10⁻¹¹ times the number of samples.
const stopLoss = 3e-10

// source returns the recipe of the data.
func (c Config) source() (pnc.Source, error) {
	switch c.Data {
	case "orthonormal":
		return pnc.NearlyOrthonormal{Classes: c.Classes, PerClass: c.PerClass, Dim: c.Dim, Noise: c.Noise, Common: c.Common}, nil
	case "gaussian":
		return pnc.GaussianSpectrum{Classes: c.Classes, PerClass: c.PerClass, Dim: c.Dim, Low: 1, High: 1 + c.Noise}, nil
	case "blobs":
		// Noise is the norm of what is added to a sample, whatever the dimension.
		return pnc.Blobs{Classes: c.Classes, PerClass: c.PerClass, Dim: c.Dim, Spread: c.Noise / math.Sqrt(float64(c.Dim))}, nil
	case "digits":
		// A variation of 0 would mean 1, the default.
		digits := make([]int, c.Classes)
		for k := range digits {
			digits[k] = k
		}
		return pnc.OnlyClasses{Of: pnc.Glyphs{PerClass: c.PerClass, Variation: max(c.Noise, 0.01), Standardize: true}, Classes: digits}, nil
	}
	return nil, fmt.Errorf("unknown data %q", c.Data)
}

// architecture returns the network.
func (c Config) architecture() (pnc.Architecture, error) {
	var a pnc.Architecture
	switch c.Net {
	case "linear":
		a = pnc.Linear(c.Depth, c.Width)
	case "mlp":
		a = pnc.MLP(c.Depth, c.Width)
	case "hybrid":
		a = pnc.Hybrid(c.Depth, c.Width, c.Depth/2)
	default:
		return a, fmt.Errorf("unknown network %q", c.Net)
	}
	a.BatchNorm = a.Nonlinear > 0 && c.BatchNorm
	return a, nil
}

// settings returns how the network is trained.
func (c Config) settings() (*pnc.Settings, error) {
	s := &pnc.Settings{
		Alpha: c.Alpha, LearningRate: c.LearningRate, Momentum: c.Momentum,
		Epochs: c.Epochs, StopLoss: stopLoss, Seed: c.Seed,
	}
	return s, s.Loss.UnmarshalText([]byte(c.Loss))
}

// Experiment returns the experiment that the configuration describes: the same data,
// weights and steps.
func (c Config) Experiment() (pnc.Experiment, error) {
	source, err := c.source()
	if err != nil {
		return pnc.Experiment{}, err
	}
	a, err := c.architecture()
	if err != nil {
		return pnc.Experiment{}, err
	}
	s, err := c.settings()
	if err != nil {
		return pnc.Experiment{}, err
	}
	return pnc.Experiment{Data: source, Net: a, Init: pnc.Orthogonal(c.Scale), Train: *s, Seed: c.Seed}, nil
}

// law returns the constants of the closed form, and whether it applies: to linear
// networks and the loss of the theory.
func (c Config) law() (law pnc.Law, ok bool) {
	law = pnc.Law{Depth: c.Depth, Scale: c.Scale, Alpha: c.Alpha}
	if c.Width != c.Dim || c.Data == "digits" {
		law.Width = c.Width
	}
	return law, c.Net == "linear" && c.Loss == "mse"
}
