package gemm

import (
	"runtime"
	"sync/atomic"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// Float is the type of a matrix element.
type Float interface{ float32 | float64 }

// Mul computes
//
//	C = α·op(A)·op(B) + β·C
//
// where op(A) is m×k, op(B) is k×n and C is m×n, all row-major: element (i,j)
// of C is c[i*ldc+j]. op(X) is Xᵀ if trans is set, so that A is stored k×m
// with transA and m×k without, and B n×k or k×n.
//
// With β = 0, C is overwritten whatever it held; with α = 0 or k = 0, A and B
// are not read. NaN and Inf in A and B propagate. C must not overlap A or B.
//
// Mul panics if a dimension is negative, a leading dimension is too small or a
// slice is too short.
func Mul[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	ta, tb := blas.NoTrans, blas.NoTrans
	if transA {
		ta = blas.Trans
	}
	if transB {
		tb = blas.Trans
	}
	var impl gonum.Implementation
	switch a := any(a).(type) {
	case []float32:
		impl.Sgemm(ta, tb, m, n, k, float32(alpha), a, lda, any(b).([]float32), ldb, float32(beta), any(c).([]float32), ldc)
	case []float64:
		impl.Dgemm(ta, tb, m, n, k, float64(alpha), a, lda, any(b).([]float64), ldb, float64(beta), any(c).([]float64), ldc)
	}
}

var threads atomic.Int32

// Threads returns the number of goroutines that a large product is spread over.
func Threads() int {
	if n := threads.Load(); n > 0 {
		return int(n)
	}
	return runtime.GOMAXPROCS(0)
}

// SetThreads sets the number of goroutines that a large product is spread over
// and returns the previous setting. With n <= 0, the default, it is GOMAXPROCS
// at the time of the call. Results do not depend on it, not even in the last bit.
func SetThreads(n int) (previous int) {
	return int(threads.Swap(int32(max(n, 0))))
}

// Path returns the name of the kernels in use: "avx512", "avx2" or "portable".
func Path() string { return "portable" }
