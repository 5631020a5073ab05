package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"pnclab/pnc/internal/gemm/isa"
)

// onEveryPath runs f once on each path the machine has.
func onEveryPath(t *testing.T, f func(t *testing.T)) {
	best := isa.Current()
	defer func() {
		if err := isa.Use(best); err != nil {
			t.Fatal(err)
		}
	}()
	for _, p := range isa.Available() {
		if err := isa.Use(p); err != nil {
			t.Fatal(err)
		}
		t.Run(p.String(), f)
	}
}

// guard is the value of the elements of a matrix's slice that are outside the matrix.
const guard = -12345

// operand is a random matrix inside a slice, with guards before it, after it and
// between its rows.
type operand[T Float] struct {
	rows, cols, ld int
	before         int
	all            []T
}

func newOperand[T Float](rnd *rand.Rand, rows, cols int) operand[T] {
	return newStrided[T](rnd, rows, cols, cols+rnd.IntN(3)*rnd.IntN(9))
}

// newStrided returns an operand with the given leading dimension, or 1 if that is
// less.
func newStrided[T Float](rnd *rand.Rand, rows, cols, ld int) operand[T] {
	o := operand[T]{rows: rows, cols: cols, ld: max(1, ld), before: rnd.IntN(9)}
	o.all = make([]T, o.before+max(0, (rows-1)*o.ld+cols)+17)
	for i := range o.all {
		o.all[i] = guard
	}
	for i := range rows {
		for j := range cols {
			o.data()[i*o.ld+j] = T(rnd.NormFloat64())
		}
	}
	return o
}

// data returns the slice that begins and ends with the matrix.
func (o operand[T]) data() []T { return o.all[o.before : len(o.all)-17 : len(o.all)-17] }

func (o operand[T]) clone() operand[T] {
	o.all = append([]T(nil), o.all...)
	return o
}

// intact returns an error if a guard has been overwritten.
func (o operand[T]) intact() error {
	for i, v := range o.all {
		p := i - o.before
		if inside := p >= 0 && o.cols > 0 && p%o.ld < o.cols && p/o.ld < o.rows; !inside && v != guard {
			return fmt.Errorf("element %d outside the %d×%d matrix was written", p, o.rows, o.cols)
		}
	}
	return nil
}

// problem is a random product.
type problem[T Float] struct {
	ta, tb      bool
	m, n, k     int
	alpha, beta T
	a, b, c     operand[T]
}

func newProblem[T Float](rnd *rand.Rand, m, n, k int) problem[T] {
	coefficients := []T{0, 1, -1, 0.5, T(rnd.NormFloat64())}
	ta, tb := rnd.IntN(2) == 0, rnd.IntN(2) == 0
	p := problem[T]{m: m, n: n, k: k, alpha: coefficients[rnd.IntN(5)], beta: coefficients[rnd.IntN(5)]}
	p.transpose(rnd, ta, tb)
	p.c = newOperand[T](rnd, m, n)
	if p.beta == 0 { // must be overwritten
		for i := range m {
			for j := range n {
				p.c.data()[i*p.c.ld+j] = T(math.NaN())
			}
		}
	}
	return p
}

// transpose replaces A and B by new random matrices, stored transposed or not.
func (p *problem[T]) transpose(rnd *rand.Rand, ta, tb bool) {
	p.ta, p.tb = ta, tb
	if ta {
		p.a = newOperand[T](rnd, p.k, p.m)
	} else {
		p.a = newOperand[T](rnd, p.m, p.k)
	}
	if tb {
		p.b = newOperand[T](rnd, p.n, p.k)
	} else {
		p.b = newOperand[T](rnd, p.k, p.n)
	}
}

// gonum returns the product that gonum computes in float64 after f is applied to
// every element and coefficient.
func (p problem[T]) gonum(f func(float64) float64) []float64 {
	wide := func(o operand[T]) []float64 {
		w := make([]float64, len(o.data()))
		for i, v := range o.data() {
			w[i] = f(float64(v))
		}
		return w
	}
	ta, tb := blas.NoTrans, blas.NoTrans
	if p.ta {
		ta = blas.Trans
	}
	if p.tb {
		tb = blas.Trans
	}
	c := wide(p.c)
	gonum.Implementation{}.Dgemm(ta, tb, p.m, p.n, p.k, f(float64(p.alpha)), wide(p.a), p.a.ld, wide(p.b), p.b.ld, f(float64(p.beta)), c, p.c.ld)
	return c
}

func (p problem[T]) String() string {
	return fmt.Sprintf("%T ta=%t tb=%t %d×%d×%d α=%v β=%v lda=%d ldb=%d ldc=%d",
		p.alpha, p.ta, p.tb, p.m, p.n, p.k, p.alpha, p.beta, p.a.ld, p.b.ld, p.c.ld)
}

// mul returns the product by Mul.
func (p problem[T]) mul() operand[T] {
	c := p.c.clone()
	Mul(p.ta, p.tb, p.m, p.n, p.k, p.alpha, p.a.data(), p.a.ld, p.b.data(), p.b.ld, p.beta, c.data(), c.ld)
	return c
}

// reference returns the product computed by gonum in float64, and for each element
// of C a bound of the difference from it. An inner product of k terms, summed in any
// order, has an error of at most γ(k)·Σ|a||b|, γ(k) = ku/(1-ku) with u the unit
// roundoff (Higham, Accuracy and Stability of Numerical Algorithms, §3.1). The
// products by α and β, their sum and the sum of blocks take a few more roundings.
// For float64, gonum's error has the same bound; hence the factor of two.
func (p problem[T]) reference() (want, bound []float64) {
	u := 0x1p-53
	if sizeof[T]() == 4 {
		u = 0x1p-24
	}
	ops := float64(p.k + 8)
	gamma := 2 * ops * u / (1 - ops*u)
	want, bound = p.gonum(func(x float64) float64 { return x }), p.gonum(math.Abs)
	for i := range bound {
		bound[i] *= gamma
	}
	return want, bound
}

// check compares c with the reference.
func (p problem[T]) check(c operand[T]) error {
	want, bound := p.reference()
	return c.near(want, bound)
}

// near returns an error if an element differs from that in want, which has the same
// leading dimension, by more than its bound, or if a guard has been overwritten.
func (o operand[T]) near(want, bound []float64) error {
	for i := range o.rows {
		for j := range o.cols {
			at := i*o.ld + j
			if got := float64(o.data()[at]); !(math.Abs(got-want[at]) <= bound[at]) {
				return fmt.Errorf("C[%d,%d] = %v, want %v ± %.2g", i, j, got, want[at], bound[at])
			}
		}
	}
	return o.intact()
}

// sizes draws dimensions: mostly small ones, where the edge cases are, and some
// larger than the blocks into which A, B and the depth are cut.
func sizes(rnd *rand.Rand) (m, n, k int) {
	size := func(limit int) int {
		switch rnd.IntN(8) {
		case 0:
			return rnd.IntN(4)
		case 1:
			return rnd.IntN(limit)
		case 2:
			return 16 * rnd.IntN(5)
		}
		return rnd.IntN(70)
	}
	return size(300), size(400), size(1000)
}

func TestMulAgainstGonum(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		t.Run("float32", testAgainstGonum[float32])
		t.Run("float64", testAgainstGonum[float64])
	})
}

func testAgainstGonum[T Float](t *testing.T) {
	const seed = 1
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	rounds := 1500
	if testing.Short() || raceEnabled {
		rounds = 150
	}
	for range rounds {
		m, n, k := sizes(rnd)
		p := newProblem[T](rnd, m, n, k)
		if err := p.check(p.mul()); err != nil {
			t.Fatalf("%v: %v", p, err)
		}
	}
}

// TestMulLarge reaches code that small products do not: bands of rows that share a
// packed B, several sections of B, blocks that do not have all rows.
func TestMulLarge(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, s := range [][3]int{{600, 500, 400}, {1100, 90, 130}, {400, 1500, 20}, {200, 200, 20000}} {
			const seed = 2
			rnd := rand.New(rand.NewPCG(seed, uint64(s[0])))
			p := newProblem[float32](rnd, s[0], s[1], s[2])
			if err := p.check(p.mul()); err != nil {
				t.Errorf("seed %d: %v: %v", seed, p, err)
			}
			if testing.Short() {
				break
			}
		}
	})
}

func TestMulSpecialValues(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		const seed = 3
		rnd := rand.New(rand.NewPCG(seed, 0))
		special := []float64{0, 0, 1, -2, math.NaN(), math.Inf(1), math.Inf(-1)}
		for range 300 {
			m, n, k := 1+rnd.IntN(30), 1+rnd.IntN(40), 1+rnd.IntN(9)
			p := newProblem[float64](rnd, m, n, k)
			// Mostly small integers, so that sums are exact.
			for _, o := range []operand[float64]{p.a, p.b, p.c} {
				for i := range o.rows {
					for j := range o.cols {
						v := float64(rnd.IntN(5) - 2)
						if rnd.IntN(10*k) == 0 {
							v = special[rnd.IntN(len(special))]
						}
						o.data()[i*o.ld+j] = v
					}
				}
			}
			p.alpha, p.beta = 1, []float64{0, 1, 2}[rnd.IntN(3)]
			got := p.mul()
			for i := range m {
				for j := range n {
					want := 0.0
					if p.beta != 0 {
						want = p.beta * p.c.data()[i*p.c.ld+j]
					}
					for l := range k {
						a, b := i*p.a.ld+l, l*p.b.ld+j
						if p.ta {
							a = l*p.a.ld + i
						}
						if p.tb {
							b = j*p.b.ld + l
						}
						want += p.a.data()[a] * p.b.data()[b]
					}
					if v := got.data()[i*got.ld+j]; v != want && !(math.IsNaN(v) && math.IsNaN(want)) {
						t.Fatalf("seed %d: %v: C[%d,%d] = %v, want %v", seed, p, i, j, v, want)
					}
				}
			}
		}
	})
}

func TestMulNothingToAdd(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		name        string
		k           int
		alpha, beta float64
		want        []float64
	}{
		{"k=0", 0, 1, 2, []float64{2, 4, guard, 6, 8}},
		{"k=0 β=0", 0, 1, 0, []float64{0, 0, guard, 0, 0}},
		{"k=0 β=1", 0, 1, 1, []float64{1, 2, guard, 3, 4}},
		{"α=0", 1, 0, 2, []float64{2, 4, guard, 6, 8}},
		{"α=0 β=0", 1, 0, 0, []float64{0, 0, guard, 0, 0}},
	} {
		a := []float64{nan, nan}[:2*test.k]
		c := []float64{1, 2, guard, 3, 4}
		Mul(false, false, 2, 2, test.k, test.alpha, a, 1, a, 2, test.beta, c, 3)
		for i := range c {
			if c[i] != test.want[i] {
				t.Errorf("%s: got %v, want %v", test.name, c, test.want)
				break
			}
		}
	}
	// No rows or no columns: nothing is touched.
	Mul(false, false, 0, 3, 2, 1, nil, 2, make([]float64, 6), 3, 0, nil, 3)
	Mul(false, false, 3, 0, 2, 1, make([]float64, 6), 2, nil, 1, 0, nil, 1)
}

func TestMulPanics(t *testing.T) {
	six := make([]float32, 6)
	for _, test := range []struct {
		name    string
		ta, tb  bool
		m, n, k int
		a       []float32
		lda     int
		b       []float32
		ldb     int
		c       []float32
		ldc     int
		want    string
	}{
		{"m", false, false, -1, 2, 3, six, 3, six, 2, six, 2, "gemm: m < 0"},
		{"n", false, false, 2, -1, 3, six, 3, six, 2, six, 2, "gemm: n < 0"},
		{"k", false, false, 2, 2, -1, six, 3, six, 2, six, 2, "gemm: k < 0"},
		{"lda", false, false, 2, 2, 3, six, 2, six, 2, six, 2, "gemm: bad leading dimension of A"},
		{"lda transposed", true, false, 2, 2, 3, six, 1, six, 2, six, 2, "gemm: bad leading dimension of A"},
		{"ldb", false, false, 2, 2, 3, six, 3, six, 1, six, 2, "gemm: bad leading dimension of B"},
		{"ldb transposed", false, true, 2, 2, 3, six, 3, six, 2, six, 2, "gemm: bad leading dimension of B"},
		{"ldc", false, false, 2, 2, 3, six, 3, six, 2, six, 1, "gemm: bad leading dimension of C"},
		{"lda=0", false, false, 2, 2, 0, six, 0, six, 2, six, 2, "gemm: bad leading dimension of A"},
		{"short a", false, false, 2, 2, 3, six[:5], 3, six, 2, six, 2, "gemm: insufficient length of a"},
		{"short b", false, false, 2, 2, 3, six, 3, six[:5], 2, six, 2, "gemm: insufficient length of b"},
		{"short b transposed", false, true, 2, 2, 3, six, 3, six[:5], 3, six, 2, "gemm: insufficient length of b"},
		{"short c", false, false, 2, 2, 3, six, 3, six, 2, six[:3], 2, "gemm: insufficient length of c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != test.want {
					t.Errorf("got %v, want panic %q", got, test.want)
				}
			}()
			Mul(test.ta, test.tb, test.m, test.n, test.k, 1, test.a, test.lda, test.b, test.ldb, 0, test.c, test.ldc)
		})
	}
}
