package neighbors

import (
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
)

// Lists holds the k nearest other samples of each of n samples by Euclidean
// distance: those of sample i are Index[i*K:(i+1)*K], nearest first, and their
// distances are at the same positions in Dist. Of two samples at the same distance,
// the one with the smaller index counts as nearer, so that the result is unique.
type Lists struct {
	K     int
	Index []int32
	Dist  []float64
}

// Of returns the neighbours of sample i and their distances.
func (nb *Lists) Of(i int) ([]int32, []float64) {
	return nb.Index[i*nb.K : (i+1)*nb.K], nb.Dist[i*nb.K : (i+1)*nb.K]
}

// maxExact is the number of samples up to which all distances are computed. Up to about
// as many this takes no longer than nearest-neighbour descent.
const maxExact = 10_000

// Find returns the k nearest neighbours of every row of z: exact ones for up to
// maxExact rows or treeDims columns, beyond that approximate ones found by a randomised
// method. k must be in 1..n-1. It panics if z contains NaN or Inf.
func Find(z *mat.Dense, k int, seed int) *Lists {
	n, d := z.Dims()
	linalg.CheckFinite(z)
	if n <= maxExact || d <= treeDims {
		return Exact(z, k)
	}
	return Approximate(z, k, seed)
}

// SquaredDistance returns |x - y|². It is the same for (y, x) to the last bit.
func SquaredDistance(x, y []float64) float64 {
	y = y[:len(x)]
	var s0, s1, s2, s3 float64
	j := 0
	for ; j+4 <= len(x); j += 4 {
		x4, y4 := x[j:j+4:j+4], y[j:j+4:j+4]
		d0, d1, d2, d3 := x4[0]-y4[0], x4[1]-y4[1], x4[2]-y4[2], x4[3]-y4[3]
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
	}
	for ; j < len(x); j++ {
		s0 += (x[j] - y[j]) * (x[j] - y[j])
	}
	return s0 + s1 + (s2 + s3)
}
