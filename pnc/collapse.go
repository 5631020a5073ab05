package pnc

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/engine"
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
	weighted  int        // and of that with classes weighted by size, if sizes differ
	rows      *mat.Dense // S⁻¹Vᵀ on top of the class means
	half      *mat.Dense // K×K, ½‖μ_k - μ_k'‖²
	part      int
	parts     []collapseSums // in their order; the last is that of the current part
	ambiguous bool           // two class means coincide up to rounding

	z, product []float64
}

func newCollapse(s *scatter) *collapse {
	k, d := s.mean.Dims()
	c := &collapse{scatter: s, half: mat.NewDense(k, k, nil)}
	sizes, size := s.sizes()
	unweighted, weighted := s.centred(), s.centred()
	unweighted.Scale(1/math.Sqrt(float64(k)), unweighted)
	total := floats.Sum(s.count)
	balanced := true
	for i, n := range s.count {
		floats.Scale(math.Sqrt(n/total), weighted.RawRowView(i))
		balanced = balanced && n == s.count[0]
	}
	rows := whitening(unweighted, s.tolerance()*size)
	c.whitening = len(rows)
	if !balanced { // otherwise both are the same
		rows = append(rows, whitening(weighted, s.tolerance()*size)...)
		c.weighted = len(rows) - c.whitening
	}
	above := len(rows)
	c.rows = mat.NewDense(above+k, d, nil)
	for r, row := range rows {
		c.rows.SetRow(r, row)
	}
	for i := range k {
		c.rows.SetRow(above+i, s.mean.RawRowView(i))
		for j := range i {
			dist := floats.Distance(s.mean.RawRowView(i), s.mean.RawRowView(j), 2)
			c.half.Set(i, j, dist*dist/2)
			c.half.Set(j, i, dist*dist/2)
			if !(dist > s.tolerance()*max(sizes[i], sizes[j])) {
				c.ambiguous = true
			}
		}
	}
	return c
}

// whitening returns the rows of S⁻¹Vᵀ of the SVD m = U S Vᵀ. Eigenvalues of mᵀm, squares of
// the singular values, count as zero below d·ε·λ_max, the convention of
// pseudo-inverses, and singular values up to the given one, which rounding alone may
// cause.
func whitening(m *mat.Dense, least float64) (rows [][]float64) {
	_, d := m.Dims()
	var svd mat.SVD
	// Without a decomposition, as of means with NaN, there is none.
	if norm := mat.Norm(m, 2); !(norm > 0) || math.IsInf(norm, 0) || !svd.Factorize(m, mat.SVDThin) {
		return nil
	}
	var v mat.Dense
	svd.VTo(&v)
	singular := svd.Values(nil)
	for r, sv := range singular {
		if sv*sv > float64(d)*0x1p-52*singular[0]*singular[0] && sv > least {
			row := mat.Col(nil, r, &v)
			floats.Scale(1/sv, row)
			rows = append(rows, row)
		}
	}
	return rows
}

// collapseSums are the sums over samples that NC1 and NC4 follow from.
type collapseSums struct {
	within    float64 // Σ_i ‖S⁻¹Vᵀ(z_i - μ_{y_i})‖²
	separated float64 // the same with classes weighted by size, if sizes differ
	agreed    float64
}

// add adds a block, whose samples count as agreeing where the nearest class mean is
// that of the class that reference has for them.
func (c *collapse) add(b *block, reference []int) {
	if b.part != c.part || c.parts == nil {
		c.part, c.parts = b.part, append(c.parts, collapseSums{})
	}
	sums := &c.parts[len(c.parts)-1]
	rows, d := c.rows.Dims()
	n := b.size()
	c.z = b.centred(c.z, c.scatter.mean)
	c.product = resized(c.product, rows*n)
	gemm.Mul(false, false, rows, n, d, 1, c.rows.RawMatrix().Data, d, c.z, n, 0, c.product, n)
	for _, v := range c.product[:c.whitening*n] {
		sums.within += v * v
	}
	scores := c.product[(c.whitening+c.weighted)*n:]
	for _, v := range c.product[c.whitening*n : (c.whitening+c.weighted)*n] {
		sums.separated += v * v
	}
	for k := range c.half.RawMatrix().Rows {
		row := scores[k*n : (k+1)*n]
		for u := range b.runs() {
			floats.AddConst(-c.half.At(k, u.class), row[u.from:u.to])
		}
	}
	nearest := make([]int, n)
	engine.ArgmaxColumns(nearest, scores)
	for i, k := range nearest {
		if k == reference[i] {
			sums.agreed++
		}
	}
}

// measures fills in NC1, the separation and NC4.
func (c *collapse) measures(m *LayerMeasures) {
	n := float64(m.N)
	var all collapseSums
	for _, p := range c.parts {
		all.within += p.within
		all.separated += p.separated
		all.agreed += p.agreed
	}
	if _, size := c.scatter.sizes(); math.IsNaN(size) || math.IsInf(size, 0) {
		return // the scatter has said so
	}
	if c.ambiguous {
		m.undefined(twoCoincide, "NC4")
	} else {
		m.NC4 = all.agreed / n
	}
	if c.whitening > 0 {
		m.NC1 = all.within / n / float64(m.Classes)
		m.Separation = all.within / n
		if c.weighted > 0 {
			m.Separation = all.separated / n
		}
	} else {
		m.undefined(meansCoincide, "NC1", "separation")
	}
}
