package linalg

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// cholBase is the order up to which a triangle is factorised, or solved with, row by row.
const cholBase = 24

// Cholesky is a decomposition A = UᵀU of a symmetric positive definite matrix, with an
// upper triangular U.
type Cholesky struct {
	n int
	u []float64 // n×n, of which the upper triangle counts
}

// Factorize decomposes the n×n matrix of which a holds the upper triangle by rows, and
// overwrites it. It reports whether A is positive definite up to rounding: not if a pivot
// is zero, negative, infinite or NaN. It panics if a is part of a larger matrix.
//
// Halves of A are decomposed one after the other (Gustavson 1997), so that nearly all of
// the work is in matrix products, which makes it several times faster than gonum's. As
// with any order of summation, UᵀU is A up to (n+3)u |Uᵀ||U| element by element, u the
// unit roundoff (Higham, Accuracy and Stability of Numerical Algorithms, Theorem 10.3, and
// two roundings for multiplying by reciprocals).
func (c *Cholesky) Factorize(a *mat.SymDense) bool {
	raw := a.RawSymmetric()
	if raw.Stride != raw.N {
		panic("pnc: Cholesky of a part of a matrix")
	}
	c.n, c.u = raw.N, raw.Data
	return c.factorize(0, c.n)
}

// factorize decomposes rows and columns [from,to).
func (c *Cholesky) factorize(from, to int) bool {
	n, size := c.n, to-from
	if size > cholBase {
		middle := from + (size+1)/2
		if !c.factorize(from, middle) {
			return false
		}
		beside := c.u[from*n+middle:]
		c.solveLower(from, middle, beside, to-middle, n)
		gemm.BLAS{}.Dsyrk(blas.Upper, blas.Trans, to-middle, middle-from, -1, beside, n, 1, c.u[middle*n+middle:], n)
		return c.factorize(middle, to)
	}
	for i := from; i < to; i++ {
		row := c.u[i*n+i : i*n+to]
		if !(row[0] > 0) || math.IsInf(row[0], 1) {
			return false
		}
		pivot := math.Sqrt(row[0])
		row[0] = pivot
		vec.Scale(1/pivot, row[1:])
		for j := i + 1; j < to; j++ {
			vec.Axpy(-row[j-i], row[j-i:], c.u[j*n+j:j*n+to])
		}
	}
	return true
}

// Solve replaces b by the solution X of AX = B: exactly that of a matrix within
// (3n+10)u |Uᵀ||U| of A, a different one for each column (Theorem 10.4 there). It panics if
// b has another number of rows than A.
func (c *Cholesky) Solve(b *mat.Dense) {
	raw := b.RawMatrix()
	if raw.Rows != c.n {
		panic(fmt.Sprintf("pnc: right sides of %d rows for a matrix of order %d", raw.Rows, c.n))
	}
	c.solveLower(0, c.n, raw.Data, raw.Cols, raw.Stride)
	c.solveUpper(0, c.n, raw.Data, raw.Cols, raw.Stride)
}

// solveLower replaces the matrix x by U₁⁻ᵀ x, where U₁ has rows and columns [from,to) of U.
func (c *Cholesky) solveLower(from, to int, x []float64, cols, ldx int) {
	n, size := c.n, to-from
	if size > cholBase {
		half := (size + 1) / 2
		middle := from + half
		c.solveLower(from, middle, x, cols, ldx)
		gemm.Mul(true, false, size-half, cols, half, -1, c.u[from*n+middle:], n, x, ldx, 1, x[half*ldx:], ldx)
		c.solveLower(middle, to, x[half*ldx:], cols, ldx)
		return
	}
	for i := range size {
		row, u := x[i*ldx:i*ldx+cols], c.u[(from+i)*n+from:]
		vec.Scale(1/u[i], row)
		for j := i + 1; j < size; j++ {
			vec.Axpy(-u[j], row, x[j*ldx:j*ldx+cols])
		}
	}
}

// solveUpper replaces x by U₁⁻¹ x.
func (c *Cholesky) solveUpper(from, to int, x []float64, cols, ldx int) {
	n, size := c.n, to-from
	if size > cholBase {
		half := (size + 1) / 2
		middle := from + half
		c.solveUpper(middle, to, x[half*ldx:], cols, ldx)
		gemm.Mul(false, false, half, cols, size-half, -1, c.u[from*n+middle:], n, x[half*ldx:], ldx, 1, x, ldx)
		c.solveUpper(from, middle, x, cols, ldx)
		return
	}
	for i := size - 1; i >= 0; i-- {
		row := x[i*ldx : i*ldx+cols]
		vec.Scale(1/c.u[(from+i)*n+from+i], row)
		for j := range i {
			vec.Axpy(-c.u[(from+j)*n+from+i], row, x[j*ldx:j*ldx+cols])
		}
	}
}
