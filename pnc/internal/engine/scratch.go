package engine

import "pnclab/pnc/internal/gemm"

// scratch is the memory in which a goroutine computes a part of a convolution.
type scratch[T gemm.Float] struct {
	v, m []T // planes, or sums
	tile winogradTile[T]
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
