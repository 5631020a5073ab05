//go:build openblas && cgo

package gemm

import (
	"os"

	"pnclab/pnc/internal/gemm/openblas"
)

// useOpenBLAS tells whether products go to OpenBLAS: always, unless PNC_KERNEL
// asks for a path of our own.
var useOpenBLAS = os.Getenv("PNC_KERNEL") == ""

func mulOpenBLAS[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	openblas.Mul(Threads(), transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}
