package neighbors

import (
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/random"
)

// Constants of descend: trees in the forest, samples per leaf, candidates per sample
// and round, the maximum number of rounds, and the share of entries that must have
// changed in a round for another one to follow.
const (
	descentTrees      = 8
	descentLeaf       = 64
	descentCandidates = 30
	descentRounds     = 12
	descentChange     = 0.001
)

// descend returns approximate nearest neighbours of every row of z. Lists that start
// with the groups of a random projection forest are improved by comparing the
// neighbours of a sample with one another, since a neighbour of a neighbour is
// likely to be a neighbour, until few entries change (nearest-neighbour descent;
// Dong, Moses and Li 2011). The distances are exact, and the result is the same for
// any number of goroutines.
func descend(z *mat.Dense, k int, seed int) *Lists {
	n, _ := z.Dims()
	lists := newCandidates(n, k)
	plantForest(z, lists, seed)
	rnd := random.New(seed, random.Embedding.Sub(descentTrees+1))
	fillLists(z, lists, rnd)
	for range descentRounds {
		fresh, old := joinCandidates(lists, rnd)
		crew.Blocks(n, 256, func(lo, hi int) {
			j := joiner{z: z, lists: lists}
			for i := lo; i < hi; i++ {
				j.join(z.RawRowView(i), fresh[i], old[i])
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
	return lists.lists()
}

// plantForest offers the samples in each leaf of a random projection tree to one
// another.
func plantForest(z *mat.Dense, lists *candidates, seed int) {
	forest := make([][][]int32, descentTrees)
	crew.Blocks(descentTrees, 1, func(t, _ int) {
		forest[t] = projectionTree(z, descentLeaf, random.New(seed, random.Embedding.Sub(t+1)))
	})
	for _, tree := range forest {
		crew.Blocks(len(tree), 16, func(lo, hi int) {
			j := joiner{z: z, lists: lists}
			for _, leaf := range tree[lo:hi] {
				j.join(z.RawRowView(int(leaf[0])), leaf, nil)
			}
		})
	}
}

// fillLists offers random samples to the lists that are not full.
func fillLists(z *mat.Dense, lists *candidates, rnd *rand.Rand) {
	n, k := len(lists.worst), lists.k
	for i := range n {
		for lists.index[(i+1)*k-1] < 0 {
			if j := rnd.IntN(n); j != i {
				lists.insert(i, j, SquaredDistance(z.RawRowView(i), z.RawRowView(j)))
			}
		}
	}
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
