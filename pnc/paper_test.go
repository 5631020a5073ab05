package pnc

import (
	"math"
	"testing"

	"pnclab/pnc/internal/approx"
)

// TestEightLayer checks the settings that distinguish networks and presets.
func TestEightLayer(t *testing.T) {
	mlp, hybrid := EightLayerMLP("paper"), EightLayerHybrid("paper")
	if mlp.Net != (Architecture{Depth: 8, Width: 1024, Nonlinear: 7, BatchNorm: true}) || mlp.Train.Epochs != 400 || mlp.Train.LearningRate != 1e-4 {
		t.Errorf("perceptron: %v", mlp)
	}
	if hybrid.Net.Nonlinear != 3 || hybrid.Train.Alpha != 100 || hybrid.Net.Depth != 8 {
		t.Errorf("hybrid: %v", hybrid)
	}
	if EightLayerMLP("quick").Net.Width != 256 {
		t.Error("the quick preset is not quick")
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown preset was accepted")
		}
	}()
	EightLayerMLP("fast")
}

// TestPredictSeeds checks the seeds, and that invalid data are an error.
func TestPredictSeeds(t *testing.T) {
	source, law := NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1}, Law{Depth: 4, Scale: 0.1}
	evs := Must(PredictSeeds(source, law, 3))
	approx.All(t, "C", evs[2].C(), Predict(theoremData(1, 3), law).C(), 0, 0)
	if _, err := PredictSeeds(Uniform{}, law, 1); err == nil {
		t.Error("no error for a prediction without data")
	}
}

func TestMaxRelative(t *testing.T) {
	approx.Equal(t, "worst", MaxRelative([]float64{1.1, -3, 4}, []float64{1, -2, 4}), 0.5, 1e-15, 0)
	if v := MaxRelative([]float64{math.NaN(), 1}, []float64{1, 1}); !math.IsNaN(v) {
		t.Errorf("NaN is lost: %g", v)
	}
}
