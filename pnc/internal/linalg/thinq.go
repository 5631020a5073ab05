package linalg

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/gemm"
)

// panelWidth is the number of columns that are orthogonalised one by one before
// the rest of the matrix is updated by matrix products.
const panelWidth = 32

// ThinQ returns the rows×cols factor Q of the QR decomposition of a, rows ≥ cols,
// for which R has a positive diagonal. Columns that depend on those before them are
// replaced: Q has orthonormal columns for every a.
//
// It is the blocked Householder method (Schreiber, Van Loan 1989), as in LAPACK, on
// the matrix product of this module, which makes it several times faster than
// gonum's.
func ThinQ(a *mat.Dense) *mat.Dense {
	rows, cols := a.Dims()
	rest := mat.DenseCopyOf(a).RawMatrix().Data
	q := mat.NewDense(rows, cols, nil)
	var panels []*reflectors
	var negative []bool
	for k := 0; k < cols; k += panelWidth {
		p := newReflectors(min(panelWidth, cols-k), rows-k)
		for i := range p.count {
			for j := range p.length {
				p.v[i*p.length+j] = rest[(k+j)*cols+k+i]
			}
		}
		negative = append(negative, p.factorise()...)
		if next := k + p.count; next < cols {
			p.apply(true, rest[k*cols+next:], cols-next, cols)
		}
		panels = append(panels, p)
	}
	for j := range cols {
		q.Set(j, j, 1)
	}
	for i, p := range slices.Backward(panels) {
		k := i * panelWidth
		p.apply(false, q.RawMatrix().Data[k*cols+k:], cols-k, cols)
	}
	for i := range rows {
		for j, v := range q.RawRowView(i) {
			if negative[j] {
				q.Set(i, j, -v)
			}
		}
	}
	return q
}

// reflectors is a product of Householder reflections,
//
//	H_1 ⋯ H_n = I - Vᵀ T V,   H_i = I - τ_i v_i v_iᵀ
//
// where v_i is row i of the n×length matrix V, starts with i zeros and a one, and
// T is upper triangular.
type reflectors struct {
	count, length int
	v, t          []float64
}

func newReflectors(count, length int) *reflectors {
	return &reflectors{count, length, make([]float64, count*length), make([]float64, count*count)}
}

// factorise finds the reflections that make the columns of a matrix, which v
// holds as rows, upper triangular, and reports which elements of its diagonal are
// then negative.
func (r *reflectors) factorise() (negative []bool) {
	n := r.count
	for i := range n {
		row := r.v[i*r.length : (i+1)*r.length]
		clear(row[:i]) // elements of R, which are not needed
		x := row[i:]
		alpha, beta := x[0], -math.Copysign(floats.Norm(x, 2), x[0])
		negative = append(negative, beta < 0)
		x[0] = 1
		if beta == 0 {
			continue // a column of zeros: τ = 0, H = I
		}
		floats.Scale(1/(alpha-beta), x[1:])
		tau := (beta - alpha) / beta
		r.t[i*n+i] = tau
		for j := i + 1; j < n; j++ {
			y := r.v[j*r.length+i : (j+1)*r.length]
			floats.AddScaled(y, -tau*floats.Dot(x, y), x)
		}
	}
	// Column i of T is -τ_i T (V v_i) above the diagonal.
	gram := make([]float64, n*n)
	gemm.Mul(false, true, n, n, r.length, 1, r.v, r.length, r.v, r.length, 0, gram, n)
	for i := range n {
		tau := r.t[i*n+i]
		for j := range i {
			var sum float64
			for l := j; l < i; l++ {
				sum += r.t[j*n+l] * gram[l*n+i]
			}
			r.t[j*n+i] = -tau * sum
		}
	}
	return negative
}

// apply replaces the length×cols matrix c, with stride ldc, by its product with
// the reflections from the left, or with their transpose.
func (r *reflectors) apply(transposed bool, c []float64, cols, ldc int) {
	n := r.count
	vc, tvc := make([]float64, n*cols), make([]float64, n*cols)
	gemm.Mul(false, false, n, cols, r.length, 1, r.v, r.length, c, ldc, 0, vc, cols)
	gemm.Mul(transposed, false, n, cols, n, 1, r.t, n, vc, cols, 0, tvc, cols)
	gemm.Mul(true, false, r.length, cols, n, -1, r.v, r.length, tvc, cols, 1, c, ldc)
}
