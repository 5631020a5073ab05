package pnc

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"

	"pnclab/pnc/internal/approx"
)

// TestPredictAssumptions compares with networks trained by gradient descent. The
// prediction neglects terms near K/d = 0.02 and ε²/σ² = 0.005. The residual of one
// network in the directions of K random vectors has a standard deviation near 1/10
// of its mean; three standard deviations of the mean over seeds are allowed.
func TestPredictAssumptions(t *testing.T) {
	const eps = 0.1
	seeds := 10
	if testing.Short() {
		seeds = 4
	}
	for _, c := range []struct{ depth, width int }{{2, 60}, {3, 60}, {3, 150}, {4, 60}} {
		var residual, expected []float64
		for seed := 1; seed <= seeds; seed++ {
			data := theoremData(1, seed)
			net := Linear(c.depth, c.width).Build(data, Orthogonal(eps), seed)
			Must(Train(t.Context(), net, data, &Settings{LearningRate: 0.02, StopLoss: 1e-10, Epochs: 40000}))
			got, want := CheckAssumptions(net, data, 1), PredictAssumptions(data, Law{Depth: c.depth, Scale: eps}, c.width)
			for l, b := range want.Balancedness {
				if c.depth == 2 { // random, with the overlap of K and d dimensions
					approx.Equal(t, "balancedness", got.Balancedness[l], b, 0.03, 0)
					continue
				}
				// Finite steps change what gradient flow conserves: by up to 3e-4 at
				// a learning rate of 0.1, and by a fifth of that here.
				approx.Equal(t, "balancedness", got.Balancedness[l], b, 0.005, 1e-3*eps)
				approx.Equal(t, "relative balancedness", got.RelativeBalancedness[l], want.RelativeBalancedness[l], 0.01, 1e-3*eps)
			}
			approx.Equal(t, "mean of the middle singular values", got.MiddleMean, want.MiddleMean, 1e-4, 0)
			approx.Equal(t, "θ", got.Theta, want.Theta, 0, 0)
			residual, expected = append(residual, got.Residual), append(expected, want.Residual)
		}
		approx.Equal(t, "residual", stat.Mean(residual, nil), stat.Mean(expected, nil), 3*0.1/math.Sqrt(float64(seeds)), 0)
	}
}

// TestPredictAssumptionsAtStart checks the conserved balance on the network before
// training, where it is exact for depths of three or more.
func TestPredictAssumptionsAtStart(t *testing.T) {
	data := theoremData(1, 1)
	for _, width := range []int{50, 80} {
		net := Linear(5, width).Build(data, Orthogonal(0.3), 1)
		got, want := CheckAssumptions(net, data, 1), PredictAssumptions(data, Law{Depth: 5, Scale: 0.3}, width)
		approx.All(t, "balancedness", got.Balancedness, want.Balancedness, 1e-12, 1e-13)
		approx.Equal(t, "δ", got.Delta, want.Delta, 1e-12, 0)
	}
}

// TestPredictAssumptionsFullRank checks that the residual is zero where samples
// reach every direction.
func TestPredictAssumptionsFullRank(t *testing.T) {
	data := Must(NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 30, Noise: 1}.Generate(1))
	approx.Equal(t, "residual", PredictAssumptions(data, Law{Depth: 3, Scale: 0.1}, 40).Residual, 0, 0, 0)
}
