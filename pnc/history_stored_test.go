package pnc

import (
	"math"
	"testing"
)

// TestPackHistory checks that series of every kind come back bit for bit, that constant
// ones take no space, and that arrays which are no history are refused.
func TestPackHistory(t *testing.T) {
	many := make([]float64, 1000)
	steps := make([]float64, 1000)
	for i := range many {
		many[i] = math.Sqrt(float64(i))
		steps[i] = float64(i / 300)
	}
	constant := make([]float64, 1000)
	for _, h := range []History{
		{},
		{Loss: []float64{1}, Accuracy: []float64{math.NaN()}, LearningRate: []float64{0.1}},
		{Loss: []float64{1, 2}, Accuracy: []float64{0, math.Copysign(0, -1)}, LearningRate: []float64{0.1, 0.1}},
		{Loss: []float64{1, 2, math.Inf(1)}, Accuracy: []float64{1, 1, 2}, LearningRate: []float64{1, 1, 1}},
		{Loss: many, Accuracy: steps, LearningRate: constant},
	} {
		var got History
		if !unpackHistory(&got, packHistory(&h)) {
			t.Errorf("%d epochs are refused", len(h.Loss))
		}
		for _, pair := range [][2][]float64{{got.Loss, h.Loss}, {got.Accuracy, h.Accuracy}, {got.LearningRate, h.LearningRate}} {
			if len(pair[0]) != len(pair[1]) {
				t.Fatalf("%d values, want %d", len(pair[0]), len(pair[1]))
			}
			for i, v := range pair[1] {
				if math.Float64bits(pair[0][i]) != math.Float64bits(v) {
					t.Errorf("value %d is %v, want %v", i, pair[0][i], v)
				}
			}
		}
	}
	if n := len(packed(constant)); n != 2 {
		t.Errorf("a constant series takes %d numbers", n)
	}
	for _, arrays := range [][]any{
		nil,
		{many, steps},
		{many, []float32{1, 1000}, packed(constant)},
		{many, []float64{1, 999}, packed(constant)},
		{many, []float64{1, 1001}, packed(constant)},
		{many, []float64{1, 1000, 2}, packed(constant)},
		{many, []float64{1, math.NaN(), 1, 1000}, packed(constant)},
		{many, []float64{1, 1000, 2, 1e300}, packed(constant)},
	} {
		if unpackHistory(&History{}, arrays) {
			t.Errorf("%d arrays that are no history are taken for one", len(arrays))
		}
	}
}
