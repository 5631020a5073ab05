// Package gemm multiplies matrices of float32 or float64 at the speed of a C
// BLAS, in Go and Go assembly.
//
//	C = α·op(A)·op(B) + β·C,   op(X) = X or Xᵀ
//
// All matrices are row-major with a leading dimension, as in gonum's blas.
package gemm
