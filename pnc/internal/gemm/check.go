package gemm

// check panics unless the operands of a product m×n×k lie in their slices.
func check[T Float](transA, transB bool, m, n, k int, a []T, lda int, b []T, ldb int) {
	switch {
	case m < 0:
		panic("gemm: m < 0")
	case n < 0:
		panic("gemm: n < 0")
	case k < 0:
		panic("gemm: k < 0")
	}
	rowsA, colsA, rowsB, colsB := m, k, k, n
	if transA {
		rowsA, colsA = k, m
	}
	if transB {
		rowsB, colsB = n, k
	}
	switch {
	case lda < max(1, colsA):
		panic("gemm: bad leading dimension of A")
	case ldb < max(1, colsB):
		panic("gemm: bad leading dimension of B")
	case m == 0 || n == 0 || k == 0:
	case len(a) < lda*(rowsA-1)+colsA:
		panic("gemm: insufficient length of a")
	case len(b) < ldb*(rowsB-1)+colsB:
		panic("gemm: insufficient length of b")
	}
}

// checkResult panics unless the m×n result lies in its slice.
func checkResult[T Float](m, n int, c []T, ldc int) {
	switch {
	case ldc < max(1, n):
		panic("gemm: bad leading dimension of C")
	case m == 0 || n == 0:
	case len(c) < ldc*(m-1)+n:
		panic("gemm: insufficient length of c")
	}
}
