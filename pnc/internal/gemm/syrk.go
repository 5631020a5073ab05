package gemm

// syrk computes one triangle, the upper if upper is set, of
//
//	C = α·A·Aᵀ + β·C, or α·Aᵀ·A + β·C with trans,
//
// where C is n×n and A is n×k, or k×n with trans. The other triangle is not
// touched. C is cut into bands of rows. The part of a band outside its diagonal
// block is one product; of the diagonal block, both triangles are computed and one
// is kept.
func syrk[T Float](upper, trans bool, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) {
	check(trans, !trans, n, n, k, a, lda, a, lda)
	checkResult(n, n, c, ldc)
	pool := poolsOf[T]()
	buf := pool.buffers.Get().(*buffers[T])
	defer pool.buffers.Put(buf)
	at := func(i int) []T { // row i of op(A)
		if k == 0 {
			return nil
		}
		if trans {
			return a[i:]
		}
		return a[i*lda:]
	}
	for i := 0; i < n; i += limits.syrkBand {
		m := min(limits.syrkBand, n-i)
		if j := i + m; upper && j < n {
			Mul(trans, !trans, m, n-j, k, alpha, at(i), lda, at(j), lda, beta, c[i*ldc+j:], ldc)
		} else if !upper {
			Mul(trans, !trans, m, i, k, alpha, at(i), lda, at(0), lda, beta, c[i*ldc:], ldc)
		}
		buf.c = grow(buf.c, m*m)
		Mul(trans, !trans, m, m, k, alpha, at(i), lda, at(i), lda, 0, buf.c, m)
		for r := range m {
			from, to := 0, r+1
			if upper {
				from, to = r, m
			}
			row := c[(i+r)*ldc+i:]
			for s := from; s < to; s++ {
				if v := buf.c[r*m+s]; beta == 0 {
					row[s] = v
				} else {
					row[s] = v + beta*row[s]
				}
			}
		}
	}
}
