package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pnclab/pnc/internal/gemm/isa"
)

// setLimits replaces the limits for the length of a test.
func setLimits(t testing.TB, b bounds) {
	before := limits
	t.Cleanup(func() { limits = before })
	limits = b
}

// smallLimits returns random limits with which products of some hundred rows and
// columns are cut in every way on the path in use. Some limits may have their usual
// values.
func smallLimits[T Float](rnd *rand.Rand, usual bounds) bounds {
	either := func(of ...int) int { return of[rnd.IntN(len(of))] }
	width := kernelsOf[T]().width()
	group := max(1, (8+rnd.IntN(33))/width)
	maxDepth := 16 * (1 + rnd.IntN(4))
	// groups returns the size in bytes of a random number of groups of panels between
	// 1 and most, whose logarithm is uniform.
	groups := func(most float64) int {
		return int(math.Pow(most, rnd.Float64()) * float64(group*width*maxDepth*sizeof[T]()))
	}
	return bounds{
		serial:    either(0, 0, 0, 0, 0, 0, 0, 0, 0, usual.serial),
		maxDepth:  maxDepth,
		blockRows: 24 * (1 + rnd.IntN(4)/3),
		tasksEach: 1 + rnd.IntN(4),
		group:     group,
		inCache:   groups(4),
		maxShared: groups(16),
		smallA:    either(0, 0, usual.smallA),
		smallB:    either(0, 0, 0, usual.smallB),
		largeB:    either(0, 0, usual.largeB),
		fewRows:   either(12, usual.fewRows),
		panelPart: 64 << rnd.IntN(8),
		syrkBand:  1 + rnd.IntN(40),

		syrkDiagonal: 1 + rnd.IntN(20),
	}
}

// newCut returns a random product of a size that small limits cut in every way.
func newCut[T Float](rnd *rand.Rand) problem[T] {
	p := newProblem[T](rnd, 1+rnd.IntN(120), 1+rnd.IntN(600), 1+rnd.IntN(100))
	if p.alpha == 0 && rnd.IntN(4) > 0 {
		p.alpha = 1.25
	}
	// What is packed also depends on whether rows compete for the same sets of the
	// cache.
	page := 4096 / sizeof[T]()
	if rnd.IntN(6) == 0 {
		p.a = newStrided[T](rnd, p.a.rows, p.a.cols, roundUp(p.a.cols, page))
	}
	if rnd.IntN(6) == 0 {
		p.b = newStrided[T](rnd, p.b.rows, p.b.cols, roundUp(p.b.cols, page))
	}
	return p
}

// verify checks that a product by one goroutine is near the reference, that products
// by each of the given numbers of goroutines have the same bits, with and without a
// function for finished rows, and that this function is called once for every row.
func (p problem[T]) verify(threads []int, want, bound []float64) (err error) {
	defer SetThreads(SetThreads(1))
	// With one goroutine, a panic can be caught and reported with the product.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	first := p.mul()
	if err := first.near(want, bound); err != nil {
		return err
	}
	for _, n := range threads {
		SetThreads(n)
		if n > 1 && !slices.Equal(p.mul().all, first.all) {
			return fmt.Errorf("%d goroutines give other bits than one", n)
		}
		if err := p.checkThen(first); err != nil {
			return fmt.Errorf("with %d goroutines, %w", n, err)
		}
	}
	return nil
}

// cut says how a product is cut.
type cut struct {
	serial         bool // computed by one goroutine
	transA         bool
	then           bool
	bands          bool // blocks are bands of rows
	a, b           bool // shared by all blocks
	large          bool // A is too large to be shared
	columns, depth bool // several sections along the columns, along the depth
	narrow         bool // the last section has fewer columns than the others
	shallow        bool // the last section has fewer blocks of the depth
	deep           bool // a section has several blocks of the depth
	blocks         bool // a section has several blocks of columns
	ragged         bool // the last of them is narrower than the others
}

// cut returns how a product is cut for three goroutines.
func (p problem[T]) cut(then func(from, to int)) cut {
	if p.m*p.n*p.k <= limits.serial {
		return cut{serial: true}
	}
	j := new(job[T])
	j.product = product[T]{
		kern:   kernelsOf[T](),
		transA: p.ta, transB: p.tb,
		m: p.m, n: p.n, k: p.k,
		lda: p.a.ld, ldb: p.b.ld, ldc: p.c.ld,
		depth: splitDepth(p.k),
		then:  then,
	}
	j.plan(3)
	return cut{
		transA:  p.ta,
		then:    then != nil,
		bands:   j.rows < p.m,
		a:       j.tasksA > 0,
		b:       j.tasksB > 0,
		large:   j.packsA(j.depth, j.n) && j.sizeA(j.m, j.depth)*sizeof[T]() > limits.maxShared,
		columns: j.wide < p.n,
		depth:   j.deep < p.k,
		narrow:  p.n%j.wide > 0 && j.wide < p.n,
		shallow: j.deep < p.k && ceilDiv(p.k, j.depth)%(j.deep/j.depth) > 0,
		deep:    j.deep > j.depth,
		blocks:  j.cols < j.wide,
		ragged:  j.cols < j.wide && j.wide%j.cols > 0,
	}
}

// cuts are the ways in which random products must have been cut.
var cuts = []struct {
	name string
	is   func(c cut) bool
}{
	{"not at all, for one goroutine", func(c cut) bool { return c.serial }},
	{"few rows, nothing shared", func(c cut) bool { return !c.serial && !c.bands && !c.a && !c.b }},
	{"few rows, A in several sections", func(c cut) bool { return !c.bands && c.a && c.depth }},
	{"few rows, the transpose of A in several sections", func(c cut) bool { return !c.bands && c.a && c.depth && c.transA }},
	{"few rows, A too large", func(c cut) bool { return !c.bands && c.large }},
	{"bands, nothing shared", func(c cut) bool { return c.bands && !c.a && !c.b }},
	{"bands, A in several sections", func(c cut) bool { return c.bands && c.a && !c.b && c.depth }},
	{"bands, A too large", func(c cut) bool { return c.bands && c.transA && c.large }},
	{"B in one section", func(c cut) bool { return c.b && !c.columns && !c.depth }},
	{"B in sections along the columns, several blocks of the depth in each", func(c cut) bool { return c.b && c.columns && c.deep }},
	{"B in sections along the depth, several blocks in each, fewer in the last", func(c cut) bool { return c.b && c.deep && c.shallow }},
	{"B in sections both ways", func(c cut) bool { return c.b && !c.a && c.columns && c.depth }},
	{"B in sections both ways, the last narrower", func(c cut) bool { return c.b && !c.a && c.narrow && c.depth }},
	{"B in sections along the columns, each in blocks", func(c cut) bool { return c.b && c.columns && c.blocks }},
	{"B in sections both ways, each in blocks, the last narrower", func(c cut) bool { return c.b && c.columns && c.depth && c.ragged }},
	{"B for rows wanted whole, in sections both ways, the last narrower", func(c cut) bool { return c.then && c.b && !c.a && c.narrow && c.depth }},
	{"both in sections both ways, in blocks, the last narrower", func(c cut) bool { return c.a && c.b && c.columns && c.depth && c.ragged && !c.transA }},
	{"both, A transposed, in sections both ways, in blocks, the last narrower", func(c cut) bool { return c.a && c.b && c.columns && c.depth && c.ragged && c.transA }},
	{"both for rows wanted whole, in sections both ways, the last narrower", func(c cut) bool { return c.then && c.a && c.b && c.depth && c.narrow }},
}

// TestCuts multiplies random matrices with random limits that cut them in every way.
func TestCuts(t *testing.T) {
	if useOpenBLAS {
		t.Skip("OpenBLAS cuts products itself")
	}
	onEveryPath(t, func(t *testing.T) {
		t.Run("float32", testCuts[float32])
		t.Run("float64", testCuts[float64])
	})
}

func testCuts[T Float](t *testing.T) {
	const seed = 12
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	usual, failed := limits, 0
	reached, missing := make([]int, len(cuts)), len(cuts)
	rounds := 400
	switch {
	case raceEnabled:
		rounds, missing = 30, 0
	case testing.Short():
		rounds = 80
	}
	// After these rounds, only products that are cut in a missing way are computed.
	for round := 0; round < rounds || missing > 0 && round < 100*rounds; round++ {
		setLimits(t, smallLimits[T](rnd, usual))
		p := newCut[T](rnd)
		counts := round < rounds
		for _, c := range []cut{p.cut(nil), p.cut(func(_, _ int) {})} {
			for i := range cuts {
				if p.alpha == 0 || !cuts[i].is(c) {
					continue
				}
				if reached[i]++; reached[i] == 1 {
					missing--
					counts = true
				}
			}
		}
		if !counts {
			continue
		}
		want, bound := p.reference()
		if err := p.verify([]int{1, 2, 3, 5}, want, bound); err != nil {
			t.Errorf("%v: %v, with %+v", p, err, limits)
			failed++
		}
	}
	t.Logf("%d products failed; reached %d", failed, reached)
	for i, n := range reached {
		if n == 0 && !raceEnabled {
			t.Errorf("no product was cut like this: %s", cuts[i].name)
		}
	}
}

// TestSyrkCuts computes triangles with random limits that cut their rows into bands,
// and the products outside the diagonal blocks in every way.
func TestSyrkCuts(t *testing.T) {
	if useOpenBLAS {
		t.Skip("OpenBLAS cuts products itself")
	}
	onEveryPath(t, func(t *testing.T) {
		t.Run("float32", testSyrkCuts[float32])
		t.Run("float64", testSyrkCuts[float64])
	})
}

func testSyrkCuts[T Float](t *testing.T) {
	const seed = 14
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	rounds := 60
	if testing.Short() || raceEnabled {
		rounds = 20
	}
	usual := limits
	for range rounds {
		setLimits(t, smallLimits[T](rnd, usual))
		n := 1 + rnd.IntN(200)
		p := newProblem[T](rnd, n, n, 1+rnd.IntN(100))
		p.tb, p.b = !p.ta, p.a // so that op(B) is the transpose of op(A)
		upper := rnd.IntN(2) == 0
		old := p.c.clone()
		if p.beta == 0 { // newProblem has written NaN
			for i, v := range old.all {
				if v != v {
					old.all[i] = guard
				}
			}
		}
		want, bound := p.reference()
		var first operand[T]
		for _, threads := range []int{1, 2, 3} {
			setThreads(t, threads)
			c := p.c.clone()
			for i := range n { // outside the triangle
				for j := range n {
					if upper && j < i || !upper && j > i {
						c.data()[i*c.ld+j] = old.data()[i*c.ld+j]
						want[i*c.ld+j], bound[i*c.ld+j] = float64(old.data()[i*c.ld+j]), 0
					}
				}
			}
			syrk(upper, p.ta, n, p.k, p.alpha, p.a.data(), p.a.ld, p.beta, c.data(), c.ld)
			if err := c.near(want, bound); err != nil {
				t.Fatalf("%v, upper=%t, %d goroutines: %v, with %+v", p, upper, threads, err, limits)
			}
			if threads == 1 {
				first = c
			} else if !slices.Equal(c.all, first.all) {
				t.Errorf("%v, upper=%t: %d goroutines give other bits than one, with %+v", p, upper, threads, limits)
			}
		}
	}
}

// TestCutsAtFullSize multiplies matrices that are so large that B is packed in several
// sections with the usual limits.
func TestCutsAtFullSize(t *testing.T) {
	if useOpenBLAS {
		t.Skip("OpenBLAS cuts products itself")
	}
	if raceEnabled {
		t.Skip("TestCuts does the same to goroutines")
	}
	if best := isa.Current(); testing.Short() && best != isa.AVX2 && best != isa.AVX512 {
		t.Skip("takes seconds without AVX")
	}
	testAtFullSize[float64](t, false, false, 400, 8330, 300)
	if testing.Short() {
		return
	}
	testAtFullSize[float64](t, true, true, 193, 5500, 760)
	testAtFullSize[float32](t, false, true, 193, 16400, 512)
}

func testAtFullSize[T Float](t *testing.T, ta, tb bool, m, n, k int) {
	const seed = 13
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, uint64(n)))
	p := newProblem[T](rnd, m, n, k)
	p.alpha, p.beta = 1.25, -0.5
	p.transpose(rnd, ta, tb)
	p.c = newOperand[T](rnd, m, n)
	want, bound := p.reference()
	onEveryPath(t, func(t *testing.T) {
		if isa.Current() == isa.Portable && (testing.Short() || k > 300) {
			t.Skip("takes seconds")
		}
		if c := p.cut(nil); !c.b || !c.columns || c.depth != (k > 300) {
			t.Errorf("%v is cut like this: %+v", p, c)
		}
		if err := p.verify([]int{3}, want, bound); err != nil {
			t.Errorf("%v: %v", p, err)
		}
	})
}
