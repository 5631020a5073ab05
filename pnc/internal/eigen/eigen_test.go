package eigen

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/gemm"
)

// symmetric returns a random symmetric matrix of at most the given rank. In lower, the
// elements above the diagonal, which must not be read, are NaN.
func symmetric(rnd *rand.Rand, n, rank int) (lower []float64, full *mat.SymDense) {
	x := mat.NewDense(n, rank, nil)
	for i := range n {
		for j := range rank {
			x.Set(i, j, rnd.NormFloat64())
		}
	}
	var g mat.Dense
	g.Mul(x, x.T())
	full = mat.NewSymDense(n, slices.Clone(g.RawMatrix().Data))
	lower = g.RawMatrix().Data
	for i := range n {
		for j := i + 1; j < n; j++ {
			lower[i*n+j] = math.NaN()
		}
	}
	return lower, full
}

// TestValues compares with gonum.
func TestValues(t *testing.T) {
	const seed = 1
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, n := range []int{1, 2, 3, 5, 31, 32, 33, 34, 64, 65, 100, 270} {
		for _, rank := range []int{n, (n + 2) / 3} {
			for _, scale := range []float64{1, 1e-200, 1e200} {
				lower, full := symmetric(rnd, n, rank)
				for i := range lower {
					lower[i] *= scale
				}
				got, ok := Values(n, lower)
				var e mat.EigenSym
				if !ok || !e.Factorize(full, false) {
					t.Fatalf("n=%d: no eigenvalues", n)
				}
				want := e.Values(nil) // gonum panics at the other scales
				// Both are backward stable: errors are at most a few nε‖A‖, and in
				// practice about √n ε‖A‖.
				tol := 8 * math.Sqrt(float64(n)) * 0x1p-52 * want[n-1]
				for i := range want {
					if !(math.Abs(got[i]/scale-want[i]) <= tol) {
						t.Errorf("n=%d, rank %d, scale %g: eigenvalue %d is %g, want %g ± %g", n, rank, scale, i, got[i]/scale, want[i], tol)
						break
					}
				}
			}
		}
	}
}

// TestKnownValues checks matrices whose eigenvalues are known.
func TestKnownValues(t *testing.T) {
	const n = 50
	second := make([]float64, n*n) // of second differences
	diagonal := make([]float64, n*n)
	want := make([]float64, n)
	for i := range n {
		second[i*n+i] = 2
		if i > 0 {
			second[i*n+i-1] = -1
		}
		diagonal[i*n+i] = float64(n - i)
		want[i] = 2 - 2*math.Cos(math.Pi*float64(i+1)/(n+1))
	}
	got, _ := Values(n, second)
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-14 {
			t.Errorf("eigenvalue %d of second differences: %g, want %g", i, got[i], want[i])
		}
	}
	got, _ = Values(n, diagonal)
	for i := range got {
		if got[i] != float64(i+1) {
			t.Errorf("eigenvalue %d of a diagonal matrix: %g", i, got[i])
		}
	}
	// a block that is tiny, which dsterf cannot scale
	if got, ok := Values(3, []float64{1e-180, 0, 0, 1e-180, 1e-180, 0, 0, 0, 1}); !ok || got[2] != 1 || math.Abs(got[0]) > 1e-100 {
		t.Errorf("eigenvalues of a matrix with a tiny block: %v, %v", got, ok)
	}
	if got, ok := Values(3, make([]float64, 9)); !ok || !slices.Equal(got, make([]float64, 3)) {
		t.Errorf("eigenvalues of zero: %v, %v", got, ok)
	}
}

// TestLargeMatrix checks the eigenvalues of the dense matrix with elements min(i,j),
// i, j = 1, ..., n, the inverse of a matrix of second differences. They are
//
//	1 / (4 sin²((2k-1)π / (4n+2))),   k = 1, ..., n.
//
// The matrix is large enough for every block and for goroutines: updates are made in
// several bands of rows, and the products of matrices of which they consist are
// spread over goroutines, as are products with vectors.
func TestLargeMatrix(t *testing.T) {
	n := 1100
	if testing.Short() {
		n = 700
	}
	a := make([]float64, n*n)
	for i := range n {
		for j := range i + 1 {
			a[i*n+j] = float64(j + 1)
		}
	}
	got, ok := Values(n, a)
	if !ok {
		t.Fatal("no eigenvalues")
	}
	value := func(k int) float64 {
		s := 2 * math.Sin(float64(2*k-1)*math.Pi/float64(4*n+2))
		return 1 / (s * s)
	}
	tol := 8 * math.Sqrt(float64(n)) * 0x1p-52 * value(1) // as in TestValues
	for i := range got {
		if want := value(n - i); !(math.Abs(got[i]-want) <= tol) {
			t.Errorf("eigenvalue %d is %g, want %g ± %g", i, got[i], want, tol)
		}
	}
}

// TestNoValues checks matrices that have no eigenvalues.
func TestNoValues(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got, ok := Values(2, []float64{1, 0, v, 1}); ok {
			t.Errorf("with %v: %v", v, got)
		}
	}
}

// TestThreadsGiveTheSameBits checks that the number of goroutines changes no bit.
func TestThreadsGiveTheSameBits(t *testing.T) {
	defer gemm.SetThreads(gemm.SetThreads(1))
	const n, seed = 600, 2 // enough for goroutines in both kinds of products
	lower, _ := symmetric(rand.New(rand.NewPCG(seed, 0)), n, n)
	run := func(threads int) []float64 {
		gemm.SetThreads(threads)
		v, _ := Values(n, slices.Clone(lower))
		return v
	}
	want := run(1)
	for _, threads := range []int{2, 3, 5} {
		if !slices.Equal(run(threads), want) {
			t.Errorf("seed %d: %d goroutines change the eigenvalues", seed, threads)
		}
	}
}

// BenchmarkValues compares with gonum.
func BenchmarkValues(b *testing.B) {
	for _, n := range []int{256, 1024, 2048} {
		lower, full := symmetric(rand.New(rand.NewPCG(3, 0)), n, n)
		a := make([]float64, n*n)
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			for b.Loop() {
				copy(a, lower)
				Values(n, a)
			}
		})
		b.Run(fmt.Sprintf("n=%d/gonum", n), func(b *testing.B) {
			for b.Loop() {
				var e mat.EigenSym
				e.Factorize(full, false)
			}
		})
	}
}
