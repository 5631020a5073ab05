// Package eigen computes the eigenvalues of large symmetric matrices several
// times as fast as gonum, with the kernels of packages gemm and vec.
package eigen

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/lapack/gonum"

	"pnclab/pnc/internal/vec"
)

// Values returns the eigenvalues of a symmetric n×n matrix in ascending order.
// Row i of the matrix is a[i*n : (i+1)*n], of which the elements up to the
// diagonal are read. They are overwritten. It returns false if there are no
// eigenvalues, with NaN or infinities in the matrix. Errors are a few ε times the
// largest eigenvalue in size.
//
// The matrix is reduced to a tridiagonal one by Householder reflections (Golub,
// Van Loan, Matrix Computations, §8.3), whose eigenvalues LAPACK's dsterf finds.
// Half of the operations are products of the matrix with a vector; the others,
// the updates of the matrix, are put off until there is a block of reflections
// and become products of matrices (Dongarra, Sorensen, Hammarling 1989).
func Values(n int, a []float64) (values []float64, ok bool) {
	if n < 1 || len(a) != n*n {
		panic(fmt.Sprintf("eigen: %d elements for a matrix of %d×%d", len(a), n, n))
	}
	largest := 0.0
	for i := range n {
		for _, v := range a[i*n : i*n+i+1] {
			largest = max(largest, math.Abs(v)) // NaN if v is
		}
	}
	if math.IsNaN(largest) || math.IsInf(largest, 0) {
		return nil, false
	}
	diagonal, beside := make([]float64, n), make([]float64, n-1)
	if largest == 0 {
		return diagonal, true
	}
	_, exponent := math.Frexp(largest)
	exponent = max(exponent, -1000)        // 2¹⁰⁰⁰ is still a number
	vec.Scale(math.Ldexp(1, -exponent), a) // squares neither overflow nor vanish
	newReduction(n, a).run(diagonal, beside)
	flush(diagonal)
	flush(beside)
	if !(gonum.Implementation{}).Dsterf(n, diagonal, beside) {
		return nil, false
	}
	for i, v := range diagonal {
		diagonal[i] = math.Ldexp(v, exponent)
	}
	return diagonal, true
}

// flush sets elements to zero that no other than tiny eigenvalues depend on: gonum's
// dsterf panics where it has to scale a part of the matrix that is all tiny.
func flush(x []float64) {
	for i, v := range x {
		if math.Abs(v) < 1e-100 {
			x[i] = 0
		}
	}
}
