//go:build openblas && cgo

package openblas

// #cgo LDFLAGS: -lopenblas
// #include <cblas.h>
import "C"

import "unsafe"

// Mul computes C = α·op(A)·op(B) + β·C for row-major matrices with
// m, n, k > 0 on the given number of threads. It does not check its arguments.
func Mul[T float32 | float64](threads int, transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	C.openblas_set_num_threads(C.int(threads))
	ta, tb := transpose(transA), transpose(transB)
	pa, pb, pc := unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]), unsafe.Pointer(&c[0])
	if unsafe.Sizeof(alpha) == 4 {
		C.cblas_sgemm(C.CblasRowMajor, ta, tb, C.int(m), C.int(n), C.int(k),
			C.float(alpha), (*C.float)(pa), C.int(lda), (*C.float)(pb), C.int(ldb), C.float(beta), (*C.float)(pc), C.int(ldc))
	} else {
		C.cblas_dgemm(C.CblasRowMajor, ta, tb, C.int(m), C.int(n), C.int(k),
			C.double(alpha), (*C.double)(pa), C.int(lda), (*C.double)(pb), C.int(ldb), C.double(beta), (*C.double)(pc), C.int(ldc))
	}
}

func transpose(t bool) C.enum_CBLAS_TRANSPOSE {
	if t {
		return C.CblasTrans
	}
	return C.CblasNoTrans
}

// Core returns the name of the processor for which the library has chosen its
// kernels. The environment variable OPENBLAS_CORETYPE selects another.
func Core() string { return C.GoString(C.openblas_get_corename()) }
