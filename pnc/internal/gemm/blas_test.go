package gemm

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/mat"
)

func TestSyrkAgainstGonum(t *testing.T) {
	const seed = 10
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for round := range 300 {
		n, k := rnd.IntN(30), rnd.IntN(40)
		if round%50 == 0 {
			n = 200 + rnd.IntN(300) // several bands
		}
		ul := []blas.Uplo{blas.Upper, blas.Lower}[rnd.IntN(2)]
		tA := []blas.Transpose{blas.NoTrans, blas.Trans}[rnd.IntN(2)]
		a := newOperand[float64](rnd, n, k)
		if tA == blas.Trans {
			a = newOperand[float64](rnd, k, n)
		}
		alpha := []float64{0, 1, rnd.NormFloat64()}[rnd.IntN(3)]
		beta := []float64{0, 1, rnd.NormFloat64()}[rnd.IntN(3)]
		c := newOperand[float64](rnd, n, n)
		want := c.clone()
		if beta == 0 { // old values must not count, although in gonum they may
			for i := range n {
				for j := range n {
					if (ul == blas.Upper) == (j >= i) || i == j {
						c.data()[i*c.ld+j] = math.NaN()
						want.data()[i*c.ld+j] = 0
					}
				}
			}
		}
		BLAS{}.Dsyrk(ul, tA, n, k, alpha, a.data(), a.ld, beta, c.data(), c.ld)
		gonum.Implementation{}.Dsyrk(ul, tA, n, k, alpha, a.data(), a.ld, beta, want.data(), want.ld)
		// Up to 40 products of normal numbers, mostly below 3 each, and α, β as
		// well: sums below 1000, with an error below 100 roundings of that.
		const tol = 1000 * 100 * 0x1p-53
		for i, w := range want.all {
			if g := c.all[i]; math.Abs(g-w) > tol || math.IsNaN(g) != math.IsNaN(w) {
				t.Fatalf("%c %c n=%d k=%d α=%v β=%v: element %d is %v, want %v", ul, tA, n, k, alpha, beta, i, g, w)
			}
		}
	}
}

// TestGonumWithBLAS has gonum decompose a matrix with these products and multiplies
// the factors.
func TestGonumWithBLAS(t *testing.T) {
	before := blas64.Implementation()
	blas64.Use(BLAS{})
	defer blas64.Use(before)

	const n, seed = 150, 11
	rnd := rand.New(rand.NewPCG(seed, 0))
	a := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			a.Set(i, j, rnd.NormFloat64())
		}
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDFull) {
		t.Fatal("no singular value decomposition")
	}
	var u, v, us, usv mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	us.Mul(&u, mat.NewDiagDense(n, svd.Values(nil)))
	usv.Mul(&us, v.T())
	// The error of a backward stable decomposition is a modest multiple of n·u·‖A‖,
	// where ‖A‖ is about 2√n for normal entries.
	if tol := 10 * n * 0x1p-53 * 2 * math.Sqrt(n); !mat.EqualApprox(&usv, a, tol) {
		t.Errorf("seed %d: UΣVᵀ differs from A by more than %.2g", seed, tol)
	}
}

func TestBLASPanics(t *testing.T) {
	one := []float64{1}
	for want, f := range map[string]func(){
		"gemm: bad transpose":            func() { BLAS{}.Dgemm('x', blas.NoTrans, 1, 1, 1, 1, one, 1, one, 1, 0, one, 1) },
		"gemm: bad triangle":             func() { BLAS{}.Dsyrk('x', blas.NoTrans, 1, 1, 1, one, 1, 0, one, 1) },
		"gemm: insufficient length of a": func() { BLAS{}.Ssyrk(blas.Upper, blas.Trans, 1, 2, 1, []float32{1}, 1, 0, []float32{1}, 1) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("got %v, want panic %q", got, want)
				}
			}()
			f()
		}()
	}
}
