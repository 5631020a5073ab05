package pnc

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// TestTriangularNetwork evaluates the network of the construction: its output, ranks, cost
// and objective, against collapse and on both sides of the threshold.
func TestTriangularNetwork(t *testing.T) {
	for r := 4; r <= 7; r++ {
		k := r * (r - 1) / 2
		data := Must(OneHot{Classes: k, PerClass: 1}.Generate(1))
		for depth := 3; depth <= 7; depth++ {
			const scale = 0.7
			name := fmt.Sprintf("pairs of %d, depth %d", r, depth)
			net := TriangularNetwork(r, depth, scale)
			features := net.Forward(data, depth-1, depth)
			want := Identity(scale).weights(k, k, nil)
			if !mat.EqualApprox(features[1], want, 1e-13) {
				t.Errorf("%s: the output is not %v times the labels", name, scale)
			}
			if !mat.EqualApprox(features[0], Identity(features[0].At(0, 0)).weights(k, k, nil), 1e-13) {
				t.Errorf("%s: the features of the last hidden layer are not collapsed", name)
			}
			for l := range depth - 1 {
				if rank := NumericalRank(linalg.SingularValues(net.Layers[l].W), 1-1e-9); rank > r {
					t.Errorf("%s: the weights of layer %d have rank %d", name, l+1, rank)
				}
			}
			cost := math.Pow(math.Pow(float64(k), 3)*math.Pow(float64(r), float64(depth-2))/2, 1/float64(depth))
			approx.Equal(t, name+": cost", RepresentationCost(net), cost*math.Pow(scale, 2/float64(depth)), 1e-13, 0)

			const decay = 0.01
			s, e := ShrunkenScale(cost, depth, decay)
			approx.Equal(t, name+": objective", Objective(TriangularNetwork(r, depth, s), data, &Settings{WeightDecay: decay}), e, 1e-12, 0)
			_, collapsed := ShrunkenScale(float64(k), depth, decay)
			below := depth >= 4 && math.Pow(2, float64(depth-4))*float64(r) < math.Pow(float64(r-1), float64(depth-3))
			if below != (e < collapsed) || below != (depth >= 5) {
				t.Errorf("%s: objective %v, of collapse %v", name, e, collapsed)
			}
		}
	}
	expectPanic(t, "three points", func() { TriangularNetwork(3, 5, 1) })
	expectPanic(t, "depth 2", func() { TriangularNetwork(4, 2, 1) })
	expectPanic(t, "no scale", func() { TriangularNetwork(4, 5, 0) })
}
