package gemm

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"unsafe"
)

// fence returns a slice of n elements that ends, or begins, at a page that can
// neither be read nor written.
func fence[T Float](t *testing.T, n int, atEnd bool) []T {
	page := syscall.Getpagesize()
	size := roundUp(max(1, n*sizeof[T]()), page)
	mem, err := syscall.Mmap(-1, 0, size+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(mem); err != nil {
			t.Error(err)
		}
	})
	for _, p := range [][]byte{mem[:page], mem[page+size:]} {
		if err := syscall.Mprotect(p, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	first := page
	if atEnd {
		first += size - n*sizeof[T]()
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&mem[first])), n)
}

// TestMulReadsNothingOutside multiplies matrices that lie between inaccessible pages:
// a read or write outside a slice ends the test binary.
func TestMulReadsNothingOutside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		testReadsNothingOutside[float32](t)
		testReadsNothingOutside[float64](t)
	})
}

func testReadsNothingOutside[T Float](t *testing.T) {
	const seed = 8
	rnd := rand.New(rand.NewPCG(seed, 0))
	moved := func(o operand[T], atEnd bool) []T {
		s := fence[T](t, len(o.data()), atEnd)
		copy(s, o.data())
		return s
	}
	mul := func(p problem[T], atEnd bool) {
		a, b, c := moved(p.a, atEnd), moved(p.b, atEnd), moved(p.c, atEnd)
		Mul(p.ta, p.tb, p.m, p.n, p.k, p.alpha, a, p.a.ld, b, p.b.ld, p.beta, c, p.c.ld)
	}
	for range 60 {
		mul(newProblem[T](rnd, 1+rnd.IntN(50), 1+rnd.IntN(70), 1+rnd.IntN(40)), rnd.IntN(2) == 0)
	}
	usual := limits
	for range 20 {
		setLimits(t, smallLimits[T](rnd, usual))
		mul(newCut[T](rnd), rnd.IntN(2) == 0)
	}
	limits = usual
	for i := range 8 { // packed in every way, by bands of rows or columns
		p := newProblem[T](rnd, []int{230, 150}[i/4], 290, 600)
		p.alpha = 1
		p.transpose(rnd, i&1 > 0, i&2 > 0)
		mul(p, rnd.IntN(2) == 0)
	}
}
