package pnc

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"time"
)

// Settings says how a network is trained: by stochastic gradient descent with
// momentum and weight decay, or by Adam. The zero value of every field is a usable
// default.
type Settings struct {
	// Optimizer is the update rule; SGD by default.
	Optimizer Optimizer `json:",omitempty"`
	// Loss is the loss function; MSE by default.
	Loss Loss
	// Alpha is α, the factor of the logits in the loss; 0 means 1.
	Alpha float64
	// LearningRate is η; 0 means 0.1, or 0.001 for Adam and AdamW.
	LearningRate float64
	// Momentum is m in v ← m v + g of SGD; 0 by default.
	Momentum float64
	// Beta1 and Beta2 are β₁ and β₂ of Adam and AdamW, the shares of the averages of
	// gradients and of their squares that a step keeps; 0 means 0.9 and 0.999.
	Beta1, Beta2 float64 `json:",omitempty"`
	// Eps is ε in the denominator of Adam and AdamW; 0 means 1e-8.
	Eps float64 `json:",omitempty"`
	// WeightDecay is λ, see [Optimizer], on all parameters; 0 by default, for AdamW too
	// (torch.optim.AdamW has 0.01).
	WeightDecay float64
	// Schedule changes the learning rate; constant by default.
	Schedule Schedule
	// Batch is the number of samples per step; 0 means all of them (gradient
	// descent). Mini-batches are redrawn every epoch; the last one is smaller
	// where Batch does not divide N.
	Batch int
	// Augmentation changes the images of each mini-batch at random; none by default. The
	// loss and the accuracy of an epoch are then those of the changed images.
	Augmentation Augmentation `json:",omitzero"`
	// Epochs is the largest number of passes over the data; 0 means 1000.
	Epochs int
	// StopLoss stops training once the loss of an epoch is below it; 0, the default,
	// means never.
	StopLoss float64
	// TimeLimit stops training after this time; 0 means no limit.
	TimeLimit time.Duration `json:",omitempty"`
	// Precision is the arithmetic of training; Float64 by default.
	Precision Precision
	// Method is how steps are computed; the fastest exact one by default.
	Method Method `json:",omitempty"`
	// Seed determines the order of mini-batches.
	Seed int
	// MeasureEvery is the number of epochs between measurements of all layers, which
	// are also measured before training and at the end, for History.Snapshots; 0
	// means never.
	MeasureEvery int
	// Measures selects what is measured then; 0 means Everything.
	Measures Measures `json:",omitempty"`
	// Checkpoint names a file that keeps the state of the run, written at most twice
	// a minute and when the run is cancelled; "" for none. If it exists when
	// training begins, training continues from there and ends with the same bits as
	// if it had not stopped, provided that the network again holds the initial
	// weights of the run.
	Checkpoint string `json:"-"`
	// Recorder is called after every epoch; nil for none. It does not affect the
	// result.
	Recorder Recorder `json:"-"`
}

// withDefaults returns the settings with the documented defaults filled in.
func (s *Settings) withDefaults(samples int) Settings {
	var t Settings
	if s != nil {
		t = *s
	}
	if t.Alpha == 0 {
		t.Alpha = 1
	}
	if t.adapts() {
		t.LearningRate = cmp.Or(t.LearningRate, 1e-3)
		t.Beta1, t.Beta2, t.Eps = cmp.Or(t.Beta1, 0.9), cmp.Or(t.Beta2, 0.999), cmp.Or(t.Eps, 1e-8)
	}
	if t.LearningRate == 0 {
		t.LearningRate = 0.1
	}
	if t.Epochs == 0 {
		t.Epochs = 1000
	}
	if t.Batch == 0 || t.Batch > samples {
		t.Batch = samples
	}
	return t
}

// check returns an error if the settings are invalid for the network and data.
// Defaults must be filled in.
func (s Settings) check(net *Network, data *Dataset) error {
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"Alpha", s.Alpha}, {"LearningRate", s.LearningRate}, {"Momentum", s.Momentum},
		{"Beta1", s.Beta1}, {"Beta2", s.Beta2}, {"Eps", s.Eps}, {"WeightDecay", s.WeightDecay}, {"StopLoss", s.StopLoss},
	} {
		if f.value < 0 || math.IsNaN(f.value) || math.IsInf(f.value, 0) {
			return fmt.Errorf("settings: %s is %g; it must be finite and not negative", f.name, f.value)
		}
	}
	for _, f := range []struct {
		name  string
		value int
	}{{"Batch", s.Batch}, {"Epochs", s.Epochs}, {"MeasureEvery", s.MeasureEvery}} {
		if f.value < 0 {
			return fmt.Errorf("settings: %s is %d; it must not be negative", f.name, f.value)
		}
	}
	if err := s.Optimizer.check(&s); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	if s.Loss != MSE && s.Loss != CrossEntropy {
		return fmt.Errorf("settings: unknown Loss %d; use MSE or CrossEntropy", int(s.Loss))
	}
	if s.Precision != Float64 && s.Precision != Float32 {
		return fmt.Errorf("settings: unknown Precision %d; use Float64 or Float32", int(s.Precision))
	}
	if !single && s.Precision == Float32 {
		return errors.New("settings: a page has no Float32; use Float64")
	}
	if err := s.Method.check(net); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	if err := s.Schedule.check(); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	if err := s.Augmentation.check(data); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	if s.Augmentation != (Augmentation{}) && (s.Method == Chain || s.Method == Reduced) {
		return fmt.Errorf("settings: Method %s computes with the images as they are; with Augmentation use Auto", s.Method)
	}
	if net.hasBatchNorm() && (s.Batch == 1 || data.Len()%s.Batch == 1) {
		return fmt.Errorf("settings: with Batch %d the last batch of %d samples has a single sample, which has no variance for BatchNorm; choose another Batch", s.Batch, data.Len())
	}
	return nil
}
