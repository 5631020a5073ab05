// Package gemm multiplies matrices of float32 or float64 at the speed of a C
// BLAS, in Go and Go assembly.
//
//	C = α·op(A)·op(B) + β·C,   op(X) = X or Xᵀ
//
// All matrices are row-major with a leading dimension, as in gonum's blas. Large
// products are spread over goroutines. The bits of a result depend on the path
// and the sizes alone: not on the number of goroutines, nor on what else is
// computed with an element.
//
// # Paths
//
// On amd64 the kernels use AVX-512 (F, BW, DQ, VL) or else AVX2 and FMA,
// whichever the machine has, on arm64 NEON; elsewhere, or built with the tag
// noasm, they are plain Go. The environment variable PNC_KERNEL forces a path by
// name ("avx512", "avx2", "neon", "portable"), and so does isa.Use in a test;
// GODEBUG=cpu.avx512f=off and the like are honoured. The tag openblas, with cgo,
// hands products to OpenBLAS, whose bits do depend on the number of goroutines,
// unless PNC_KERNEL is set.
//
// # How it works
//
// A tile of C, 12 rows by two vectors with AVX-512, is kept in registers while
// rank-one updates are added to it: each step loads two vectors of B and
// multiplies them with 12 elements of A. Around it, the loops are those of Goto and
// van de Geijn (Anatomy of High-Performance Matrix Multiplication, ACM TOMS 2008):
// B is cut into sections that stay in the second cache, past which bands of A go.
//
// Packing happens where it pays. Panels of B as wide as a tile are copied, once
// for all goroutines, unless B is small or used for few rows. A is turned to panels
// with the columns of a tile next to each other, which saves instructions, if
// enough columns of B make use of it or its rows fall on the same places of the
// cache; Stride tells how far apart they do not.
//
// What the next tiles need is on its way from memory while a tile is computed: see
// walk.
//
// The assembly is written by the generator in gen, for amd64 with avo; go
// generate runs it.
package gemm
