package umap

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Constants of largestEigenvectors: the number of steps before the first convergence
// check, which doubles every time, the maximum number of steps, and the residual
// |Av - λv| at which it stops.
const (
	lanczosFirst    = 32
	lanczosMost     = 256
	lanczosResidual = 1e-4
)

// largestEigenvectors returns orthonormal eigenvectors of the count largest
// eigenvalues of a symmetric matrix A of norm at most 1 in the space orthogonal to a
// known eigenvector, largest eigenvalue first, as the columns of a matrix.
// multiply(dst, v) computes dst = Av.
//
// The method is that of Lanczos with full reorthogonalisation (Golub and Van
// Loan, Matrix Computations, section 10.3): Q has orthonormal rows that span the
// Krylov space of a random vector, QAQᵀ is tridiagonal, and its eigenvectors times
// Q approach those of A. After lanczosMost steps it returns its current
// approximation, which is smooth on the graph even if not exact, and good enough as
// a starting point.
func largestEigenvectors(multiply func(dst, v []float64), known []float64, count int, rnd *rand.Rand) *mat.Dense {
	n := len(known)
	steps := min(n-1, lanczosMost)
	// Row 0 is the known eigenvector, so that all others stay orthogonal to it.
	memory := mat.NewDense(steps+1, n, nil)
	floats.ScaleTo(memory.RawRowView(0), 1/floats.Norm(known, 2), known)
	var diagonal, beside []float64 // of the tridiagonal matrix

	w := make([]float64, n)
	for j := range w {
		w[j] = rnd.NormFloat64()
	}
	check := min(steps, max(lanczosFirst, 4*count))
	for step := 1; ; step++ {
		q := memory.Slice(0, step, 0, n).(*mat.Dense)
		length := orthogonalize(w, q)
		if length < 1e-10 { // the space is invariant: continue in a new one
			for j := range w {
				w[j] = rnd.NormFloat64()
			}
			orthogonalize(w, q)
			length = 0 // the two spaces are decoupled
		}
		if step > 1 {
			beside = append(beside, length)
		}
		v := memory.RawRowView(step)
		floats.ScaleTo(v, 1/floats.Norm(w, 2), w)
		multiply(w, v)
		diagonal = append(diagonal, floats.Dot(v, w))
		if step < check {
			continue
		}
		vectors, residual := ritzVectors(diagonal, beside, count, orthogonalLength(w, memory.Slice(0, step+1, 0, n).(*mat.Dense)))
		if residual <= lanczosResidual || step == steps {
			var x mat.Dense
			x.Mul(memory.Slice(1, step+1, 0, n).T(), vectors)
			return &x
		}
		check = min(steps, 2*check)
	}
}

// orthogonalize subtracts from w its projections on the orthonormal rows of q, twice
// because one pass leaves rounding errors, and returns the length of the rest.
func orthogonalize(w []float64, q *mat.Dense) float64 {
	rows, _ := q.Dims()
	coefficients := blas64.Vector{N: rows, Data: make([]float64, rows), Inc: 1}
	vector := blas64.Vector{N: len(w), Data: w, Inc: 1}
	for range 2 {
		blas64.Gemv(blas.NoTrans, 1, q.RawMatrix(), vector, 0, coefficients)
		blas64.Gemv(blas.Trans, -1, q.RawMatrix(), coefficients, 1, vector)
	}
	return floats.Norm(w, 2)
}

// orthogonalLength returns the length of the part of w orthogonal to the rows of q
// without changing w.
func orthogonalLength(w []float64, q *mat.Dense) float64 {
	return orthogonalize(append([]float64(nil), w...), q)
}

// ritzVectors returns the eigenvectors of the count largest eigenvalues of a
// tridiagonal matrix, largest first, and the largest of their residuals in the
// whole space, which are the last components times the length of the next vector.
func ritzVectors(diagonal, beside []float64, count int, next float64) (vectors *mat.Dense, residual float64) {
	m := len(diagonal)
	t := mat.NewSymDense(m, nil)
	for i, v := range diagonal {
		t.SetSym(i, i, v)
	}
	for i, v := range beside {
		t.SetSym(i, i+1, v)
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(t, true) {
		panic("pnc: UMAP: the eigenvalues of a tridiagonal matrix did not converge")
	}
	var all mat.Dense
	eigen.VectorsTo(&all)
	vectors = mat.NewDense(m, count, nil)
	for c := range count {
		column := mat.Col(nil, m-1-c, &all) // eigenvalues are in ascending order
		vectors.SetCol(c, column)
		residual = max(residual, math.Abs(next*column[m-1]))
	}
	return vectors, residual
}
