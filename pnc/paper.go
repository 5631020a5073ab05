package pnc

import "fmt"

// EightLayerMLP returns the experiment behind the paper's figures on rank and
// accuracy, on C and D, and on feature maps: an eight-layer perceptron whose
// hidden layers are linear map, BatchNorm, ReLU, trained on CIFAR-10 with the
// squared error by SGD with momentum 0.9 and weight decay 1e-4 from orthogonal
// weights of scale 0.1 (Wang et al. 2025).
//
// The preset "paper" has the paper's settings: width 1024, all 50,000 images,
// batches of 128, 400 epochs with the learning rate annealed from 1e-4 to 1e-6. The
// preset "quick" shows the same in seconds: width 256, 200 images of each class,
// batches of 100, 60 epochs, and a learning rate of 1e-2 to make up for the fewer
// steps. It panics for any other preset.
func EightLayerMLP(preset string) Experiment {
	e := Experiment{
		Data: Images{Set: "cifar-10", PerClass: 200, Standardize: true},
		Net:  MLP(8, 256), Init: Orthogonal(0.1), Seed: 1,
		Train: Settings{
			LearningRate: 1e-2, Momentum: 0.9, WeightDecay: 1e-4, Schedule: Cosine(0.01),
			Batch: 100, Epochs: 60, Precision: Float32,
		},
	}
	switch preset {
	case "quick":
	case "paper":
		e.Data = Images{Set: "cifar-10", PerClass: 5000, Standardize: true}
		e.Net.Width = 1024
		e.Train.LearningRate, e.Train.Batch, e.Train.Epochs = 1e-4, 128, 400
	default:
		panic(fmt.Sprintf("pnc: no preset %q; available are quick and paper", preset))
	}
	return e
}

// EightLayerHybrid returns the experiment of [EightLayerMLP] for the hybrid
// network, whose first three hidden layers are nonlinear and whose other four
// are linear, with α = 100.
func EightLayerHybrid(preset string) Experiment {
	e := EightLayerMLP(preset)
	e.Net.Nonlinear, e.Train.Alpha = 3, 100
	return e
}
