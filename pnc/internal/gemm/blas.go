package gemm

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// BLAS is gonum's BLAS with the matrix products of this package, gemm and syrk; in
// gonum's factorisations, the other routines take little time. To have gonum's mat
// and lapack use it in the whole process, call
//
//	blas64.Use(gemm.BLAS{})
//	blas32.Use(gemm.BLAS{})
type BLAS struct{ gonum.Implementation }

var (
	_ blas.Float32 = BLAS{}
	_ blas.Float64 = BLAS{}
)

// Sgemm computes C = α·op(A)·op(B) + β·C, see Mul.
func (BLAS) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	Mul(isTrans(tA), isTrans(tB), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dgemm computes C = α·op(A)·op(B) + β·C, see Mul.
func (BLAS) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	Mul(isTrans(tA), isTrans(tB), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Ssyrk computes a triangle of C = α·A·Aᵀ + β·C, or α·Aᵀ·A + β·C.
func (BLAS) Ssyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float32, a []float32, lda int, beta float32, c []float32, ldc int) {
	syrk(isUpper(ul), isTrans(tA), n, k, alpha, a, lda, beta, c, ldc)
}

// Dsyrk computes a triangle of C = α·A·Aᵀ + β·C, or α·Aᵀ·A + β·C.
func (BLAS) Dsyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	syrk(isUpper(ul), isTrans(tA), n, k, alpha, a, lda, beta, c, ldc)
}

// isUpper reports whether ul is the upper triangle.
func isUpper(ul blas.Uplo) bool {
	switch ul {
	case blas.Upper:
		return true
	case blas.Lower:
		return false
	}
	panic("gemm: bad triangle")
}

// isTrans reports whether t asks for the transpose.
func isTrans(t blas.Transpose) bool {
	switch t {
	case blas.NoTrans:
		return false
	case blas.Trans, blas.ConjTrans:
		return true
	}
	panic("gemm: bad transpose")
}
