package neighbors

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/linalg"
)

// Trustworthiness is pnc.Trustworthiness.
func Trustworthiness(high, low *mat.Dense, k int) float64 {
	n, _ := high.Dims()
	if m, _ := low.Dims(); m != n {
		panic(fmt.Sprintf("pnc: Trustworthiness: %d samples in the data, %d in the map", n, m))
	}
	if k < 1 || 2*k >= n {
		panic(fmt.Sprintf("pnc: Trustworthiness: %d neighbours of %d samples, want less than half as many", k, n))
	}
	linalg.CheckFinite(high)
	linalg.CheckFinite(low)
	nb, a := Exact(low, k), newDistances(high)
	sum, ok := excess[float32](a, nb, rankMost*k)
	if !ok {
		sum, _ = excess[float64](a, nb, 0)
	}
	return 1 - 2*float64(sum)/(float64(n)*float64(k)*float64(2*n-3*k-1))
}

// rankMost times k is the mean number of exact distances per row from which on products in
// single precision are too inexact.
const rankMost = 6

// ranks counts, for each sample i, how many samples are nearer than each of given ones,
// its targets. Of two samples at the same distance, the one with the smaller index is
// nearer.
type ranks[T gemm.Float] struct {
	*products[T]
	k       int
	targets []target // k of each sample, nearest first
	nearer  []int    // of each target, how many samples are nearer than it but not than the one before
	limit   []T      // what -2⟨x_i, x_j⟩ + low_j of a sample j nearer to i than its last target does not exceed
	tried   []int    // for each sample, how many exact distances were computed
}

// target is a sample and its squared distance, of rows as scaled in products.
type target struct {
	squared float64
	sample  int32
}

// before reports whether a sample at a squared distance is nearer than the target.
func (t target) before(sample int, squared float64) bool {
	return squared < t.squared || squared == t.squared && sample < int(t.sample)
}

// excess returns the sum over all samples and their neighbours in nb of how much the rank of
// the neighbour by the distances a exceeds k, or false if products in T leave more than most
// distances per row to be computed, of the first rows; 0 means any number.
func excess[T gemm.Float](a *distances, nb *Lists, most int) (sum int, ok bool) {
	n := len(nb.Index) / nb.K
	r := &ranks[T]{
		products: newProducts[T](a), k: nb.K, targets: make([]target, len(nb.Index)), nearer: make([]int, len(nb.Index)),
		limit: make([]T, n), tried: make([]int, n),
	}
	crew.Blocks(n, 64, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			index, _ := nb.Of(i)
			targets := r.targetsOf(i)
			for p, j := range index {
				targets[p] = target{r.exact(i, int(j)), j}
			}
			slices.SortFunc(targets, func(s, t target) int {
				return cmp.Or(cmp.Compare(s.squared, t.squared), cmp.Compare(s.sample, t.sample))
			})
			r.limit[i] = T(targets[len(targets)-1].squared) - r.low[i]
		}
	})
	ok = r.within(r.limit, r.count, func(m int) bool {
		tried := 0
		for _, t := range r.tried[:m] {
			tried += t
		}
		return most == 0 || tried <= most*m
	})
	for i := range n {
		rank := 1
		for _, c := range r.nearer[i*r.k : (i+1)*r.k] {
			rank += c
			sum += max(0, rank-r.k)
		}
	}
	return sum, ok
}

// targetsOf returns the targets of sample i.
func (r *ranks[T]) targetsOf(i int) []target { return r.targets[i*r.k : (i+1)*r.k] }

// count counts j for sample i.
func (r *ranks[T]) count(i, j int, product T) {
	targets := r.targetsOf(i)
	low, high := r.bounds(i, j, product)
	p := len(targets) // those from here on are further than j
	for p > 0 && targets[p-1].squared > float64(high) {
		p--
	}
	if p > 0 && targets[p-1].squared >= float64(low) {
		squared := r.exact(i, j)
		r.tried[i]++
		for p > 0 && targets[p-1].before(j, squared) {
			p--
		}
	}
	if p < len(targets) {
		r.nearer[i*r.k+p]++
	}
}

// Agreement is pnc.NeighborAgreement.
func Agreement(low *mat.Dense, labels []int, k int) float64 {
	n, _ := low.Dims()
	if len(labels) != n {
		panic(fmt.Sprintf("pnc: NeighborAgreement: %d samples, %d labels", n, len(labels)))
	}
	if k < 1 || k >= n {
		panic(fmt.Sprintf("pnc: NeighborAgreement: %d neighbours of %d samples", k, n))
	}
	linalg.CheckFinite(low)
	nb := Exact(low, k)
	same := 0
	for p, j := range nb.Index {
		if labels[j] == labels[p/k] {
			same++
		}
	}
	return float64(same) / float64(n*k)
}
