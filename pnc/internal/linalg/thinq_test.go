package linalg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
)

// distanceFromOrthonormal returns max |QᵀQ - I|.
func distanceFromOrthonormal(q *mat.Dense) float64 {
	gram := Mul(true, false, q, q)
	var worst float64
	for i := range gram.RawMatrix().Rows {
		gram.Set(i, i, gram.At(i, i)-1)
		for _, v := range gram.RawRowView(i) {
			worst = max(worst, math.Abs(v))
		}
	}
	return worst
}

// TestThinQ compares with gonum's LAPACK. Q of a Gaussian matrix is determined up
// to a few roundings times its condition number, which for square matrices of this
// size is below 1e4. Q is orthonormal to a few roundings for any matrix.
func TestThinQ(t *testing.T) {
	const seed = 4
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, c := range [][2]int{{1, 1}, {7, 1}, {31, 31}, {33, 32}, {50, 30}, {64, 64}, {200, 97}} {
		rows, cols := c[0], c[1]
		a := mat.NewDense(rows, cols, nil)
		Fill(a, rnd.NormFloat64)
		q := ThinQ(a)
		var qr mat.QR
		qr.Factorize(a)
		var want, r mat.Dense
		qr.QTo(&want)
		qr.RTo(&r)
		for i := range rows {
			for j := range cols {
				approx.Equal(t, fmt.Sprint("Q of ", c), q.At(i, j), math.Copysign(want.At(i, j), r.At(j, j)*want.At(i, j)), 0, 1e-11)
			}
		}
		if e := distanceFromOrthonormal(q); e > 1e-14 {
			t.Errorf("%v: QᵀQ is off by %g", c, e)
		}
	}
	for name, f := range map[string]func(i, j int) float64{
		"zero":      func(i, j int) float64 { return 0 },
		"rank one":  func(i, j int) float64 { return float64(i+1) * float64(j+1) },
		"identity":  func(i, j int) float64 { return max(0, 1-math.Abs(float64(i-j))) },
		"tiny":      func(i, j int) float64 { return 1e-200 / float64(i+j+1) }, // a Hilbert matrix, ill-conditioned
		"two zeros": func(i, j int) float64 { return float64(j%40/2) * float64((i*j*j)%17-8) },
	} {
		a := mat.NewDense(70, 50, nil)
		a.Apply(func(i, j int, _ float64) float64 { return f(i, j) }, a)
		q := ThinQ(a)
		if e := distanceFromOrthonormal(q); !(e <= 1e-14) {
			t.Errorf("%s: QᵀQ is off by %g", name, e)
		}
		// A = Q QᵀA: the columns of Q span those of A
		span := Mul(false, false, q, Mul(true, false, q, a))
		span.Sub(span, a)
		if e := mat.Norm(span, 2); !(e <= 1e-14*mat.Norm(a, 2)) {
			t.Errorf("%s: the columns of A leave the span of Q by %g", name, e)
		}
	}
}
