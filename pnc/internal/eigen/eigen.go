// Package eigen computes the eigenvalues of symmetric matrices with the kernels of
// packages gemm and vec. For large matrices it is several times as fast as gonum.
package eigen

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/lapack/gonum"

	"pnclab/pnc/internal/vec"
)

// Values returns the eigenvalues of a symmetric n×n matrix in ascending order. Row i
// of the matrix is a[i*n : (i+1)*n]; only its elements up to the diagonal are read,
// and they are overwritten. ok is false if the matrix has NaN or infinite elements or
// if the iteration does not converge. The error of each eigenvalue is a few ε times
// the largest absolute value of an eigenvalue. Values panics if n < 1 or if a does
// not have n*n elements.
//
// Householder reflections reduce the matrix to a tridiagonal one (Golub, Van Loan,
// Matrix Computations, §8.3), whose eigenvalues LAPACK's dsterf computes. Half of the
// operations are products of the matrix with vectors. The other half, the updates of
// the matrix, are deferred until there is a block of reflections, so that they become
// products of matrices (Dongarra, Sorensen, Hammarling 1989).
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

// flush sets to zero elements that only tiny eigenvalues depend on: gonum's dsterf
// panics when it scales a part of the matrix that has only tiny elements.
func flush(x []float64) {
	for i, v := range x {
		if math.Abs(v) < 1e-100 {
			x[i] = 0
		}
	}
}
