package linalg

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/gemm"
)

// Mul returns op(a) op(b), where op transposes its argument if transA or transB is
// set. It panics if the inner dimensions differ.
func Mul(transA, transB bool, a, b *mat.Dense) *mat.Dense {
	m, k := a.Dims()
	if transA {
		m, k = k, m
	}
	l, n := b.Dims()
	if transB {
		l, n = n, l
	}
	if k != l {
		panic(fmt.Sprintf("pnc: product of matrices with %d columns and %d rows", k, l))
	}
	c := mat.NewDense(m, n, nil)
	x, y := a.RawMatrix(), b.RawMatrix()
	gemm.Mul(transA, transB, m, n, k, 1, x.Data, x.Stride, y.Data, y.Stride, 0, c.RawMatrix().Data, n)
	return c
}
