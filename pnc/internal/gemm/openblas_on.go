//go:build openblas && cgo

package gemm

import (
	"os"

	"pnclab/pnc/internal/gemm/openblas"
)

// useOpenBLAS tells whether OpenBLAS computes products: always, unless PNC_KERNEL
// selects a path of this package.
var useOpenBLAS = os.Getenv("PNC_KERNEL") == ""

func mulOpenBLAS[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	openblas.Mul(Threads(), transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}
