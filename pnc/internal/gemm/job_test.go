package gemm

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// setThreads sets the number of goroutines for the length of a test.
func setThreads(t testing.TB, n int) {
	before := SetThreads(n)
	t.Cleanup(func() { SetThreads(before) })
}

// shapes are m×n×k of products for several goroutines, one for each way of sharing
// the work.
var shapes = [][3]int{{300, 250, 100}, {100, 700, 100}, {250, 30, 900}, {33, 301, 517}, {1030, 1040, 6}}

// checkBits checks that the number of goroutines does not change a bit of a product.
func checkBits(t *testing.T, p problem[float32]) {
	t.Helper()
	setThreads(t, 1)
	want := p.mul()
	for _, n := range []int{2, 3, 8} {
		setThreads(t, n)
		if got := p.mul(); !slices.Equal(got.all, want.all) {
			t.Errorf("%v: %d goroutines give other bits than one", p, n)
		}
	}
}

func TestThreadsGiveTheSameBits(t *testing.T) {
	if useOpenBLAS {
		t.Skip("OpenBLAS does not promise this")
	}
	onEveryPath(t, func(t *testing.T) {
		const seed = 4
		t.Logf("seed %d", seed)
		rnd := rand.New(rand.NewPCG(seed, 0))
		for range 4 {
			for _, s := range shapes {
				p := newProblem[float32](rnd, s[0], s[1], s[2])
				p.alpha, p.beta = 1.25, 0.75
				p.c = newOperand[float32](rnd, p.m, p.n)
				checkBits(t, p)
			}
		}
	})
}

// TestSections multiplies matrices that are packed in several sections, in blocks
// that are bands of rows and part of the columns.
func TestSections(t *testing.T) {
	if useOpenBLAS {
		t.Skip("OpenBLAS does not promise the same bits")
	}
	const seed = 11
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, s := range [][3]int{{210, 700, 800}, {230, 1100, 390}, {400, 60, 800}} {
		for i := range 4 {
			p := newProblem[float32](rnd, s[0], s[1], s[2])
			p.alpha = 1.25
			p.transpose(rnd, i&1 > 0, i&2 > 0)
			checkBits(t, p)
			if err := p.check(p.mul()); err != nil {
				t.Errorf("%v: %v", p, err)
			}
		}
	}
}

// TestSharedA multiplies few rows by many columns where A has to be packed because
// its rows, or those of its transpose, are 4 KiB apart.
func TestSharedA(t *testing.T) {
	if useOpenBLAS {
		t.Skip("OpenBLAS does not promise the same bits")
	}
	onEveryPath(t, func(t *testing.T) {
		const seed = 10
		t.Logf("seed %d", seed)
		rnd := rand.New(rand.NewPCG(seed, 0))
		for _, ta := range []bool{false, true} {
			p := newProblem[float32](rnd, 90, 350, 800)
			p.ta, p.alpha, p.beta = ta, 1, 0
			rows, cols := p.m, p.k
			if ta {
				rows, cols = p.k, p.m
			}
			const ld = 1024
			p.a = operand[float32]{rows: rows, cols: cols, ld: ld, all: make([]float32, (rows-1)*ld+cols+17)}
			for i := range rows {
				for j := range cols {
					p.a.data()[i*ld+j] = float32(rnd.NormFloat64())
				}
			}
			checkBits(t, p)
			if err := p.check(p.mul()); err != nil {
				t.Errorf("%v: %v", p, err)
			}
		}
	})
}

// TestPlaceGivesTheSameBits checks that an element of C does not depend on which
// other elements are computed along with it.
func TestPlaceGivesTheSameBits(t *testing.T) {
	if useOpenBLAS {
		t.Skip("OpenBLAS does not promise this")
	}
	onEveryPath(t, func(t *testing.T) {
		const seed = 5
		rnd := rand.New(rand.NewPCG(seed, 0))
		p := newProblem[float64](rnd, 230, 220, 500)
		p.ta, p.tb, p.alpha, p.beta = false, false, 1, 0
		p.a, p.b = newOperand[float64](rnd, p.m, p.k), newOperand[float64](rnd, p.k, p.n)
		all := p.mul()
		for range 100 {
			i, j := rnd.IntN(p.m), rnd.IntN(p.n)
			m, n := 1+rnd.IntN(min(40, p.m-i)), 1+rnd.IntN(min(50, p.n-j))
			c := make([]float64, m*n)
			Mul(false, false, m, n, p.k, 1, p.a.data()[i*p.a.ld:], p.a.ld, p.b.data()[j:], p.b.ld, 0, c, n)
			for r := range m {
				if !slices.Equal(c[r*n:(r+1)*n], all.data()[(i+r)*all.ld+j:][:n]) {
					t.Fatalf("seed %d: %d×%d elements at (%d,%d) differ from those of the whole product", seed, m, n, i, j)
				}
			}
		}
	})
}

func TestConcurrentProducts(t *testing.T) {
	setThreads(t, 3)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(6, uint64(g)))
			for _, s := range shapes {
				p := newProblem[float64](rnd, s[0], s[1], s[2])
				if err := p.check(p.mul()); err != nil {
					t.Errorf("seed 6,%d: %v: %v", g, p, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestMulDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("with the race detector, sync.Pool drops some of what it is given")
	}
	for _, threads := range []int{1, 2} {
		setThreads(t, threads)
		for _, s := range append(shapes, [3]int{5, 7, 9}, [3]int{30, 50, 50}) {
			p := newProblem[float32](rand.New(rand.NewPCG(7, 0)), s[0], s[1], s[2])
			p.alpha = 1
			run := func() {
				Mul(p.ta, p.tb, p.m, p.n, p.k, p.alpha, p.a.data(), p.a.ld, p.b.data(), p.b.ld, 0, p.c.data(), p.c.ld)
			}
			if n := testing.AllocsPerRun(20, run); n > 0 {
				t.Errorf("%d goroutines: %v: %v allocations a product", threads, p, n)
			}
		}
	}
}

func TestSetThreads(t *testing.T) {
	setThreads(t, 5)
	if Threads() != 5 {
		t.Errorf("Threads() = %d after SetThreads(5)", Threads())
	}
	if previous := SetThreads(-1); previous != 5 {
		t.Errorf("SetThreads returned %d, want 5", previous)
	}
	if n := Threads(); n < 1 {
		t.Errorf("Threads() = %d by default", n)
	}
}
