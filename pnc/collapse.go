package pnc

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/engine"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/linalg"
)

// collapse accumulates, in a second pass that knows the class means, what NC1 and
// NC4 need of a layer.
//
// NC1 needs tr(Σ_W Σ_B⁺) but neither matrix: with Σ_B⁺ = WᵀW, see [whitening], the
// trace is the mean of ‖W(z_i - μ_{y_i})‖². NC4 needs the nearest mean: the k that maximises
// ⟨μ_k - μ_y, z - μ_y⟩ - ½‖μ_k - μ_y‖². Both are products of a small matrix with
// the centred features.
type collapse struct {
	scatter   *scatter
	whitening int        // rows of W
	weighted  int        // and of that with classes weighted by size, if sizes differ
	rows      *mat.Dense // W on top of the class means
	distances *mat.Dense // K×K, ‖μ_k - μ_k'‖
	balanced  bool       // both are the same
	part      int
	parts     []collapseSums // in their order; the last is that of the current part
	ambiguous bool           // two class means coincide up to rounding

	z, product []float64
}

func newCollapse(s *scatter) *collapse {
	k, d := s.mean.Dims()
	c := &collapse{scatter: s, distances: s.distances()}
	r := s.rounding()
	unweighted, weighted := s.centred(), s.centred()
	total := floats.Sum(s.count)
	c.balanced = true
	for i, n := range s.count {
		floats.Scale(math.Sqrt(n/total), weighted.RawRowView(i))
		c.balanced = c.balanced && n == s.count[0]
	}
	unweighted.Scale(1/math.Sqrt(float64(k)), unweighted)
	roots := make([]float64, k) // the combination of weighted rows that is zero
	for i, n := range s.count {
		roots[i] = math.Sqrt(n)
	}
	left := slices.Clone(s.count)
	if s.weights == BySamples { // NC1 has them weighted as well
		unweighted, left, c.balanced = weighted, slices.Clone(roots), true
	}
	var parts []*mat.Dense
	if rows := whitening(unweighted, left, 2*r.all); rows != nil {
		c.whitening, _ = rows.Dims()
		parts = append(parts, rows)
	}
	if !c.balanced && c.whitening > 0 { // otherwise both are the same
		if rows := whitening(weighted, roots, 2*r.all); rows != nil {
			c.weighted, _ = rows.Dims()
			parts = append(parts, rows)
		}
	}
	above := c.whitening + c.weighted
	c.rows = mat.NewDense(above+k, d, nil)
	at := 0
	for _, p := range parts {
		n, _ := p.Dims()
		c.rows.Slice(at, at+n, 0, d).(*mat.Dense).Copy(p)
		at += n
	}
	for i := range k {
		c.rows.SetRow(above+i, s.mean.RawRowView(i))
		for j := range i {
			dist := c.distances.At(i, j)
			if !(dist > r.of[i]+r.of[j]) {
				c.ambiguous = true
			}
		}
	}
	return c
}

// whitening returns rows w_r such that Σ_r ⟨w_r, z⟩² = zᵀ(mᵀm)⁺z for the K×d matrix m, whose
// rows are dependent: left, which is overwritten, times m is zero. Eigenvalues of mᵀm,
// squares of the singular values of m, count as zero below d·ε·λ_max, the convention of
// pseudo-inverses, and singular values up to the given one, which rounding alone may
// cause.
//
// A reflection that turns left to the first axis leaves K-1 rows h of m. If no singular
// value of these counts as zero, the rows are R⁻¹Qᵀ of the decomposition hᵀ = QR, and
// otherwise S⁻¹Vᵀ of m = U S Vᵀ, which takes ten times as long for many classes. Both are
// accurate to a few ε times the ratio of the largest to the smallest singular value.
func whitening(m *mat.Dense, left []float64, least float64) (rows *mat.Dense) {
	// Without a decomposition, as of means with NaN, there is none.
	norm := mat.Norm(m, 2)
	if !(norm > 0) || math.IsInf(norm, 0) {
		return nil
	}
	if rows = whiteningQR(m, left, least); rows != nil {
		return rows
	}
	_, d := m.Dims()
	var svd mat.SVD
	if !svd.Factorize(m, mat.SVDThin) {
		return nil
	}
	var v mat.Dense
	svd.VTo(&v)
	singular := svd.Values(nil)
	for r, sv := range singular {
		if !(sv*sv > float64(d)*0x1p-52*singular[0]*singular[0] && sv > least) {
			singular = singular[:r]
			break
		}
	}
	if len(singular) == 0 {
		return nil
	}
	rows = mat.DenseCopyOf(v.Slice(0, d, 0, len(singular)).T())
	for r, sv := range singular {
		floats.Scale(1/sv, rows.RawRowView(r))
	}
	return rows
}

// whiteningQR is whitening if no singular value counts as zero, and nil otherwise.
func whiteningQR(m *mat.Dense, left []float64, least float64) *mat.Dense {
	k, d := m.Dims()
	if k < 2 || d < k-1 {
		return nil
	}
	// I - 2vvᵀ/‖v‖² turns left to the first axis.
	v := left
	v[0] += math.Copysign(floats.Norm(left, 2), v[0])
	var along, reflected mat.Dense
	along.Mul(mat.NewDense(1, k, v), m)
	reflected.CloneFrom(m)
	square := floats.Dot(v, v)
	for i := range k {
		floats.AddScaled(reflected.RawRowView(i), -2*v[i]/square, along.RawRowView(0))
	}
	h := mat.DenseCopyOf(reflected.Slice(1, k, 0, d))
	q := linalg.ThinQ(mat.DenseCopyOf(h.T()))
	r := linalg.Mul(true, true, q, h) // upper triangular; what is below is rounding
	inverse := r.RawMatrix()
	largest := mat.Norm(r, 2)
	if !(gonum.Implementation{}).Dtrtri(blas.Upper, blas.NonUnit, k-1, inverse.Data, inverse.Stride) {
		return nil
	}
	for i := range k - 1 {
		clear(inverse.Data[i*inverse.Stride : i*inverse.Stride+i])
	}
	// 1/‖R⁻¹‖ is at most the smallest singular value, and ‖R‖ at least the largest.
	if smallest := 1 / mat.Norm(r, 2); !(smallest > max(least, math.Sqrt(float64(d)*0x1p-52)*largest)) {
		return nil
	}
	return linalg.Mul(false, true, r, q)
}

// collapseSums are the sums over samples that NC1 and NC4 follow from.
type collapseSums struct {
	within    float64 // Σ_i ‖W(z_i - μ_{y_i})‖²
	separated float64 // the same with classes weighted by size, if sizes differ
	agreed    float64
}

// add adds a block, whose samples count as agreeing where the nearest class mean is
// that of the class that reference has for them.
func (c *collapse) add(b *block, reference []int) {
	c.addWeighted(b, c.scatter.mean, c.scatter.sampleWeights(b.labels), reference)
}

// addWeighted is add for features minus the rows of centre, with a weight for every
// sample; nil means that all are one.
func (c *collapse) addWeighted(b *block, centre *mat.Dense, weights []float64, reference []int) {
	if b.part != c.part || c.parts == nil {
		c.part, c.parts = b.part, append(c.parts, collapseSums{})
	}
	sums := &c.parts[len(c.parts)-1]
	n := b.size()
	nearest := c.nearest(b, centre)
	sums.within += squares(c.product[:c.whitening*n], weights)
	sums.separated += squares(c.product[c.whitening*n:(c.whitening+c.weighted)*n], weights)
	for i, k := range nearest {
		switch {
		case k != reference[i]:
		case weights == nil:
			sums.agreed++
		default:
			sums.agreed += weights[i]
		}
	}
}

// squares returns the sum of the squares of the elements of a matrix with a weight for
// every column; nil means that all are one.
func squares(m, weights []float64) (s float64) {
	if weights == nil {
		for _, v := range m {
			s += v * v
		}
		return s
	}
	n := len(weights)
	for i, v := range m {
		s += weights[i%n] * v * v
	}
	return s
}

// nearest returns the classes whose means are nearest to the features of a block, which
// are centred at the rows of centre: at the class means, or what is left of them in
// features that were shifted. It leaves the products of the rows with them in c.product.
func (c *collapse) nearest(b *block, centre *mat.Dense) []int {
	rows, d := c.rows.Dims()
	n := b.size()
	c.z = b.centred(c.z, centre)
	c.product = resized(c.product, rows*n)
	gemm.Mul(false, false, rows, n, d, 1, c.rows.RawMatrix().Data, d, c.z, n, 0, c.product, n)
	scores := c.product[(c.whitening+c.weighted)*n:]
	for k := range c.scatter.count {
		row := scores[k*n : (k+1)*n]
		for u := range b.runs() {
			dist := c.distances.At(k, u.class)
			floats.AddConst(-dist*dist/2, row[u.from:u.to])
		}
	}
	nearest := make([]int, n)
	engine.ArgmaxColumns(nearest, scores)
	return nearest
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
		switch {
		case c.balanced:
			m.Separation = all.within / n
		case c.weighted > 0:
			m.Separation = all.separated / n
		default:
			m.undefined(meansCoincide, "separation")
		}
	} else {
		m.undefined(meansCoincide, "NC1", "separation")
	}
	if c.scatter.withinIsRounding() {
		m.atMost(withinIsRounding, "NC1", "separation")
	}
}
