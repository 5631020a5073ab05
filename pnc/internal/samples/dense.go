package samples

import (
	"hash"

	"gonum.org/v1/gonum/mat"
)

// Dense stores samples as the rows of a float64 matrix.
type Dense struct{ *mat.Dense }

// Dims returns the number of samples and their dimension.
func (s Dense) Dims() (n, d int) { return s.Dense.Dims() }

// Row writes sample i to dst.
func (s Dense) Row(dst []float64, i int) { copy(dst, s.RawRowView(i)) }

// Row32 writes sample i, rounded, to dst.
func (s Dense) Row32(dst []float32, i int) {
	for j, v := range s.RawRowView(i) {
		dst[j] = float32(v)
	}
}

// Subset returns a copy of the samples with the given indices.
func (s Dense) Subset(index []int) Set {
	_, d := s.Dims()
	x := mat.NewDense(len(index), d, nil)
	for i, j := range index {
		x.SetRow(i, s.RawRowView(j))
	}
	return Dense{x}
}

// Hash writes all samples to h.
func (s Dense) Hash(h hash.Hash) {
	n, d := s.Dims()
	hashHeader(h, "dense", n, d)
	for i := range n {
		hashFloats(h, s.RawRowView(i))
	}
}
