package pnc_test

import (
	"context"
	"fmt"

	"pnclab/pnc"
)

// The story of the theorem: data, a network, training, and the compression of
// every layer beside its prediction from the data alone.
func Example() {
	data := pnc.Must(pnc.NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1}.Generate(1))
	net := pnc.Linear(6, 50).Build(data, pnc.Orthogonal(0.3), 1)
	res, err := pnc.Train(context.Background(), net, data, &pnc.Settings{
		LearningRate: 0.1, Alpha: 100, StopLoss: 3e-10,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	measured := pnc.Measure(net, data)
	predicted := pnc.Predict(data, pnc.Law{Depth: 6, Scale: 0.3, Alpha: 100})
	fmt.Println(res.Status)
	fmt.Printf("measured  %.3f\n", pnc.Ratios(measured.C()))
	fmt.Printf("predicted %.3f\n", pnc.Ratios(predicted.C()))
	// Output:
	// converged
	// measured  [0.291 0.283 0.281 0.281 0.281]
	// predicted [0.293 0.288 0.287 0.286 0.286]
}

// Features of a network in any framework are measured as rows of a matrix.
func ExampleMeasureFeatures() {
	data := pnc.Must(pnc.Blobs{Classes: 3, PerClass: 100, Dim: 2, Spread: 0.1}.Generate(1))
	ev, err := pnc.MeasureFeatures([]pnc.LayerFeatures{{Name: "blobs", Z: data.X()}}, data.Labels, 3, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("C = %.3f, D = %.2f, nearest class mean right for %.0f %%\n", ev.Layers[0].C, ev.Layers[0].D, 100*ev.Layers[0].NC4)
	// Output:
	// C = 0.021, D = 1.50, nearest class mean right for 100 %
}

// A sweep over seeds runs one experiment a core and takes from the cache what ran
// before.
func ExampleSweep() {
	runs, err := pnc.Sweep(context.Background(), pnc.Experiment{
		Data:  pnc.NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1},
		Net:   pnc.Linear(6, 50),
		Init:  pnc.Orthogonal(0.3),
		Train: pnc.Settings{LearningRate: 0.1, Alpha: 100, StopLoss: 3e-10},
	}.Seeds(5))
	if err != nil {
		fmt.Println(err)
		return
	}
	mean, _ := pnc.Averages(pnc.Collect(pnc.Evaluations(runs), (*pnc.Evaluation).C)...)
	fit := pnc.FitGeometric(mean)
	fmt.Printf("C falls by %.3f a layer, R² = %.4f\n", fit.Rate(), fit.R2)
	// Output:
	// C falls by 0.282 a layer, R² = 1.0000
}
