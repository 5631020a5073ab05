package neighbors

import (
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/random"
)

// Constants of Approximate: trees in the forest, samples per leaf, candidates per sample
// and round, the maximum number of rounds, and the share of entries that must have
// changed in a round for another one to follow.
const (
	descentTrees      = 10
	descentLeaf       = 128
	descentCandidates = 30
	descentRounds     = 12
	descentChange     = 0.001
)

// Approximate returns approximate nearest neighbours of every row of z. Lists that start
// with the groups of a random projection forest are improved by comparing the
// neighbours of a sample with one another, since a neighbour of a neighbour is
// likely to be a neighbour, until few entries change (nearest-neighbour descent;
// Dong, Moses and Li 2011). Samples are compared in single precision, or where that does not
// resolve the distances of neighbours, in double precision. The distances in the result are
// exact, and it is the same for any number of goroutines.
func Approximate(z *mat.Dense, k int, seed int) *Lists {
	n, _ := z.Dims()
	lists, rows := newCandidates(n, k), newProducts[float32](newDistances(z))
	forest := newForest(rows, seed)
	global := rows
	if !resolved(rows, forest[0], k) {
		global = nil
	}
	for _, tree := range forest {
		crew.Blocks(len(tree), 4, func(lo, hi int) {
			j := joiner{z: z, lists: lists, global: global}
			for _, leaf := range tree[lo:hi] {
				j.join(z.RawRowView(int(leaf[0])), leaf, nil)
			}
		})
	}
	rnd := random.New(seed, random.Embedding.Sub(descentTrees+1))
	fillLists(rows, lists, global == nil, rnd)
	near := slices.Concat(forest[0]...) // samples in an order in which the caches hold their neighbours
	for range descentRounds {
		fresh, old := joinCandidates(lists, rnd)
		crew.Blocks(n, 256, func(lo, hi int) {
			j := joiner{z: z, lists: lists, global: global}
			for _, i := range near[lo:hi] {
				j.join(z.RawRowView(int(i)), fresh[i], old[i])
			}
		})
		changed := 0
		for _, f := range lists.fresh {
			if f {
				changed++
			}
		}
		if float64(changed) <= descentChange*float64(n*k) {
			break
		}
	}
	if global != nil {
		lists.measure(z, near)
	}
	return lists.lists()
}

// resolved reports whether rounding of the rows, multiplied in single precision, is small
// compared with the squared distance of the k-th neighbour of a sample, at least in its
// leaf: less than 1/64 of it even at its bound, for nine tenths of some samples. It is not
// where classes have collapsed.
func resolved(rows *products[float32], leaves [][]int32, k int) bool {
	const most = 100
	tried, coarse := 0, 0
	for l := 0; l < len(leaves); l += (len(leaves) + most - 1) / most {
		leaf := leaves[l]
		if len(leaf) <= k {
			continue
		}
		i := int(leaf[0])
		squared := make([]float64, 0, len(leaf)-1)
		for _, j := range leaf[1:] {
			squared = append(squared, rows.exact(i, int(j)))
		}
		slices.Sort(squared)
		tried++
		if squared[k-1] < 64*float64(2*rows.wide[i]) {
			coarse++
		}
	}
	return tried > 0 && 10*coarse <= tried
}

// fillLists offers random samples to the lists that are not full.
func fillLists(rows *products[float32], lists *candidates, exact bool, rnd *rand.Rand) {
	n, k := len(lists.worst), lists.k
	for i := range n {
		for lists.index[(i+1)*k-1] < 0 {
			if j := rnd.IntN(n); j != i {
				squared := rows.of.exact(i, j)
				if !exact {
					squared = rounded(rows, i, j)
				}
				lists.insert(i, j, squared)
			}
		}
	}
}

// rounded returns the squared distance of rows i and j as join computes it with global rows,
// to the last bit: a list recognises a sample by its distance.
func rounded(rows *products[float32], i, j int) float64 {
	d := len(rows.of.mean)
	var product [1]float32
	gemm.Mul(false, true, 1, 1, d, -2, rows.row(i), d, rows.row(j), d, 0, product[:], 1)
	return float64(max(0, product[0]+(rows.middle(i)+rows.middle(j))))
}

// joinCandidates draws, for every sample, some of the samples in its list and of
// those whose lists contain it: fresh ones, which entered a list since they were
// last drawn, and old ones, which have been compared with one another before.
func joinCandidates(lists *candidates, rnd *rand.Rand) (fresh, old [][]int32) {
	n, k := len(lists.worst), lists.k
	drawnFresh, drawnOld := newReservoirs(n), newReservoirs(n)
	for p, j := range lists.index {
		r := drawnOld
		if lists.fresh[p] {
			r = drawnFresh
		}
		i := p / k
		r.add(i, j, rnd)
		r.add(int(j), int32(i), rnd)
	}
	fresh, old = drawnFresh.sets(), drawnOld.sets()
	for i := range n {
		for p := i * k; p < (i+1)*k; p++ {
			if lists.fresh[p] {
				_, drawn := slices.BinarySearch(fresh[i], lists.index[p])
				lists.fresh[p] = !drawn
			}
		}
		old[i] = slices.DeleteFunc(old[i], func(j int32) bool {
			_, found := slices.BinarySearch(fresh[i], j)
			return found
		})
	}
	return fresh, old
}

// reservoirs keep a random sample of what is added to each of them.
type reservoirs struct {
	held [][]int32
	seen []int
}

func newReservoirs(n int) *reservoirs {
	r := &reservoirs{held: make([][]int32, n), seen: make([]int, n)}
	memory := make([]int32, n*descentCandidates)
	for i := range r.held {
		from := i * descentCandidates
		r.held[i] = memory[from : from : from+descentCandidates]
	}
	return r
}

func (r *reservoirs) add(i int, v int32, rnd *rand.Rand) {
	r.seen[i]++
	if len(r.held[i]) < descentCandidates {
		r.held[i] = append(r.held[i], v)
	} else if p := rnd.IntN(r.seen[i]); p < descentCandidates {
		r.held[i][p] = v
	}
}

// sets returns the contents of the reservoirs, sorted and without duplicates.
func (r *reservoirs) sets() [][]int32 {
	for i, h := range r.held {
		slices.Sort(h)
		r.held[i] = slices.Compact(h)
	}
	return r.held
}
