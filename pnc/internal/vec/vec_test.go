package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pnclab/pnc/internal/gemm/isa"
)

// onEveryPath runs f for both types on each path the machine has.
func onEveryPath(t *testing.T, f32, f64 func(t *testing.T)) {
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
		t.Run(p.String()+"/float32", f32)
		t.Run(p.String()+"/float64", f64)
	}
}

// lengths leave every remainder after whole vectors and after rounds of up to four of
// them, which have at most 64 elements; the largest take several rounds.
var lengths = append(upTo(70), 127, 128, 129, 1000)

func upTo(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// vectors are slices of the same length with guards before and after them.
type vectors[T Float] struct {
	n   int
	all [][]T
}

const guard, fringe = -12345, 40

func newVectors[T Float](rnd *rand.Rand, count, n int) vectors[T] {
	v := vectors[T]{n: n}
	for range count {
		s := make([]T, n+2*fringe)
		for i := range s {
			s[i] = guard
			if i >= fringe && i < fringe+n {
				s[i] = T(rnd.NormFloat64())
			}
		}
		v.all = append(v.all, s)
	}
	return v
}

func (v vectors[T]) at(i int) []T { return v.all[i][fringe : fringe+v.n : fringe+v.n] }

// roundoff is the unit roundoff of T.
func roundoff[T Float]() float64 {
	if T(1)+T(0x1p-30) == 1 {
		return 0x1p-24
	}
	return 0x1p-53
}

// compare compares the vectors with those that a plain loop in float64 computed from
// the same operands. bound is an upper bound of the terms of each element.
func (v vectors[T]) compare(want [][]float64, roundings int, bound float64) error {
	tol := float64(roundings) * roundoff[T]() * bound
	for i, s := range v.all {
		for j, got := range s {
			p := j - fringe
			if p < 0 || p >= v.n {
				if got != guard {
					return fmt.Errorf("element %d of vector %d, outside, was written", p, i)
				}
				continue
			}
			if w := want[i][p]; !(math.Abs(float64(got)-w) <= tol) {
				return fmt.Errorf("element %d of vector %d is %v, want %v ± %.2g", p, i, got, w, tol)
			}
		}
	}
	return nil
}

// wide returns the vectors in float64.
func (v vectors[T]) wide() [][]float64 {
	w := make([][]float64, len(v.all))
	for i := range w {
		for _, x := range v.at(i) {
			w[i] = append(w[i], float64(x))
		}
	}
	return w
}

func TestElementwise(t *testing.T) {
	onEveryPath(t, testElementwise[float32], testElementwise[float64])
}

func testElementwise[T Float](t *testing.T) {
	const seed = 1
	rnd := rand.New(rand.NewPCG(seed, 0))
	max0 := func(x float64) float64 { return math.Max(0, x) }
	if0 := func(d, y float64) float64 {
		if y > 0 {
			return d
		}
		return 0
	}
	for _, n := range lengths {
		// Coefficients are below 1 in absolute value, so that a result is below the
		// sum of the operands': at most four normal numbers, each below 8.
		var c [4]T
		var w [4]float64
		for i := range c {
			c[i] = T(2*rnd.Float64() - 1)
			w[i] = float64(c[i])
		}
		fn := float64(max(n, 1))
		for _, test := range []struct {
			name string
			call func(v vectors[T])
			want func(v [][]float64, i int)
		}{
			{"Scale",
				func(v vectors[T]) { Scale(c[0], v.at(0)) },
				func(v [][]float64, i int) { v[0][i] *= w[0] }},
			{"Axpy",
				func(v vectors[T]) { Axpy(c[0], v.at(0), v.at(1)) },
				func(v [][]float64, i int) { v[1][i] += w[0] * v[0][i] }},
			{"SGD",
				func(v vectors[T]) { SGD(v.at(0), v.at(1), v.at(2), c[0], c[1], c[2]) },
				func(v [][]float64, i int) {
					v[1][i] = w[1]*v[1][i] + v[2][i] + w[2]*v[0][i]
					v[0][i] -= w[0] * v[1][i]
				}},
			{"Descend",
				func(v vectors[T]) { Descend(v.at(0), v.at(1), c[0], c[2]) },
				func(v [][]float64, i int) {
					v[1][i] += w[2] * v[0][i]
					v[0][i] -= w[0] * v[1][i]
				}},
			// On a quarter of the numbers, so that their squares are below the bound too,
			// and with averages of squares that are not negative. An error of g changes
			// √v by no more than itself, and Eps of at least 1 amplifies nothing.
			{"Adam",
				func(v vectors[T]) {
					for i := range n {
						for j := range 4 {
							v.at(j)[i] /= 4
						}
						v.at(2)[i] = max(v.at(2)[i], -v.at(2)[i])
					}
					Adam(v.at(0), v.at(1), v.at(2), v.at(3), AdamRates[T]{c[0], c[1] * c[1], c[2] * c[2], c[3], 2 + c[3], c[2], c[1]})
				},
				func(v [][]float64, i int) {
					for j := range 4 {
						v[j][i] /= 4
					}
					g := v[3][i] + w[2]*v[0][i]
					v[1][i] += w[0] * (g - v[1][i])
					v[2][i] = w[1]*w[1]*math.Abs(v[2][i]) + w[2]*w[2]*g*g
					v[0][i] = w[1]*v[0][i] - w[3]*v[1][i]/(math.Sqrt(v[2][i])+2+w[3])
				}},
			{"ReLU",
				func(v vectors[T]) { ReLU(v.at(0), v.at(1), c[0]) },
				func(v [][]float64, i int) { v[0][i] = max0(v[1][i] + w[0]) }},
			{"ReLU in place",
				func(v vectors[T]) { ReLU(v.at(0), v.at(0), c[0]) },
				func(v [][]float64, i int) { v[0][i] = max0(v[0][i] + w[0]) }},
			{"ReLUBackward",
				func(v vectors[T]) { ReLUBackward(v.at(0), v.at(1), v.at(2)) },
				func(v [][]float64, i int) { v[0][i] = if0(v[1][i], v[2][i]) }},
			{"Larger",
				func(v vectors[T]) { Larger(v.at(0), v.at(1)) },
				func(v [][]float64, i int) { v[0][i] = max(v[0][i], v[1][i]) }},
			{"LargerBackward",
				func(v vectors[T]) { LargerBackward(v.at(0), v.at(1), v.at(2), v.at(3)) },
				func(v [][]float64, i int) {
					v[0][i] = 0
					if v[2][i] >= v[3][i] {
						v[0][i], v[1][i] = v[1][i], 0
					}
				}},
			{"Normalize",
				func(v vectors[T]) { Normalize(v.at(0), v.at(1), v.at(2), c[0], c[1], c[2], c[3]) },
				func(v [][]float64, i int) {
					v[0][i] = (v[2][i] - w[0]) * w[1]
					v[1][i] = w[2]*v[0][i] + w[3]
				}},
			{"NormalizeReLU",
				func(v vectors[T]) { NormalizeReLU(v.at(0), v.at(1), v.at(2), c[0], c[1], c[2], c[3]) },
				func(v [][]float64, i int) {
					v[0][i] = (v[2][i] - w[0]) * w[1]
					v[1][i] = max0(w[2]*v[0][i] + w[3])
				}},
			{"NormalizeReLU in place",
				func(v vectors[T]) { NormalizeReLU(v.at(0), v.at(1), v.at(1), c[0], c[1], c[2], c[3]) },
				func(v [][]float64, i int) {
					v[0][i] = (v[1][i] - w[0]) * w[1]
					v[1][i] = max0(w[2]*v[0][i] + w[3])
				}},
			{"NormalizeBackward",
				func(v vectors[T]) { NormalizeBackward(v.at(0), v.at(1), v.at(2), c[0], c[1], c[2], c[3]) },
				func(v [][]float64, i int) {
					v[0][i] = w[0] * w[1] * (v[1][i] - w[2]/fn - v[2][i]*w[3]/fn)
				}},
			{"NormalizeReLUBackward",
				func(v vectors[T]) { NormalizeReLUBackward(v.at(0), v.at(1), v.at(2), v.at(3), c[0], c[1], c[2], c[3]) },
				func(v [][]float64, i int) {
					v[0][i] = w[0] * w[1] * (if0(v[1][i], v[2][i]) - w[2]/fn - v[3][i]*w[3]/fn)
				}},
		} {
			v := newVectors[T](rnd, 4, n)
			want := v.wide()
			for i := range n {
				test.want(want, i)
			}
			test.call(v)
			// No formula rounds more than eight times.
			if err := v.compare(want, 8, 4*8); err != nil {
				t.Errorf("seed %d: %s, n=%d: %v", seed, test.name, n, err)
			}
		}
	}
}

func TestSums(t *testing.T) {
	onEveryPath(t, testSums[float32], testSums[float64])
}

func testSums[T Float](t *testing.T) {
	const seed = 2
	rnd := rand.New(rand.NewPCG(seed, 0))
	first := func(x, _ T) T { return x }
	second := func(_, x T) T { return x }
	for _, n := range lengths {
		v := newVectors[T](rnd, 3, n)
		x, y, z := v.at(0), v.at(1), v.at(2)
		center := T(rnd.NormFloat64())
		for _, test := range []struct {
			name string
			got  T
			term func(x, y, z float64) float64
		}{
			{"Sum", Sum(x), func(x, _, _ float64) float64 { return x }},
			{"Dot", Dot(x, y), func(x, y, _ float64) float64 { return x * y }},
			{"SumSquares", SumSquares(x, center), func(x, _, _ float64) float64 {
				return (x - float64(center)) * (x - float64(center))
			}},
			{"ReLUBackward", ReLUBackward(make([]T, n), x, y), func(x, y, _ float64) float64 {
				if y <= 0 {
					return 0
				}
				return x
			}},
			{"NormalizeSums", first(NormalizeSums(x, z)), func(x, _, _ float64) float64 { return x }},
			{"NormalizeSums xhat", second(NormalizeSums(x, z)), func(x, _, z float64) float64 { return x * z }},
			{"NormalizeReLUSums", first(NormalizeReLUSums(x, y, z)), func(x, y, _ float64) float64 {
				if y <= 0 {
					return 0
				}
				return x
			}},
			{"NormalizeReLUSums xhat", second(NormalizeReLUSums(x, y, z)), func(x, y, z float64) float64 {
				if y <= 0 {
					return 0
				}
				return x * z
			}},
		} {
			var want, bound float64
			for i := range n {
				term := test.term(float64(x[i]), float64(y[i]), float64(z[i]))
				want += term
				bound += math.Abs(term)
			}
			// The error of a sum of n terms in any order is at most γ(n)·Σ|term|,
			// and each term has up to three roundings of its own (Higham, Accuracy
			// and Stability of Numerical Algorithms, §3.1).
			if tol := 1.01 * float64(n+3) * roundoff[T]() * bound; !(math.Abs(float64(test.got)-want) <= tol) {
				t.Errorf("seed %d: %s, n=%d: got %v, want %v ± %.2g", seed, test.name, n, test.got, want, tol)
			}
		}
	}
}

func TestFromBytes(t *testing.T) {
	onEveryPath(t, testFromBytes[float32], testFromBytes[float64])
}

func testFromBytes[T Float](t *testing.T) {
	for _, n := range lengths {
		src := make([]uint8, n)
		for i := range src {
			src[i] = uint8(i*37 + 255)
		}
		v := newVectors[T](rand.New(rand.NewPCG(3, 0)), 1, n)
		want := v.wide()
		for i := range src {
			want[0][i] = 0.25*float64(src[i]) - 3 // exact
		}
		FromBytes(v.at(0), src, 0.25, -3)
		if err := v.compare(want, 0, 0); err != nil {
			t.Errorf("n=%d: %v", n, err)
		}
	}
}

func TestNaN(t *testing.T) {
	onEveryPath(t, testNaN[float32], testNaN[float64])
}

// testNaN checks that ReLU and its gradient treat NaN, infinities and zeros like
// PyTorch's relu and threshold_backward, in whole vectors and in the remainder.
func testNaN[T Float](t *testing.T) {
	nan, inf := T(math.NaN()), T(math.Inf(1))
	equal := func(a, b T) bool { return a == b || a != a && b != b }
	for _, test := range []struct{ x, relu, gradient T }{
		{nan, nan, 7},
		{inf, inf, 7},
		{-inf, 0, 0},
		{0, 0, 0},
		{-1, 0, 0},
		{2, 2, 7},
	} {
		for at := range 33 {
			x, y, dy, dx, xhat := make([]T, 33), make([]T, 33), make([]T, 33), make([]T, 33), make([]T, 33)
			x[at], dy[at] = test.x, 7
			ReLU(y, x, 0)
			if !equal(y[at], test.relu) {
				t.Errorf("ReLU(%v) = %v at %d", test.x, y[at], at)
			}
			if sum := ReLUBackward(dx, dy, y); dx[at] != test.gradient || sum != test.gradient {
				t.Errorf("ReLU's gradient at %v is %v, sum %v, at %d", test.x, dx[at], sum, at)
			}
			NormalizeReLU(xhat, y, x, 0, 1, 1, 0)
			if !equal(y[at], test.relu) || !equal(xhat[at], test.x) {
				t.Errorf("NormalizeReLU(%v) = %v at %d", test.x, y[at], at)
			}
			if sum, _ := NormalizeReLUSums(dy, y, make([]T, 33)); sum != test.gradient {
				t.Errorf("NormalizeReLUSums at %v: %v at %d", test.x, sum, at)
			}
			NormalizeReLUBackward(dx, dy, y, make([]T, 33), 1, 1, 0, 0)
			if dx[at] != test.gradient {
				t.Errorf("NormalizeReLU's gradient at %v is %v at %d", test.x, dx[at], at)
			}
		}
	}
}

func TestLargerNaN(t *testing.T) {
	onEveryPath(t, testLargerNaN[float32], testLargerNaN[float64])
}

// testLargerNaN checks that a maximum is NaN where either number is, and that
// the gradient goes to the first of equal numbers.
func testLargerNaN[T Float](t *testing.T) {
	nan := T(math.NaN())
	for at := range 33 {
		for _, test := range [][2]T{{nan, 1}, {1, nan}, {nan, nan}} {
			x, y := make([]T, 33), make([]T, 33)
			x[at], y[at] = test[0], test[1]
			if Larger(y, x); y[at] == y[at] || y[(at+1)%33] != 0 {
				t.Errorf("the larger of %v is %v at %d", test, y[at], at)
			}
		}
		dx, dy, x := make([]T, 33), make([]T, 33), make([]T, 33)
		dy[at] = 7
		for _, want := range []T{7, 0} {
			if LargerBackward(dx, dy, x, x); dx[at] != want {
				t.Errorf("gradient of equal numbers: %v at %d, want %v", dx[at], at, want)
			}
		}
	}
}

func TestPanics(t *testing.T) {
	two, three := make([]float32, 2), make([]float32, 3)
	for name, f := range map[string]func(){
		"Axpy":                  func() { Axpy(1, two, three) },
		"Dot":                   func() { Dot(two, three) },
		"FromBytes":             func() { FromBytes(two, make([]uint8, 3), 1, 0) },
		"SGD":                   func() { SGD(two, two, three, 1, 1, 1) },
		"Descend":               func() { Descend(two, three, 1, 1) },
		"Adam":                  func() { Adam(two, two, three, two, AdamRates[float32]{}) },
		"Larger":                func() { Larger(two, three) },
		"LargerBackward":        func() { LargerBackward(two, two, two, three) },
		"ReLU":                  func() { ReLU(two, three, 0) },
		"ReLUBackward":          func() { ReLUBackward(two, two, three) },
		"Normalize":             func() { Normalize(two, three, two, 0, 1, 1, 0) },
		"NormalizeReLU":         func() { NormalizeReLU(two, two, three, 0, 1, 1, 0) },
		"NormalizeSums":         func() { NormalizeSums(two, three) },
		"NormalizeReLUSums":     func() { NormalizeReLUSums(two, two, three) },
		"NormalizeBackward":     func() { NormalizeBackward(two, two, three, 1, 1, 0, 0) },
		"NormalizeReLUBackward": func() { NormalizeReLUBackward(two, two, two, three, 1, 1, 0, 0) },
	} {
		func() {
			defer func() {
				if got := recover(); got != "vec: lengths differ" {
					t.Errorf("%s: recovered %v", name, got)
				}
			}()
			f()
		}()
	}
}

func TestDoesNotAllocate(t *testing.T) {
	v := newVectors[float32](rand.New(rand.NewPCG(4, 0)), 4, 100)
	n := testing.AllocsPerRun(10, func() {
		SGD(v.at(0), v.at(1), v.at(2), 0.1, 0.9, 0)
		ReLUBackward(v.at(0), v.at(1), v.at(2))
		NormalizeReLUSums(v.at(0), v.at(1), v.at(2))
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}
