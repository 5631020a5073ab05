package pnc

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
	"pnclab/pnc/internal/random"
)

// TestAlign checks Procrustes alignment against a search over all angles in the plane,
// and that turned points are turned back exactly in more dimensions.
func TestAlign(t *testing.T) {
	const seed = 4
	rnd := random.New(seed, random.Data)
	z, to := mat.NewDense(12, 2, nil), mat.NewDense(12, 2, nil)
	linalg.Fill(z, rnd.NormFloat64)
	linalg.Fill(to, rnd.NormFloat64)
	distance := func(a, b mat.Matrix) float64 {
		var d mat.Dense
		d.Sub(a, b)
		return mat.Norm(&d, 2)
	}
	best := math.Inf(1)
	const steps = 100_000
	for i := range steps {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / steps)
		for _, flip := range []float64{1, -1} {
			var turned mat.Dense
			turned.Mul(z, mat.NewDense(2, 2, []float64{cos, sin, -flip * sin, flip * cos}))
			best = min(best, distance(&turned, to))
		}
	}
	// At half a step from the best angle, the distance is off by its square.
	approx.Equal(t, "distance", distance(Align(z, to), to), best, 1e-8, 0)

	x := mat.NewDense(20, 6, nil)
	linalg.Fill(x, rnd.NormFloat64)
	turned := linalg.Mul(false, false, x, linalg.Haar(6, 6, rnd))
	if !mat.EqualApprox(Align(turned, x), x, 1e-13) {
		t.Errorf("seed %d: turned points were not turned back", seed)
	}

	bad := mat.DenseCopyOf(z)
	bad.Set(0, 0, math.NaN())
	for _, test := range []struct {
		what string
		z    *mat.Dense
	}{{"other shapes", x}, {"NaN", bad}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", test.what)
				}
			}()
			Align(test.z, to)
		}()
	}
}
