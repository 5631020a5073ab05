package gemm

import "pnclab/pnc/internal/gemm/isa"

// Float is the type of a matrix element.
type Float interface{ float32 | float64 }

// Mul computes
//
//	C = α·op(A)·op(B) + β·C
//
// where op(A) is m×k, op(B) is k×n and C is m×n, all row-major: element (i,j)
// of C is c[i*ldc+j]. op(A) is Aᵀ if transA is set, so that A is stored as a k×m
// matrix, and as an m×k matrix otherwise; likewise B is stored as n×k if transB is
// set and as k×n otherwise.
//
// If β = 0, C is overwritten without being read. If α = 0 or k = 0, A and B are not
// read. NaN and Inf in A and B propagate. C must not overlap A or B.
//
// Mul panics if a dimension is negative, a leading dimension is too small or a
// slice is too short.
func Mul[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	MulThen(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, nil)
}

// MulThen is like Mul and calls then, if it is not nil, for rows [from,to) of C as
// soon as they are computed and while they are still in the cache. Every row is
// reported exactly once. Goroutines that share the product call then concurrently
// for different rows; how many rows are reported together depends on the number of
// goroutines.
func MulThen[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int, then func(from, to int)) {
	check(transA, transB, m, n, k, a, lda, b, ldb)
	checkResult(m, n, c, ldc)
	switch {
	case m == 0:
		return
	case n == 0: // rows without elements
	case k == 0 || alpha == 0:
		scale(m, n, beta, c, ldc)
	case useOpenBLAS:
		mulOpenBLAS(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	default:
		p := product[T]{
			kern:   kernelsOf[T](),
			transA: transA, transB: transB,
			m: m, n: n, k: k,
			alpha: alpha, beta: beta,
			a: a, b: b, c: c,
			lda: lda, ldb: ldb, ldc: ldc,
			depth: splitDepth(k),
			then:  then,
		}
		p.run()
		return
	}
	if then != nil {
		then(0, m)
	}
}

// scale computes C = β·C.
func scale[T Float](m, n int, beta T, c []T, ldc int) {
	if beta == 1 {
		return
	}
	for i := range m {
		row := c[i*ldc : i*ldc+n]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}

// Path returns the name of the kernels in use: "avx512", "avx2", "neon" or
// "portable", or "openblas" if OpenBLAS computes the products.
func Path() string {
	if useOpenBLAS {
		return "openblas"
	}
	return isa.Current().String()
}
