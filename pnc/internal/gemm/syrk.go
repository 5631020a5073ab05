package gemm

import (
	"sync"
	"sync/atomic"
)

// syrk computes one triangle, the upper if upper is set, of
//
//	C = α·A·Aᵀ + β·C, or α·Aᵀ·A + β·C with trans,
//
// where C is n×n and A is n×k, or k×n with trans. The other triangle is not
// touched. C is cut into bands of rows. The part of a band outside its diagonal
// block is one product. The diagonal blocks, which goroutines share, are halved until
// they are small, when both triangles are computed and one is kept.
func syrk[T Float](upper, trans bool, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) {
	check(trans, !trans, n, n, k, a, lda, a, lda)
	checkResult(n, n, c, ldc)
	t := triangle[T]{upper, trans, k, alpha, a, lda, beta, c, ldc}
	bands := ceilDiv(n, limits.syrkBand)
	band := func(b int) (from, to int) { return b * limits.syrkBand, min((b+1)*limits.syrkBand, n) }
	for b := range bands {
		if from, to := band(b); upper {
			t.rectangle(from, to, to, n)
		} else {
			t.rectangle(from, to, 0, from)
		}
	}
	var next atomic.Int64
	work := func() {
		pool := poolsOf[T]()
		buf := pool.buffers.Get().(*buffers[T])
		defer pool.buffers.Put(buf)
		for b := int(next.Add(1)) - 1; b < bands; b = int(next.Add(1)) - 1 {
			from, to := band(b)
			t.diagonal(from, to, buf)
		}
	}
	if float64(n)*float64(limits.syrkBand)*float64(k) <= float64(limits.serial) {
		work()
		return
	}
	var helpers sync.WaitGroup
	help := func() {
		work()
		helpers.Done()
	}
	for range min(Threads(), bands) - 1 {
		helpers.Add(1)
		Go(&help)
	}
	work()
	helpers.Wait()
}

// triangle is a call of syrk.
type triangle[T Float] struct {
	upper, trans bool
	k            int
	alpha        T
	a            []T
	lda          int
	beta         T
	c            []T
	ldc          int
}

// rows returns op(A) from row i on.
func (t *triangle[T]) rows(i int) []T {
	switch {
	case t.k == 0:
		return nil
	case t.trans:
		return t.a[i:]
	}
	return t.a[i*t.lda:]
}

// rectangle computes rows [i0,i1) and columns [j0,j1) of C.
func (t *triangle[T]) rectangle(i0, i1, j0, j1 int) {
	if j0 < j1 {
		Mul(t.trans, !t.trans, i1-i0, j1-j0, t.k, t.alpha, t.rows(i0), t.lda, t.rows(j0), t.lda, t.beta, t.c[i0*t.ldc+j0:], t.ldc)
	}
}

// diagonal computes the triangle of rows and columns [from,to) of C.
func (t *triangle[T]) diagonal(from, to int, buf *buffers[T]) {
	m := to - from
	if m > limits.syrkDiagonal {
		middle := from + roundUp(m/2, min(24, m/2))
		if t.upper {
			t.rectangle(from, middle, middle, to)
		} else {
			t.rectangle(middle, to, from, middle)
		}
		t.diagonal(from, middle, buf)
		t.diagonal(middle, to, buf)
		return
	}
	buf.c = grow(buf.c, m*m)
	a := t.rows(from)
	Mul(t.trans, !t.trans, m, m, t.k, t.alpha, a, t.lda, a, t.lda, 0, buf.c, m)
	for r := range m {
		first, last := 0, r+1
		if t.upper {
			first, last = r, m
		}
		row := t.c[(from+r)*t.ldc+from:]
		for s := first; s < last; s++ {
			if v := buf.c[r*m+s]; t.beta == 0 {
				row[s] = v
			} else {
				row[s] = v + t.beta*row[s]
			}
		}
	}
}
