package pnc

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// TestShrinkage checks s where the integral has a closed form: for L = 2 the
// principal value is log((1-s²)/s²) = 0, for L = 4 and 6 it is
// log((1-x)/x) + Σ_{j<L/2} x^{-j}/j = 0 at x = s².
func TestShrinkage(t *testing.T) {
	approx.Equal(t, "s at L = 2", Shrinkage(2), math.Sqrt(0.5), 1e-15, 0)
	for depth := 4; depth <= 40; depth += 2 {
		x := Shrinkage(depth) * Shrinkage(depth)
		value := math.Log((1 - x) / x)
		for j := 1; j < depth/2; j++ {
			value += math.Pow(x, -float64(j)) / float64(j)
		}
		// The derivative with respect to x is below L/(x^{L/2} (1-x)), at most 1e4
		// here.
		approx.Equal(t, "principal value", value, 0, 0, 1e-11)
	}
	last := 0.0
	for depth := 2; depth < 60; depth++ {
		s := Shrinkage(depth)
		if s <= last || s >= 1 {
			t.Errorf("depth %d: s = %v after %v", depth, s, last)
		}
		last = s
	}
}

// TestShrinkageFlow integrates the flow of the hidden weights in the plane of a
// class by Euler steps that keep the relative growth of a step at 1e-4. Their error
// is of that order, as is the remaining λ₊^{1-L/2} at the end.
func TestShrinkageFlow(t *testing.T) {
	for depth := 3; depth <= 7; depth++ {
		m := make([][4]float64, depth-1) // rows v, a
		for l := range m {
			m[l] = [4]float64{1, 0, 0, 1}
		}
		r := [2]float64{0, 1}
		var tau float64
		for math.Hypot(r[0], r[1]) < 300 {
			q := make([][2]float64, depth)
			q[0] = [2]float64{1, 0}
			for l, w := range m {
				q[l+1] = [2]float64{w[0]*q[l][0] + w[1]*q[l][1], w[2]*q[l][0] + w[3]*q[l][1]}
			}
			step := 1e-4 * math.Pow(math.Hypot(r[0], r[1]), float64(2-depth))
			tau += step
			p := r
			for l := depth - 2; l >= 0; l-- {
				w := m[l]
				for i := range 2 {
					for j := range 2 {
						m[l][2*i+j] += step * p[i] * q[l][j]
					}
				}
				p = [2]float64{p[0]*w[0] + p[1]*w[2], p[0]*w[1] + p[1]*w[3]}
			}
			r[0], r[1] = r[0]+step*q[depth-1][0], r[1]+step*q[depth-1][1]
		}
		s := Shrinkage(depth)
		approx.Equal(t, "s", r[1]/math.Hypot(r[0], r[1]), s, 2e-4, 0)
		end := math.Pow(s, 2-float64(depth)) - math.Pow(300, 2-float64(depth))
		approx.Equal(t, "time at the saddle", tau*float64(depth-2), end, 1e-3, 0)
	}
}

// TestSaddleOfTrainedNetworks compares with networks trained by gradient descent.
// The theory neglects overlaps of random directions, whose squares are near
// K/d = 0.015, and the part of the time, (ε/σ)^{L-2} = 0.015 or less, in which the
// output is not negligible; the mean of the smallest singular values over five seeds
// varies by 0.5 %.
func TestSaddleOfTrainedNetworks(t *testing.T) {
	const width, lr, seeds = 200, 0.1, 5
	for depth, eps := range map[int]float64{3: 0.02, 4: 0.1} {
		var small, epochs []float64
		for seed := 1; seed <= seeds; seed++ {
			data := Must(NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50}.Generate(seed))
			net := Linear(depth, width).Build(data, Orthogonal(eps), seed)
			res := Must(Train(t.Context(), net, data, &Settings{LearningRate: lr, StopLoss: 1e-8, Epochs: 20000}))
			sigma := linalg.SingularValues(net.Layers[1].W)
			small = append(small, sigma[width-3:]...)
			approx.Equal(t, "the next larger singular value", sigma[width-4], eps, 1e-3, 0)
			half := 0
			for res.History.Loss[half] > res.History.Loss[0]/2 {
				half++
			}
			epochs = append(epochs, float64(half))
		}
		approx.Equal(t, "smallest singular values", stat.Mean(small, nil), Shrinkage(depth)*eps, 0.02, 0)
		approx.Equal(t, "epochs", stat.Mean(epochs, nil), SaddleEpochs(10, 3, Law{Depth: depth, Scale: eps}, lr), 0.03, 0)
	}
}
