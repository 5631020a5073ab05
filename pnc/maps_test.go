package pnc

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
)

// TestMapsOfExtremeScales checks that maps and what is said of them do not change when
// data are multiplied by a power of two, however large or small.
func TestMapsOfExtremeScales(t *testing.T) {
	const seed = 5
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	z := mat.NewDense(60, 4, nil)
	linalg.Fill(z, rnd.NormFloat64)
	labels := make([]int, 60)
	for i := range labels {
		labels[i] = i % 2
		z.Set(i, 0, z.At(i, 0)+3*float64(i%2))
	}
	o := &UMAPOptions{Epochs: 20, Seed: 1}
	want := UMAP(z, o)
	trust, agree := Trustworthiness(z, want, 5), NeighborAgreement(z, labels, 5)
	for _, e := range []int{-1000, -600, 512, 700, 1010} { // 1e±300, 1e154, 1e210
		var scaled, far mat.Dense
		scaled.Apply(func(_, _ int, v float64) float64 { return math.Ldexp(v, e) }, z)
		far.Apply(func(_, _ int, v float64) float64 { return math.Ldexp(v, e) }, want)
		if got := UMAP(&scaled, o); !mat.EqualApprox(got, want, 1e-9) {
			t.Errorf("2^%d: another map", e)
		}
		if got := Trustworthiness(&scaled, &far, 5); got != trust {
			t.Errorf("2^%d: trustworthiness %v, want %v", e, got, trust)
		}
		if got := NeighborAgreement(&scaled, labels, 5); got != agree {
			t.Errorf("2^%d: agreement %v, want %v", e, got, agree)
		}
	}
}
