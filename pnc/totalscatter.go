package pnc

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
)

// totalScatter accumulates in one pass the class means of a layer and its scatter about
// the mean μ of all N samples so far,
//
//	S = Σ_i (z_i - μ)(z_i - μ)ᵀ,
//
// by the pairwise update of [scatter.add] as matrices: with the mean m of B more samples,
//
//	S ← S + Σ_i (z_i - m)(z_i - m)ᵀ + NB/(N+B) (m - μ)(m - μ)ᵀ,
//
// a sum of squares without cancellation.
type totalScatter struct {
	*scatter
	gram []float64 // S, d×d, of which the upper triangle counts
	mu   []float64
	n    float64

	m, z []float64
}

func newTotalScatter(classes, dim int, unit float64) *totalScatter {
	return &totalScatter{
		scatter: newScatter(classes, dim, unit), gram: make([]float64, dim*dim),
		mu: make([]float64, dim), m: make([]float64, dim),
	}
}

// add adds the samples of a block.
func (t *totalScatter) add(b *block) {
	runs := slices.Collect(b.runs())
	columns := b.size() + len(runs) // one more for the mean of each run
	t.z = resized(t.z, b.dim*columns)
	for i, u := range runs {
		t.addRun(b, u, t.m)
		size := float64(u.to - u.from)
		share, weight := size/(t.n+size), math.Sqrt(t.n*size/(t.n+size))
		t.crew.Run(b.dim, crew.Grain(u.to-u.from), crew.Func(func(from, to, _ int) {
			for r := from; r < to; r++ {
				row, m, delta := t.z[r*columns:(r+1)*columns], t.m[r], t.m[r]-t.mu[r]
				b.minus(row[u.from:u.to], r, u.from, m)
				row[b.size()+i] = weight * delta
				t.mu[r] += share * delta
			}
		}))
		t.n += size
	}
	upperGram(t.gram, t.z, b.dim, columns)
}

// upperGram adds zzᵀ to the upper triangle of the d×d matrix gram, for a d×n matrix z.
func upperGram(gram, z []float64, d, n int) {
	gemm.BLAS{}.Dsyrk(blas.Upper, blas.NoTrans, d, n, 1, z, n, 1, gram, d)
}
