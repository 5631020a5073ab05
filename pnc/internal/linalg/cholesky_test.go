package linalg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/gemm"
)

// positive returns XᵀX + shift I for a Gaussian X of rows×n.
func positive(rnd *rand.Rand, rows, n int, shift float64) *mat.SymDense {
	x := mat.NewDense(rows, n, nil)
	Fill(x, rnd.NormFloat64)
	var a mat.SymDense
	a.SymOuterK(1, x.T())
	for i := range n {
		a.SetSym(i, i, a.At(i, i)+shift)
	}
	return &a
}

// absolute returns |Uᵀ||U| of the factor.
func absolute(c *Cholesky) (u, product *mat.Dense) {
	u = mat.NewDense(c.n, c.n, nil)
	size := mat.NewDense(c.n, c.n, nil)
	for i := range c.n {
		for j := i; j < c.n; j++ {
			u.Set(i, j, c.u[i*c.n+j])
			size.Set(i, j, math.Abs(c.u[i*c.n+j]))
		}
	}
	return u, Mul(true, false, size, size)
}

// TestCholesky holds factors and solutions against the bounds of their errors, for orders
// around those at which halves are divided, for well and ill conditioned matrices, and
// against gonum's where the matrix is well conditioned.
func TestCholesky(t *testing.T) {
	const seed, unit = 7, 0x1p-53
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, n := range []int{1, 2, 23, 24, 25, 48, 49, 97, 200, 311} {
		for _, c := range []struct {
			rows         int
			shift, scale float64
		}{{2 * n, float64(n), 1}, {n/2 + 1, 1e-9, 1}, {2 * n, 1, 1e-200}} {
			name := fmt.Sprintf("n=%d, %d rows, shift %g, scale %g", n, c.rows, c.shift, c.scale)
			a := positive(rnd, c.rows, n, c.shift)
			a.ScaleSym(c.scale, a)
			const right = 5
			b := mat.NewDense(n, right, nil)
			Fill(b, rnd.NormFloat64)
			b.Scale(c.scale, b)

			below := mat.NewSymDense(n, nil)
			below.CopySym(a)
			for i := range n { // which must not be read
				for j := range i {
					below.RawSymmetric().Data[i*n+j] = math.NaN()
				}
			}
			var f Cholesky
			if !f.Factorize(below) {
				t.Fatalf("%s: not positive definite", name)
			}
			x := mat.DenseCopyOf(b)
			f.Solve(x)

			u, size := absolute(&f)
			product := Mul(true, false, u, u)
			// The product that the factor is checked with rounds as often.
			for i := range n {
				for j := i; j < n; j++ {
					if e := math.Abs(product.At(i, j) - a.At(i, j)); !(e <= float64(2*n+3)*unit*size.At(i, j)) {
						t.Fatalf("%s: element %d, %d of UᵀU is off by %g, its size is %g", name, i, j, e, size.At(i, j))
					}
				}
			}
			var ax, bound, abs mat.Dense
			ax.Mul(a, x)
			abs.Apply(func(_, _ int, v float64) float64 { return math.Abs(v) }, x)
			bound.Mul(size, &abs)
			for i := range n {
				for j := range right {
					// and so does the product with X
					if e := math.Abs(ax.At(i, j) - b.At(i, j)); !(e <= float64(4*n+10)*unit*bound.At(i, j)) {
						t.Fatalf("%s: element %d, %d of AX is off by %g, the bound is %g", name, i, j, e, float64(4*n+10)*unit*bound.At(i, j))
					}
				}
			}
			if c.shift == float64(n) {
				var theirs mat.Cholesky
				var want mat.Dense
				if !theirs.Factorize(a) || theirs.SolveTo(&want, b) != nil {
					t.Fatalf("%s: gonum cannot solve it", name)
				}
				// Its condition is below 10: eigenvalues of XᵀX are below 6n.
				approx.All(t, name, x.RawMatrix().Data, want.RawMatrix().Data, 0, 1e-12)
			}
		}
	}
}

// TestCholeskyRefuses requires matrices that are not positive definite to be called so, at
// the first pivot and at later ones.
func TestCholeskyRefuses(t *testing.T) {
	const n = 80
	for _, at := range []int{0, 1, 23, 24, 41, n - 1} {
		for _, bad := range []float64{0, -1, math.NaN(), math.Inf(1)} {
			a := mat.NewSymDense(n, nil)
			for i := range n {
				a.SetSym(i, i, 1)
			}
			a.SetSym(at, at, bad)
			if new(Cholesky).Factorize(a) {
				t.Errorf("pivot %d is %g: called positive definite", at, bad)
			}
		}
	}
}

// TestCholeskyThreads requires the same bits from any number of goroutines, of a matrix
// large enough for its products to be shared.
func TestCholeskyThreads(t *testing.T) {
	const n = 700
	a := positive(rand.New(rand.NewPCG(3, 0)), n, n, 1)
	factor := func(threads int) []float64 {
		defer gemm.SetThreads(gemm.SetThreads(threads))
		b := mat.NewSymDense(n, nil)
		b.CopySym(a)
		var f Cholesky
		if !f.Factorize(b) {
			t.Fatal("not positive definite")
		}
		x := mat.NewDense(n, 3, slices.Repeat([]float64{1}, 3*n))
		f.Solve(x)
		return append(f.u, x.RawMatrix().Data...)
	}
	if want := factor(1); !slices.Equal(factor(2), want) || !slices.Equal(factor(5), want) {
		t.Error("the factor depends on the number of goroutines")
	}
}

func BenchmarkCholesky(b *testing.B) {
	const n = 784
	a := positive(rand.New(rand.NewPCG(3, 0)), n, n, 1)
	copied := mat.NewSymDense(n, nil)
	for b.Loop() {
		copied.CopySym(a)
		new(Cholesky).Factorize(copied)
	}
}
