package pnc

import "pnclab/pnc/internal/words"

// sparseSamples stores samples of which few features are not 0, as those of
// texts: 120,000 news items of dimension 2048 take 0.1 GB instead of 2 GB.
type sparseSamples struct {
	rows []words.Vector
	dim  int
}

func (s sparseSamples) dims() (n, d int) { return len(s.rows), s.dim }

func (s sparseSamples) row(dst []float64, i int)   { fillSparse(dst, s.rows[i]) }
func (s sparseSamples) row32(dst []float32, i int) { fillSparse(dst, s.rows[i]) }

func fillSparse[T float32 | float64](dst []T, v words.Vector) {
	clear(dst)
	for i, j := range v.Index {
		dst[j] = T(v.Value[i])
	}
}

func (s sparseSamples) subset(index []int) samples {
	rows := make([]words.Vector, len(index))
	for i, j := range index {
		rows[i] = s.rows[j]
	}
	return sparseSamples{rows, s.dim}
}
