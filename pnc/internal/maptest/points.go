// Package maptest provides data for tests of nearest neighbours and maps.
package maptest

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
)

// Clouds returns n samples of dimension d around ten points far from the origin.
func Clouds(n, d int, spread, offset float64, seed int) *mat.Dense {
	rnd := rand.New(rand.NewPCG(uint64(seed), 0))
	centres, z := mat.NewDense(10, d, nil), mat.NewDense(n, d, nil)
	linalg.Fill(centres, func() float64 { return offset + rnd.NormFloat64() })
	for i := range n {
		for j := range d {
			z.Set(i, j, centres.At(i%10, j)+spread*rnd.NormFloat64())
		}
	}
	return z
}

// Sheet returns n samples of a curved two-dimensional surface in d dimensions, with
// a little noise.
func Sheet(n, d int, seed int) *mat.Dense {
	rnd := rand.New(rand.NewPCG(uint64(seed), 1))
	frequency, phase := mat.NewDense(2, d, nil), make([]float64, d)
	linalg.Fill(frequency, rnd.NormFloat64)
	for j := range phase {
		phase[j] = 2 * math.Pi * rnd.Float64()
	}
	z := mat.NewDense(n, d, nil)
	for i := range n {
		u, v := rnd.Float64(), rnd.Float64()
		for j := range d {
			z.Set(i, j, math.Sin(frequency.At(0, j)*u+frequency.At(1, j)*v+phase[j])+1e-3*rnd.NormFloat64())
		}
	}
	return z
}
