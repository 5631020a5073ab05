package engine

import (
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// scratch is the memory in which a goroutine computes a part of a convolution.
type scratch[T gemm.Float] struct {
	v, m   []T // planes, or sums
	blank  []T // zeros outside the image
	waste  []T // what is computed outside the image
	pixels vec.Pixels36[T]
	square vec.Pixels16[T]
	kernel vec.Pixels9[T]
	where  [planes]int
	ld     int // of the rows of planes
}

// reserve provides memory for blocks of some columns of at most a batch of samples, and
// planes of the given numbers of rows.
func (s *scratch[T]) reserve(columns, batch, rowsV, rowsM int) (stepV, stepM int) {
	width := gemm.Columns[T]()
	s.ld = (columns+width-1)/width*width + 16 // room for the excess, and no power of two
	stepV, stepM = rowsV*s.ld+16, rowsM*s.ld+16
	s.v = grown(s.v, planes*stepV)
	s.m = grown(s.m, planes*stepM)
	s.blank, s.waste = grown(s.blank, batch), grown(s.waste, batch)
	return stepV, stepM
}

// grown returns s, or new memory if it has less than n elements.
func grown[T any](s []T, n int) []T {
	if len(s) < n {
		return make([]T, n)
	}
	return s
}

// room provides every goroutine with a scratch.
func (w *workshop[T]) room() {
	for len(w.scratch) < w.crew.Size() {
		w.scratch = append(w.scratch, new(scratch[T]))
	}
}
