package gemm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// TestThen checks that MulThen reports every row once, after its elements have become
// those that Mul computes.
func TestThen(t *testing.T) {
	const seed = 8
	if useOpenBLAS {
		t.Skip("two calls of OpenBLAS need not give the same bits")
	}
	onEveryPath(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		for _, s := range append(shapes, [3]int{5, 7, 9}, [3]int{400, 30, 0}, [3]int{30, 0, 5}, [3]int{0, 30, 5}) {
			testThen(t, newProblem[float32](rnd, s[0], s[1], s[2]))
			testThen(t, newProblem[float64](rnd, s[0], s[1], s[2]))
		}
	})
}

func testThen[T Float](t *testing.T, p problem[T]) {
	t.Helper()
	want := p.mul()
	for _, n := range []int{1, 2, 5} {
		setThreads(t, n)
		if err := p.checkThen(want); err != nil {
			t.Errorf("%v: with %d goroutines, %v", p, n, err)
		}
	}
}

// checkThen checks that MulThen computes the bits in want and reports every row once,
// after it is finished.
func (p problem[T]) checkThen(want operand[T]) error {
	c := p.c.clone()
	calls := make([]int, p.m)
	unfinished := -1
	var mu sync.Mutex
	MulThen(p.ta, p.tb, p.m, p.n, p.k, p.alpha, p.a.data(), p.a.ld, p.b.data(), p.b.ld, p.beta, c.data(), c.ld, func(from, to int) {
		mu.Lock()
		defer mu.Unlock()
		for i := from; i < to; i++ {
			calls[i]++
			if !slices.Equal(c.data()[i*c.ld:][:p.n], want.data()[i*c.ld:][:p.n]) {
				unfinished = i
			}
		}
	})
	for i, n := range calls {
		if n != 1 {
			return fmt.Errorf("row %d is reported %d times", i, n)
		}
	}
	if unfinished >= 0 {
		return fmt.Errorf("row %d is not finished when reported", unfinished)
	}
	if !slices.Equal(c.all, want.all) {
		return fmt.Errorf("MulThen gives other bits than Mul")
	}
	return nil
}
