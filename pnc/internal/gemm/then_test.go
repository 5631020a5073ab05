package gemm

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
)

// TestThen checks that MulThen reports every row once and when its elements are
// what Mul makes of them.
func TestThen(t *testing.T) {
	const seed = 8
	if useOpenBLAS {
		t.Skip("two calls of OpenBLAS need not give the same bits")
	}
	onEveryPath(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		for _, s := range append(shapes, [3]int{5, 7, 9}, [3]int{400, 30, 0}) {
			testThen(t, newProblem[float32](rnd, s[0], s[1], s[2]))
			testThen(t, newProblem[float64](rnd, s[0], s[1], s[2]))
		}
	})
	// So large that B is packed in several sections along n, and along k.
	rnd := rand.New(rand.NewPCG(seed, 1))
	testThen(t, newProblem[float32](rnd, 210, 11200, 400))
}

func testThen[T Float](t *testing.T, p problem[T]) {
	t.Helper()
	want := p.mul()
	for _, n := range []int{1, 2, 5} {
		setThreads(t, n)
		c := p.c.clone()
		calls := make([]atomic.Int32, p.m)
		MulThen(p.ta, p.tb, p.m, p.n, p.k, p.alpha, p.a.data(), p.a.ld, p.b.data(), p.b.ld, p.beta, c.data(), c.ld, func(from, to int) {
			for i := from; i < to; i++ {
				calls[i].Add(1)
				if row := c.data()[i*c.ld:][:p.n]; !slices.Equal(row, want.data()[i*c.ld:][:p.n]) {
					t.Errorf("%v: row %d is not finished when reported, with %d goroutines", p, i, n)
				}
			}
		})
		for i := range calls {
			if got := calls[i].Load(); got != 1 {
				t.Fatalf("%v: row %d reported %d times, with %d goroutines", p, i, got, n)
			}
		}
	}
}
