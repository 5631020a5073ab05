package eigen

import (
	"math"
	"sync"
	"sync/atomic"

	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// reduction reduces a matrix to tridiagonal form, from the last row upwards. Row i is
// reduced by a reflection I - τ v vᵀ of the first i coordinates, which turns the rest
// A of the matrix into
//
//	A - v wᵀ - w vᵀ,   w = τ A v - ½ τ² (vᵀ A v) v
//
// At most block such updates are pending at any time.
type reduction struct {
	n       int
	a       []float64
	pending int
	vw, wv  []float64 // 2·block×n: the v above the w, and the w above the v
	x       []float64 // v of the current row
	sums    [][]float64
	next    atomic.Int64
}

const (
	block = 32
	// parts is the number of partial sums of a product with a vector. It does not
	// depend on the number of processors, so that the result does not either.
	parts = 8
	// large is the order of a matrix from which its products with vectors are spread
	// over goroutines.
	large = 256
)

func newReduction(n int, a []float64) *reduction {
	r := &reduction{n: n, a: a, vw: make([]float64, 2*block*n), wv: make([]float64, 2*block*n), x: make([]float64, n)}
	for range parts {
		r.sums = append(r.sums, make([]float64, n))
	}
	return r
}

// v and w return the first length elements of the vectors of a pending update.
func (r *reduction) v(k, length int) []float64 { return r.vw[k*r.n:][:length] }
func (r *reduction) w(k, length int) []float64 { return r.vw[(block+k)*r.n:][:length] }

// run stores the diagonal of the tridiagonal matrix and the elements beside it.
func (r *reduction) run(diagonal, beside []float64) {
	for i := r.n - 1; i >= 0; i-- {
		row := r.a[i*r.n : i*r.n+i+1]
		for k := range r.pending {
			v, w := r.v(k, i+1), r.w(k, i+1)
			vec.Axpy(-v[i], w, row)
			vec.Axpy(-w[i], v, row)
		}
		diagonal[i] = row[i]
		if i > 0 {
			beside[i-1] = r.reflect(row[:i])
		}
		if r.pending == block {
			r.update(i)
		}
	}
}

// reflect computes the reflection that reduces a row to its last element, and returns
// that element.
func (r *reduction) reflect(row []float64) float64 {
	i := len(row)
	last := row[i-1]
	norm := math.Sqrt(vec.Dot(row[:i-1], row[:i-1]))
	if norm == 0 {
		return last
	}
	reduced := -math.Copysign(math.Hypot(last, norm), last)
	tau := (reduced - last) / reduced
	v, w := r.v(r.pending, i), r.w(r.pending, i)
	copy(v, row)
	vec.Scale(1/(last-reduced), v)
	v[i-1] = 1

	r.multiply(w, v)
	for k := range r.pending {
		vk, wk := r.v(k, i), r.w(k, i)
		dotV, dotW := vec.Dot(vk, v), vec.Dot(wk, v)
		vec.Axpy(-dotW, vk, w)
		vec.Axpy(-dotV, wk, w)
	}
	vec.Scale(tau, w)
	vec.Axpy(-tau/2*vec.Dot(v, w), v, w)
	r.pending++
	return reduced
}

// update applies the pending updates to the first i rows.
func (r *reduction) update(i int) {
	half := block * r.n
	copy(r.wv[:half], r.vw[half:])
	copy(r.wv[half:], r.vw[:half])
	const rows = 256
	for from := 0; from < i; from += rows {
		to := min(from+rows, i)
		gemm.Mul(true, false, to-from, to, 2*block, -1, r.vw[from:], r.n, r.wv, r.n, 1, r.a[from*r.n:], r.n)
	}
	r.pending = 0
}

// multiply computes y = A x for the first len(x) rows of A, of which only the
// elements up to the diagonal are stored.
func (r *reduction) multiply(y, x []float64) {
	i := len(x)
	r.x = x
	r.next.Store(0)
	if threads := gemm.Threads(); threads > 1 && i >= large {
		var others sync.WaitGroup
		for range min(threads, parts) - 1 {
			others.Go(r.multiplyParts)
		}
		r.multiplyParts()
		others.Wait()
	} else {
		r.multiplyParts()
	}
	clear(y)
	for p := range parts {
		to := border(p+1, i)
		vec.Axpy(1, r.sums[p][:to], y[:to])
	}
}

// border returns the row at which part p of i rows begins. All parts have about the
// same number of stored elements.
func border(p, i int) int { return int(float64(i) * math.Sqrt(float64(p)/parts)) }

// multiplyParts computes partial sums until none is left.
func (r *reduction) multiplyParts() {
	for {
		p := int(r.next.Add(1) - 1)
		if p >= parts {
			return
		}
		i := len(r.x)
		to := border(p+1, i)
		sum := r.sums[p][:to]
		clear(sum)
		for k := border(p, i); k < to; k++ {
			row := r.a[k*r.n : k*r.n+k+1]
			sum[k] += row[k] * r.x[k]
			sum[k] += vec.Dot(row[:k], r.x[:k])
			vec.Axpy(r.x[k], row[:k], sum[:k])
		}
	}
}
