package plotting_test

import (
	"fmt"
	"os"
	"path/filepath"

	"pnclab/plotting"
	"pnclab/pnc"
)

// toFiles makes figures files in a temporary folder, without printing their paths, and
// returns a function that prints what kinds there are and removes them.
func toFiles() (done func()) {
	dir := pnc.Must(os.MkdirTemp("", "pnclab-example-"))
	stdout := os.Stdout
	os.Stdout = pnc.Must(os.OpenFile(os.DevNull, os.O_WRONLY, 0))
	os.Setenv("PNC_FIGURES", dir)
	return func() {
		os.Stdout = stdout
		os.Unsetenv("PNC_FIGURES")
		for _, f := range pnc.Must(filepath.Glob(filepath.Join(dir, "*"))) {
			fmt.Println(filepath.Ext(f))
		}
		os.RemoveAll(dir)
	}
}

// A reader moves the initial scale, and sees what the theory predicts. Without a
// notebook it is a page with a slider over 25 figures.
func ExampleInteract() {
	defer toFiles()()
	data := pnc.Must(pnc.NearlyOrthonormal{Classes: 3, PerClass: 4, Dim: 12, Noise: 1}.Generate(1))
	plotting.Interact(func(v plotting.Values) *plotting.Figure {
		law := pnc.Law{Depth: 4, Scale: v.Float("ξ"), Alpha: 100}
		return plotting.Compression(plotting.Predicted("closed form", pnc.Predict(data, law)))
	}, plotting.Float("ξ", 0.05, 1, 0.3).Log())
	// Output: .html
}

// A reader watches the loss fall and the features collapse, with the theory beside them,
// and can pause.
func ExampleLive() {
	defer toFiles()()
	data := pnc.Must(pnc.NearlyOrthonormal{Classes: 3, PerClass: 4, Dim: 12, Noise: 1}.Generate(1))
	net := pnc.Linear(4, 12).Build(data, pnc.Orthogonal(0.3), 1)
	law := plotting.Predicted("closed form", pnc.Predict(data, pnc.Law{Depth: 4, Scale: 0.3, Alpha: 100}))

	trainer := pnc.Must(pnc.NewTrainer(net, data, &pnc.Settings{LearningRate: 0.1, Alpha: 100, Epochs: 2000, StopLoss: 1e-9}))
	res, err := plotting.Live(trainer, plotting.ViewLoss(), plotting.ViewLayers(plotting.CompressionOf, law))
	fmt.Println(res, err)
	// Output: .png
}
