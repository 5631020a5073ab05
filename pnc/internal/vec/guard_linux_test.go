package vec

import (
	"syscall"
	"testing"
	"unsafe"
)

// TestReadsNothingOutside uses vectors that end where an inaccessible page begins: a
// read or write outside a slice ends the test binary.
func TestReadsNothingOutside(t *testing.T) {
	onEveryPath(t, testReadsNothingOutside[float32], testReadsNothingOutside[float64])
}

func testReadsNothingOutside[T Float](t *testing.T) {
	const longest = 70
	fence := func() unsafe.Pointer {
		page := syscall.Getpagesize()
		mem, err := syscall.Mmap(-1, 0, 2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := syscall.Munmap(mem); err != nil {
				t.Error(err)
			}
		})
		if err := syscall.Mprotect(mem[page:], syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
		var x T
		return unsafe.Pointer(&mem[page-longest*int(unsafe.Sizeof(x))])
	}
	a, b := unsafe.Slice((*T)(fence()), longest), unsafe.Slice((*T)(fence()), longest)
	c, d := unsafe.Slice((*T)(fence()), longest), unsafe.Slice((*T)(fence()), longest)
	bytes := unsafe.Slice((*uint8)(unsafe.Add(fence(), longest*(int(unsafe.Sizeof(a[0]))-1))), longest)
	for i := range longest {
		a, b, c, d := a[i:], b[i:], c[i:], d[i:]
		Scale(0.5, a)
		Axpy(0.5, a, b)
		Dot(a, b)
		Sum(a)
		SumSquares(a, 1)
		FromBytes(a, bytes[i:], 1, 0)
		SGD(a, b, c, 0.1, 0.9, 0)
		Descend(a, b, 0.1, 0)
		ReLU(a, b, 0)
		ReLUBackward(a, b, c)
		Larger(a, b)
		LargerBackward(a, b, c, d)
		Normalize(a, b, c, 0, 1, 1, 0)
		NormalizeSums(a, b)
		NormalizeBackward(a, b, c, 1, 1, 0, 0)
		NormalizeReLU(a, b, c, 0, 1, 1, 0)
		NormalizeReLUSums(a, b, c)
		NormalizeReLUBackward(a, b, c, d, 1, 1, 0, 0)
		var in Pixels36[T]
		for k := range in {
			in[k] = &[2][]T{a, b}[k%2][0]
		}
		out := Pixels16[T](in[:16])
		n := len(a)
		ld := n + WinogradExcess
		planes := make([]T, 36*ld)
		WinogradInput(planes, ld, &in, n, 0)
		WinogradGradient(planes, ld, &out, n, 0)
		WinogradOutput(&out, planes, ld, 0, n, 0)
		WinogradOutput(&out, planes, ld, 1, n, 0)
		kernel := Pixels9[T](in[:9])
		WinogradKernel(planes, ld, &kernel, n)
		WinogradKernelGradient(&kernel, planes, ld, n)
	}
}
