package pnc

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/gemm"
)

// collapse accumulates, in a second pass that knows the class means, what NC1 and
// NC4 need of a layer.
//
// NC1 needs tr(Σ_W Σ_B⁺) but neither matrix: with the SVD √(1/K) M = U S Vᵀ of the
// centred class means, Σ_B⁺ = V S⁻² Vᵀ, so the trace is the mean of
// ‖S⁻¹Vᵀ(z_i - μ_{y_i})‖². NC4 needs the nearest mean: the k that maximises
// ⟨μ_k - μ_y, z - μ_y⟩ - ½‖μ_k - μ_y‖². Both are products of a small matrix with
// the centred features.
type collapse struct {
	scatter   *scatter
	whitening int        // rows of S⁻¹Vᵀ
	rows      *mat.Dense // S⁻¹Vᵀ on top of the class means
	half      *mat.Dense // K×K, ½‖μ_k - μ_k'‖²
	within    float64    // Σ_i ‖S⁻¹Vᵀ(z_i - μ_{y_i})‖²
	agreed    float64

	z, product []float64
}

func newCollapse(s *scatter) *collapse {
	k, d := s.mean.Dims()
	m := s.centred()
	m.Scale(1/math.Sqrt(float64(k)), m)
	c := &collapse{scatter: s, half: mat.NewDense(k, k, nil)}
	var svd mat.SVD
	var v mat.Dense
	var singular []float64
	// Without a decomposition, as of means with NaN, NC1 is undefined.
	if norm := mat.Norm(m, 2); norm > 0 && !math.IsInf(norm, 0) && svd.Factorize(m, mat.SVDThin) {
		svd.VTo(&v)
		singular = svd.Values(nil)
	}
	// Eigenvalues of Σ_B, squares of the singular values, count as zero below
	// d·ε·λ_max, the convention of pseudo-inverses.
	for _, sv := range singular {
		if sv*sv > float64(d)*0x1p-52*singular[0]*singular[0] {
			c.whitening++
		}
	}
	c.rows = mat.NewDense(c.whitening+k, d, nil)
	for r := range c.whitening {
		row := c.rows.RawRowView(r)
		mat.Col(row, r, &v)
		floats.Scale(1/singular[r], row)
	}
	for i := range k {
		c.rows.SetRow(c.whitening+i, s.mean.RawRowView(i))
		for j := range k {
			dist := floats.Distance(s.mean.RawRowView(i), s.mean.RawRowView(j), 2)
			c.half.Set(i, j, dist*dist/2)
		}
	}
	return c
}

// addCollapse adds a block and returns the class whose mean is nearest for each
// of its samples.
func addCollapse[T gemm.Float](c *collapse, b block[T]) []int {
	rows, d := c.rows.Dims()
	c.z = centredBlock(c.z, b, c.scatter.mean.RawRowView(b.class))
	c.product = resized(c.product, rows*b.size)
	gemm.Mul(false, false, rows, b.size, d, 1, c.rows.RawMatrix().Data, d, c.z, b.size, 0, c.product, b.size)
	for _, v := range c.product[:c.whitening*b.size] {
		c.within += v * v
	}
	scores := c.product[c.whitening*b.size:]
	for k := range c.half.RawMatrix().Rows {
		floats.AddConst(-c.half.At(k, b.class), scores[k*b.size:(k+1)*b.size])
	}
	own := make([]int, b.size)
	argmaxColumns(own, scores)
	return own
}

// agree counts the samples whose nearest class mean is the class decided.
func (c *collapse) agree(own []int, decided func(i int) int) {
	for i, k := range own {
		if k == decided(i) {
			c.agreed++
		}
	}
}

// measures fills in NC1 and NC4.
func (c *collapse) measures(m *LayerMeasures) {
	n := float64(m.N)
	m.NC4 = c.agreed / n
	if c.whitening > 0 {
		m.NC1 = c.within / n / float64(m.Classes)
	}
}

// centredBlock writes the features of a block minus mean to z, which is made
// larger if need be, and returns it.
func centredBlock[T gemm.Float](z []float64, b block[T], mean []float64) []float64 {
	z = resized(z, b.dim*b.size)
	for r, m := range mean {
		out := z[r*b.size : (r+1)*b.size]
		for i, v := range b.row(r) {
			out[i] = float64(v) - m
		}
	}
	return z
}

// resized returns a slice of length n, s if it is large enough.
func resized[T gemm.Float](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
