package pnc

import (
	"testing"

	"pnclab/pnc/internal/approx"
)

// TestOperationCount compares the estimate with what the steppers count for the network
// itself, and that of convolutions with their weights: every weight takes 6 operations
// per sample and position.
func TestOperationCount(t *testing.T) {
	for _, e := range []Experiment{
		{Net: MLP(3, 20), Train: Settings{Epochs: 7}},
		{Net: MLP(3, 20), Train: Settings{Epochs: 7, Batch: 4}},
		{Net: Linear(5, 20), Train: Settings{Epochs: 7, Method: Full}},
		{Net: Linear(5, 20), Train: Settings{Epochs: 7}},
	} {
		data := Must(Blobs{Classes: 3, PerClass: 5, Dim: 10, Spread: 1}.Generate(1))
		d := widths(e.Net.Build(data, PyTorchDefault(), 1))
		count := fullOperations
		if e.Net.Nonlinear == 0 && e.Train.Method != Full {
			count = chainOperations
		}
		want := 7 * count(d, 15)
		if e.Train.Batch == 4 {
			want = 7 * (3*count(d, 4) + count(d, 3))
		}
		approx.Equal(t, e.Net.String(), e.Operations(data.Shape(), 3, 15), want, 1e-14, 0)
	}
	for _, a := range []Architecture{ConvNet(4, 2, MLP(1, 0)), ResNet(4, 2, 1, MLP(2, 8))} {
		shape := Shape{Channels: 3, Height: 8, Width: 8}
		var want float64
		for _, l := range a.BuildFor(shape, 3, PyTorchDefault(), 1).Layers {
			rows, cols := l.W.Dims()
			positions := 1.0
			if l.Conv != nil {
				out := l.Conv.In
				positions = float64(out.Height * out.Width / l.Conv.Stride / l.Conv.Stride) // before pooling
			}
			want += 6 * float64(rows*cols) * positions
			if l.Skip != nil && l.Skip.Map != nil {
				out := l.Skip.Map.Shape() // that of the layer is after pooling
				rows, cols := l.Skip.Map.W.Dims()
				want += 6 * float64(rows*cols) * float64(out.Height*out.Width)
			}
		}
		approx.Equal(t, a.String(), Experiment{Net: a, Train: Settings{Epochs: 2}}.Operations(shape, 3, 9), 2*9*want, 1e-14, 0)
	}
}
