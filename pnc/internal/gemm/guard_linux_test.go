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

// TestMulReadsNothingOutside has matrices between forbidden pages: a read or
// write outside a slice ends the test binary.
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
	for round := range 60 {
		m, n, k := 1+rnd.IntN(50), 1+rnd.IntN(70), 1+rnd.IntN(40)
		if round == 0 {
			m, n, k = 230, 210, 100 // packed, in bands
		}
		p := newProblem[T](rnd, m, n, k)
		atEnd := rnd.IntN(2) == 0
		a, b, c := moved(p.a, atEnd), moved(p.b, atEnd), moved(p.c, atEnd)
		Mul(p.ta, p.tb, m, n, k, p.alpha, a, p.a.ld, b, p.b.ld, p.beta, c, p.c.ld)
	}
}
