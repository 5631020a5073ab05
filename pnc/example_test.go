package pnc_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc"
)

// theorem returns the data of the paper's first experiment.
func theorem() *pnc.Dataset {
	return pnc.Must(pnc.NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1}.Generate(1))
}

// trained returns a deep linear network trained on it.
func trained(data *pnc.Dataset) *pnc.Network {
	net := pnc.Linear(6, 50).Build(data, pnc.Orthogonal(0.3), 1)
	pnc.Must(pnc.Train(context.Background(), net, data, &pnc.Settings{LearningRate: 0.1, Alpha: 100, StopLoss: 3e-10}))
	return net
}

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

// A Source is a recipe: the same seed gives the same data.
func ExampleSource() {
	var source pnc.Source = pnc.Blobs{Classes: 3, PerClass: 20, Dim: 2, Spread: 0.2}
	data, err := source.Generate(7)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(data)
	// Output:
	// blobs, spread 0.2 (N=60, d=2, K=3)
}

// Any matrix with one row per sample, and labels, is a data set.
func ExampleNewDataset() {
	x := mat.NewDense(4, 2, []float64{1, 0, 0.9, 0.1, 0, 1, 0.1, 0.9})
	data, err := pnc.NewDataset("two corners", x, []int{0, 0, 1, 1}, 2)
	fmt.Println(data, err)
	fmt.Printf("C = %.3f\n", pnc.MeasureData(data).C)

	_, err = pnc.NewDataset("two corners", x, []int{0, 0, 0, 0}, 2)
	fmt.Println(err)
	// Output:
	// two corners (N=4, d=2, K=2) <nil>
	// C = 0.012
	// two corners: class 1 of 2 has no sample; renumber the labels or add samples
}

// The samples of every class are divided into training and test samples.
func ExampleDataset_Split() {
	data := pnc.Must(pnc.Glyphs{PerClass: 50}.Generate(1))
	train, test, err := data.Split(0.8, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.Len(), test.Len(), test.ClassSizes())
	// Output:
	// 400 100 [10 10 10 10 10 10 10 10 10 10]
}

// An architecture is a value; Build returns a network of this architecture for given
// data.
func ExampleArchitecture_Build() {
	data := pnc.Must(pnc.Blobs{Classes: 4, PerClass: 10, Dim: 20, Spread: 0.5}.Generate(1))
	net := pnc.Hybrid(4, 16, 1).Build(data, pnc.KaimingNormal(), 1)
	for i := range net.Layers {
		l := &net.Layers[i]
		fmt.Println(l.Name, l.In(), "→", l.Out(), "ReLU:", l.ReLU)
	}
	// Output:
	// hidden1 20 → 16 ReLU: true
	// hidden2 16 → 16 ReLU: false
	// hidden3 16 → 16 ReLU: false
	// classifier 16 → 4 ReLU: false
}

// Convolutional networks are for images; the projection head comes last.
func ExampleConvNet() {
	data := pnc.Must(pnc.Glyphs{PerClass: 2}.Generate(1))
	net := pnc.ConvNet(8, 2, pnc.MLP(2, 32)).Build(data, pnc.KaimingNormal(), 1)
	for i := range net.Layers {
		fmt.Println(net.Layers[i].Name, net.Layers[i].Shape())
	}
	// Output:
	// conv1 8×14×14
	// conv2 16×1×1
	// hidden1 32×1×1
	// classifier 10×1×1
}

// Features of selected layers are matrices with one row per sample.
func ExampleNetwork_Forward() {
	data := theorem()
	z := pnc.Linear(6, 50).Build(data, pnc.Orthogonal(0.3), 1).Forward(data, 0, 2)
	// An orthogonal map of scale 0.3 shrinks all norms by that factor.
	fmt.Printf("%.4f\n", mat.Norm(z[1], 2)/mat.Norm(z[0], 2))
	// Output:
	// 0.0900
}

// Settings left at zero have usable defaults.
func ExampleTrain() {
	data := pnc.Must(pnc.Blobs{Classes: 3, PerClass: 30, Dim: 10, Spread: 0.3}.Generate(1))
	net := pnc.MLP(3, 20).Build(data, pnc.KaimingNormal(), 1)
	res, err := pnc.Train(context.Background(), net, data, &pnc.Settings{
		Loss: pnc.CrossEntropy, Batch: 30, Epochs: 40, Momentum: 0.9, Schedule: pnc.Cosine(0.01),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s after %d epochs, accuracy %.0f %%\n", res.Status, res.Epochs, 100*res.Accuracy)
	// Output:
	// epoch limit after 40 epochs, accuracy 100 %
}

// A Trainer gives control of a run: inspect it after any step, stop, continue.
func ExampleTrainer() {
	data := theorem()
	net := pnc.Linear(6, 50).Build(data, pnc.Orthogonal(0.3), 1)
	t, err := pnc.NewTrainer(net, data, &pnc.Settings{LearningRate: 0.1, Alpha: 100, Epochs: 60})
	if err != nil {
		fmt.Println(err)
		return
	}
	for t.Step() {
		if n := t.Result().Steps; n%20 == 0 {
			fmt.Printf("step %d: C_5 = %.3g\n", n, pnc.Measure(t.Network(), data).C()[5])
		}
	}
	fmt.Println(t.Result().Status, t.Err())
	// Output:
	// step 20: C_5 = 0.159
	// step 40: C_5 = 0.024
	// step 60: C_5 = 0.024
	// epoch limit <nil>
}

// All layers are measured in one call; the result prints as a table.
func ExampleMeasureWith() {
	data := theorem()
	ev, err := pnc.MeasureWith(context.Background(), trained(data), data, &pnc.MeasureOptions{
		Measures: pnc.Scatter, Layers: []int{0, 2, 5},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, d := pnc.Must(pnc.QuantityNamed("C")), pnc.Must(pnc.QuantityNamed("D"))
	ev.WriteTable(os.Stdout, c, d)
	// Output:
	// layer     name   d      C       D
	//       0    input  50  13.13  0.9533
	//       2  hidden2  50  1.083   0.974
	//       5  hidden5  50  0.024  0.9927
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

// The table of quantities: what is measured, and where it is defined.
func ExampleQuantities() {
	for _, q := range pnc.Quantities()[:3] {
		fmt.Printf("%s: %s (%s)\n", q.Name, q.Title, q.Source)
	}
	// Output:
	// C: within-class compression (Wang et al. 2025, Definition of C_l)
	// D: between-class discrimination (Wang et al. 2025, Definition of D_l)
	// NC1: within-class variability collapse (Papyan, Han, Donoho 2020)
}

// The closed form needs the data, the depth and the scale of the initial weights.
func ExamplePredict() {
	law := pnc.Predict(theorem(), pnc.Law{Depth: 6, Scale: 0.3, Alpha: 100})
	fmt.Printf("C = %.3g\n", law.C())
	// For exactly orthonormal samples it is a formula.
	fmt.Printf("    %.3g\n", pnc.OrthonormalC(10, 3, pnc.Law{Depth: 6, Scale: 0.3, Alpha: 100}))
	// Output:
	// C = [13.1 3.85 1.11 0.318 0.091 0.026]
	//     [13.5 3.84 1.09 0.311 0.0886 0.0252]
}

// A straight line on a logarithmic axis: every layer multiplies C by the rate.
func ExampleFitGeometric() {
	data := theorem()
	fit := pnc.FitGeometric(pnc.Measure(trained(data), data).C())
	fmt.Printf("%.3f per layer, R² = %.4f\n", fit.Rate(), fit.R2)
	// Output:
	// 0.283 per layer, R² = 1.0000
}

// The distances of data and network from the assumptions of the theorem.
func ExampleCheckAssumptions() {
	data := theorem()
	a := pnc.CheckAssumptions(trained(data), data, 100)
	fmt.Printf("θ = %.2f (the theorem requires 1/4), ε = %.4f, ρ = %.1e\n", a.Theta, a.Eps, a.Rho)
	// Output:
	// θ = 4.34 (the theorem requires 1/4), ε = 0.3000, ρ = 4.3e-04
}

// An experiment is a value: it prints as JSON and can be read back.
func ExampleExperiment() {
	e := pnc.Experiment{
		Data: pnc.Blobs{Classes: 3, PerClass: 20, Dim: 10, Spread: 0.3}, Net: pnc.MLP(3, 20), Init: pnc.KaimingNormal(),
		Train: pnc.Settings{Epochs: 10, Schedule: pnc.Cosine(0.01)}, Seed: 1,
	}
	text, err := json.Marshal(e)
	if err != nil {
		fmt.Println(err)
		return
	}
	var back pnc.Experiment
	fmt.Println(json.Unmarshal(text, &back), back.Data == e.Data, back.Train.Schedule)
	// Output:
	// <nil> true cosine(factor=0.01)
}

// Run trains and measures; the second call takes the outcome from the cache.
func ExampleExperiment_Run() {
	o, err := pnc.Experiment{
		Data: pnc.NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1}, Net: pnc.Linear(4, 50), Init: pnc.Orthogonal(0.3),
		Train: pnc.Settings{Alpha: 100, StopLoss: 3e-10}, Seed: 2,
	}.Run(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s, C = %.3g\n", o.Result.Status, o.Evaluation.C())
	// Output:
	// converged, C = [13.5 6.64 3.12 1.45]
}

// A sweep over seeds runs one experiment per core and takes earlier runs from the
// cache.
func ExampleSweep() {
	outcomes, err := pnc.Sweep(context.Background(), pnc.Experiment{
		Data:  pnc.NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1},
		Net:   pnc.Linear(6, 50),
		Init:  pnc.Orthogonal(0.3),
		Train: pnc.Settings{LearningRate: 0.1, Alpha: 100, StopLoss: 3e-10},
	}.Seeds(5))
	if err != nil {
		fmt.Println(err)
		return
	}
	mean, _ := pnc.Averages(pnc.Collect(pnc.Evaluations(outcomes), (*pnc.Evaluation).C)...)
	fit := pnc.FitGeometric(mean)
	fmt.Printf("C falls by a factor of %.3f per layer, R² = %.4f\n", fit.Rate(), fit.R2)
	// Output:
	// C falls by a factor of 0.282 per layer, R² = 1.0000
}

// A grid is all combinations of settings; it prints as the file that "pnclab sweep" runs.
func ExampleGrid() {
	fmt.Print(pnc.Grid{
		Name: "depth and scale",
		Base: pnc.Experiment{
			Data: pnc.NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1}, Net: pnc.Linear(4, 50), Init: pnc.Orthogonal(0.3),
			Train: pnc.Settings{StopLoss: 1e-10}, Measures: pnc.Scatter,
		},
		Axes: []pnc.Axis{pnc.Over("net.depth", 2, 4, 6), pnc.Over("init.scale", pnc.LogRange(0.01, 1, 10)), pnc.Over("seed", pnc.Range(1, 5))},
	})
	// Output:
	// {
	//   "name": "depth and scale",
	//   "base": {
	//     "Data": {
	//       "pnc.NearlyOrthonormal": {
	//         "Classes": 3,
	//         "Dim": 50,
	//         "Noise": 1,
	//         "PerClass": 10
	//       }
	//     },
	//     "Init": "orthogonal(0.3)",
	//     "Measures": "scatter",
	//     "Net": {
	//       "Depth": 4,
	//       "Width": 50
	//     },
	//     "Train": {
	//       "Loss": "mse",
	//       "Precision": "float64",
	//       "Schedule": "constant",
	//       "StopLoss": 1e-10
	//     },
	//     "Version": 1
	//   },
	//   "axes": [
	//     {"field":"net.depth","values":[2,4,6]},
	//     {"field":"init.scale","values":"log(0.01, 1, 10)"},
	//     {"field":"seed","values":"1..5"}
	//   ]
	// }
}

// What a notebook passes to Sweep, as a grid.
func ExampleGridOf() {
	base := pnc.Experiment{Data: pnc.Glyphs{PerClass: 10}, Net: pnc.MLP(3, 20)}
	deeper := base
	deeper.Net.Depth, deeper.Net.Nonlinear = 4, 3
	for _, axis := range pnc.Must(pnc.GridOf(append(base.Seeds(3), deeper.Seeds(3)...)...)).Axes {
		fmt.Println(axis.Fields, axis.Values)
	}
	// Output:
	// [net.depth net.nonlinear] [[3 2] [4 3]]
	// [seed] [1 2 3]
}

// A linear classifier on every layer, fitted on one half of the samples and tested
// on the other.
func ExampleProbe() {
	data := pnc.Must(pnc.Glyphs{PerClass: 60, Standardize: true}.Generate(1))
	train, test, _ := data.Split(0.5, 1)
	net := pnc.MLP(3, 32).Build(train, pnc.KaimingNormal(), 1)
	probes, err := pnc.Probe(context.Background(), net, train, test, &pnc.ProbeOptions{Ridge: 0.1})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range probes {
		fmt.Println(p.Layer, p.Name, p.Train >= p.Test)
	}
	// Output:
	// 0 input true
	// 1 hidden1 true
	// 2 hidden2 true
}

// New classifiers on the features of a layer, for data of another task.
func ExampleTransfer() {
	ctx := context.Background()
	digits := pnc.Glyphs{PerClass: 20, Standardize: true}
	low := pnc.Must(pnc.OnlyClasses{Of: digits, Classes: []int{0, 1, 2, 3, 4}}.Generate(1))
	high := pnc.Must(pnc.OnlyClasses{Of: digits, Classes: []int{5, 6, 7, 8, 9}}.Generate(1))
	net := pnc.MLP(4, 32).Build(low, pnc.KaimingNormal(), 1)
	pnc.Must(pnc.Train(ctx, net, low, &pnc.Settings{Epochs: 10, Batch: 20}))
	fits, err := pnc.Transfer(ctx, net, 2, high, nil, &pnc.ProbeOptions{Ridge: 0.1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(fits[0].Name, fits[0].Train > 0.5)
	// Output:
	// hidden2 true
}

// A map of features in the plane, and how far to trust it.
func ExampleUMAP() {
	data := pnc.Must(pnc.Blobs{Classes: 4, PerClass: 30, Dim: 10, Spread: 0.1}.Generate(1))
	points := pnc.UMAP(data.X(), &pnc.UMAPOptions{Epochs: 100, Seed: 1})
	fmt.Println(pnc.NeighborAgreement(points, data.Labels, 10) > 0.95)
	// Output:
	// true
}

// Verdicts compare measurements with expectations.
func ExampleVerdicts() {
	v := pnc.NewVerdicts("nearly orthonormal", "quick")
	v.Within("C_2/C_1", ".283", 0.2846, 0.2828, 0.01)
	v.AtLeast("R² of log C", "", 0.99, 0.9999)
	for _, r := range v.Rows {
		fmt.Println(r.Quantity, r.Verdict)
	}
	// Output:
	// C_2/C_1 pass
	// R² of log C pass
}

// Notices are values; the package itself prints nothing.
func ExampleObserve() {
	stop := pnc.Observe(func(n pnc.Notice) {
		if w, ok := n.(pnc.Warning); ok {
			fmt.Println("warning:", w)
		}
	})
	defer stop()
	// Output:
}
