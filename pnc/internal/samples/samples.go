// Package samples stores the samples of data sets: as a matrix, as the bytes of
// images that are normalised when they are read, or as sparse vectors.
package samples

import (
	"encoding/binary"
	"fmt"
	"hash"
	"math"
)

// Set is a sequence of N samples of dimension d.
type Set interface {
	// Dims returns the number of samples and their dimension.
	Dims() (n, d int)
	// Row writes sample i to dst, which has length d.
	Row(dst []float64, i int)
	// Row32 is Row in float32.
	Row32(dst []float32, i int)
	// Subset returns the samples with the given indices.
	Subset(index []int) Set
	// Hash writes data that identify the content to h.
	Hash(h hash.Hash)
}

// Rows writes the samples with the given indices to the rows of dst.
func Rows[T float32 | float64](dst []T, s Set, index []int) {
	_, d := s.Dims()
	for i, j := range index {
		switch row := any(dst[i*d : (i+1)*d]).(type) {
		case []float64:
			s.Row(row, j)
		case []float32:
			s.Row32(row, j)
		}
	}
}

// hashFloats writes the bits of v to h.
func hashFloats(h hash.Hash, v []float64) {
	b := make([]byte, 0, 8*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	h.Write(b)
}

// hashHeader writes the kind and the shape of a set to h.
func hashHeader(h hash.Hash, kind string, shape ...int) { fmt.Fprintln(h, kind, shape) }
