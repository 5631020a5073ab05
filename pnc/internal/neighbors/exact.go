package neighbors

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
)

// Exact returns the k nearest neighbours of every row of z.
//
// Bounds of distances from matrix products in single precision exclude most pairs; the
// distances of those that are left are computed in double precision from the differences.
// Where that would leave too many, as between features that have collapsed to their class
// mean, the products are computed in double precision.
func Exact(z *mat.Dense, k int) *Lists {
	if _, d := z.Dims(); d <= treeDims {
		return inTree(z, k)
	}
	a := newDistances(z)
	if lists := screened[float32](a, k, screenMost*k); lists != nil {
		return lists
	}
	return screened[float64](a, k, 0)
}

// screenMost times k is the mean number of samples per row from which on single
// precision excludes too few.
const screenMost = 6

// screen excludes pairs of samples that cannot be neighbours.
type screen[T gemm.Float] struct {
	*products[T]
	k       int
	nearest []T // for each sample, the k smallest upper bounds, in ascending order
	limit   []T // what -2⟨x_i, x_j⟩ + low_j of a neighbour j of i does not exceed
	left    [][]screenedPair[T]
	tried   []int // for each sample, how many exact distances were computed
	lists   *candidates
}

// screenedPair is a sample that may be a neighbour, with its lower bound.
type screenedPair[T gemm.Float] struct {
	other int32
	low   T
}

// screened returns the k nearest neighbours of every row, or nil if products in T leave
// more than most samples per row, of the first rows; 0 means any number.
func screened[T gemm.Float](a *distances, k, most int) *Lists {
	n, _ := a.z.Dims()
	s := &screen[T]{
		products: newProducts[T](a), k: k, nearest: make([]T, n*k), limit: make([]T, n),
		left: make([][]screenedPair[T], n), tried: make([]int, n), lists: newCandidates(n, k),
	}
	infinite := T(math.Inf(1))
	for p := range s.nearest {
		s.nearest[p] = infinite
	}
	for i := range s.limit {
		s.limit[i] = infinite
	}
	if !s.within(s.limit, s.offer, func(m int) bool { return most == 0 || s.remaining(m) <= most*m }) {
		return nil
	}
	crew.Blocks(n, 16, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			s.resolve(i)
		}
	})
	return s.lists.lists()
}

// offer notes j as a possible neighbour of i.
func (s *screen[T]) offer(i, j int, product T) {
	low, high := s.bounds(i, j, product)
	bounds := s.nearest[i*s.k : (i+1)*s.k]
	if p := len(bounds) - 1; high < bounds[p] {
		for ; p > 0 && bounds[p-1] > high; p-- {
			bounds[p] = bounds[p-1]
		}
		bounds[p] = high
		s.limit[i] = bounds[len(bounds)-1] - s.low[i]
	}
	s.left[i] = append(s.left[i], screenedPair[T]{int32(j), low})
	if len(s.left[i]) >= 256+8*s.k {
		s.exclude(i)
		if len(s.left[i]) >= 128+4*s.k {
			s.resolve(i) // there are too many to keep
		}
	}
}

// exclude drops the samples that have turned out not to be neighbours of i: at least k
// others are nearer.
func (s *screen[T]) exclude(i int) {
	kept, most := s.left[i][:0], s.nearest[(i+1)*s.k-1]
	for _, c := range s.left[i] {
		if c.low <= most {
			kept = append(kept, c)
		}
	}
	s.left[i] = kept
}

// remaining returns how many samples are or were left for the first m.
func (s *screen[T]) remaining(m int) (count int) {
	for i := range m {
		s.exclude(i)
		count += len(s.left[i]) + s.tried[i]
	}
	return count
}

// resolve offers the samples that are left for i to its list, with exact distances.
func (s *screen[T]) resolve(i int) {
	s.exclude(i)
	for _, c := range s.left[i] {
		s.lists.insert(i, int(c.other), s.of.exact(i, int(c.other)))
	}
	s.tried[i] += len(s.left[i])
	s.left[i] = s.left[i][:0]
}
