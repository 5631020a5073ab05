package pnc

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"
)

// neighbors are the k nearest other samples of each of n samples by Euclidean
// distance: those of sample i are index[i*k:(i+1)*k], nearest first, and their
// distances are at the same places of dist. Of two samples at the same distance
// the one with the smaller index counts as nearer, so that the answer is unique.
type neighbors struct {
	k     int
	index []int32
	dist  []float64
}

// of returns the neighbours of sample i and their distances.
func (nb *neighbors) of(i int) ([]int32, []float64) {
	return nb.index[i*nb.k : (i+1)*nb.k], nb.dist[i*nb.k : (i+1)*nb.k]
}

// maxExact is the number of samples up to which all distances are computed. From
// about 5,000 on this takes longer than nearest-neighbour descent, at 10,000
// twice as long, which is still seconds; the exact answer is worth that.
const maxExact = 10_000

// nearestNeighbors returns the k nearest neighbours of every row of z: exact ones of up
// to maxExact rows, beyond that approximate ones found with the help of random
// numbers. k must be in 1..n-1. It panics if z has NaN or Inf.
func nearestNeighbors(z *mat.Dense, k int, seed uint64) *neighbors {
	n, _ := z.Dims()
	checkFinite(z)
	if n <= maxExact {
		return nearestExact(z, k)
	}
	return nearestDescent(z, k, seed)
}

// checkFinite panics if z has NaN or Inf.
func checkFinite(z *mat.Dense) {
	n, _ := z.Dims()
	for i := range n {
		for j, v := range z.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				panic(fmt.Sprintf("pnc: feature %d of sample %d is %v", j, i, v))
			}
		}
	}
}

// squaredDistance returns |x - y|². It is the same for (y, x) to the last bit.
func squaredDistance(x, y []float64) float64 {
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

// inBlocks calls f for [0,size), [size,2·size), ... up to n from as many
// goroutines as there are processors. What f does for one block must not depend
// on the others.
func inBlocks(n, size int, f func(lo, hi int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+size-1)/size) {
		wg.Go(func() {
			for {
				hi := int(next.Add(int64(size)))
				if hi-size >= n {
					return
				}
				f(hi-size, min(hi, n))
			}
		})
	}
	wg.Wait()
}
