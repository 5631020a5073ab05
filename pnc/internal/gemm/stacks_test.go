package gemm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestMulStacks checks that stacks of products have the bits of the products one by one,
// and that nothing outside of them is written.
func TestMulStacks(t *testing.T) {
	if useOpenBLAS {
		t.Skip("OpenBLAS sums in another order")
	}
	onEveryPath(t, func(t *testing.T) {
		testMulStacks[float32](t)
		testMulStacks[float64](t)
	})
}

func testMulStacks[T Float](t *testing.T) {
	const seed = 9
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 60 {
		count, m, n, k := 1+rnd.IntN(4), 1+rnd.IntN(40), Columns[T]()*(1+rnd.IntN(3)), 1+rnd.IntN(50)
		transA := rnd.IntN(2) == 0
		stack := func(rows, cols int) Stack[T] {
			s := Stack[T]{LD: cols + rnd.IntN(9)}
			s.Step = rows*s.LD + rnd.IntN(9)
			s.Data = make([]T, (count-1)*s.Step+(rows-1)*s.LD+cols)
			for i := range s.Data {
				s.Data[i] = T(rnd.NormFloat64())
			}
			return s
		}
		a := stack(m, k)
		if transA {
			a = stack(k, m)
		}
		b, c := stack(k, n), stack(m, n)
		want := slices.Clone(c.Data)
		for i := range count {
			Mul(transA, false, m, n, k, 1, a.Data[i*a.Step:], a.LD, b.Data[i*b.Step:], b.LD, 0, want[i*c.Step:], c.LD)
		}
		for i := range count {
			for r := range m {
				for j := range n {
					c.Data[i*c.Step+r*c.LD+j] = T(math.NaN()) // must be overwritten
				}
			}
		}
		if MulStacks(transA, count, m, n, k, a, b, c); !slices.Equal(c.Data, want) {
			t.Fatalf("seed %d: %d products %d×%d×%d, transA %v: other bits than one by one", seed, count, m, n, k, transA)
		}
	}
}

func TestMulStacksPanics(t *testing.T) {
	n := Columns[float32]()
	data := make([]float32, 4*n)
	for name, f := range map[string]func(){
		"columns": func() {
			MulStacks(false, 1, 1, n-1, 1, Stack[float32]{data, 1, 1}, Stack[float32]{data, n, n}, Stack[float32]{data, n, n})
		},
		"short": func() {
			MulStacks(false, 5, 1, n, 1, Stack[float32]{data, 1, 1}, Stack[float32]{data, n, n}, Stack[float32]{data, n, n})
		},
		"LD": func() {
			MulStacks(false, 1, 2, n, 1, Stack[float32]{data, 1, 1}, Stack[float32]{data, n, n}, Stack[float32]{data, n - 1, n})
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
