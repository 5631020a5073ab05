// Package gemm multiplies matrices of float32 or float64 at the speed of a C
// BLAS, in Go and Go assembly.
//
//	C = α·op(A)·op(B) + β·C,   op(X) = X or Xᵀ
//
// All matrices are row-major with a leading dimension, as in gonum's blas. Large
// products are spread over goroutines. The bits of an element of the result depend
// only on the path, on k and on the operands that enter it: not on the number of
// goroutines, and not on which other elements are computed along with it.
//
// # Paths
//
// On amd64 the kernels use AVX-512 (F, BW, DQ, VL) if the machine has it, and AVX2
// and FMA otherwise; on arm64 they use NEON. On other machines, or if built with
// the tag noasm, they are plain Go. The environment variable PNC_KERNEL selects a
// path by name ("avx512", "avx2", "neon", "portable"), as does isa.Use in a test;
// GODEBUG=cpu.avx512f=off and similar settings are respected. If built with cgo and
// the tag openblas, and PNC_KERNEL is not set, products are computed by OpenBLAS;
// then the bits do depend on the number of goroutines.
//
// # How it works
//
// A tile of C, 12 rows by two vectors with AVX-512, is kept in registers while
// rank-one updates are added to it: each step loads two vectors of B and
// multiplies them with 12 elements of A. The loops around it are those of Goto and
// van de Geijn (Anatomy of High-Performance Matrix Multiplication, ACM TOMS 2008):
// B is cut into sections that stay in the second-level cache while bands of rows of
// A are multiplied with them.
//
// Operands are packed where it pays. Panels of B as wide as a tile are copied, once
// for all goroutines, unless B is small or is multiplied with few rows. A is copied
// into panels in which the elements of a tile's column are adjacent, which saves
// instructions, if enough columns of B make use of it or if its rows compete for
// the same sets of the cache; Stride returns a leading dimension with which they do
// not.
//
// While a tile is computed, the kernel prefetches what later tiles need: see walk.
//
// The assembly is written by the generator in gen, for amd64 with avo; go generate
// runs it.
package gemm
