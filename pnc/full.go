package pnc

import (
	"pnclab/pnc/internal/engine"
	"pnclab/pnc/internal/gemm"
)

// fullStepper trains all weights by the method [Full].
type fullStepper[T gemm.Float] struct {
	engine   *engine.Engine[T]
	data     *Dataset
	settings Settings
	loaded   bool // the whole data set is the current batch, as it will stay
}

func newFullStepper[T gemm.Float](net *Network, data *Dataset, s Settings) *fullStepper[T] {
	f := &fullStepper[T]{engine: engine.New[T](net.engineLayers(), s.Batch), data: data, settings: s}
	if s.adapts() {
		f.engine.PrepareAdam()
	}
	return f
}

func (f *fullStepper[T]) step(batch []int, lr float64, t int) (loss float64, correct int) {
	loss, correct = f.forwardLoss(batch)
	f.descend(lr, t)
	return loss, correct
}

// descend takes step t after forwardLoss.
func (f *fullStepper[T]) descend(lr float64, t int) {
	s := &f.settings
	if s.adapts() {
		f.engine.DescendAdam(s.adam(lr, t))
	} else {
		f.engine.Descend(engine.SGD{LearningRate: lr, Momentum: s.Momentum, WeightDecay: s.WeightDecay})
	}
}

// gradient computes the gradients that step uses.
func (f *fullStepper[T]) gradient(batch []int) (loss float64, correct int) {
	loss, correct = f.forwardLoss(batch)
	f.engine.Backward()
	return loss, correct
}

// forwardLoss computes features, the loss and its gradient for the samples with the
// given indices.
func (f *fullStepper[T]) forwardLoss(batch []int) (loss float64, correct int) {
	if !f.loaded {
		f.engine.Load(f.data.samples, f.data.Labels, batch)
		f.loaded = len(batch) == f.data.Len() && f.settings.Augmentation == (Augmentation{})
	}
	f.engine.Forward(f.engine.Depth(), true)
	return f.engine.Loss(engine.Loss(f.settings.Loss), f.settings.Alpha)
}

func (f *fullStepper[T]) store(net *Network) { f.engine.Store(net.engineLayers()) }

func (f *fullStepper[T]) state() []any { return copies(f.engine.EachState) }

func (f *fullStepper[T]) restore(s []any) error { return fillFrom(s, f.engine.EachState) }
