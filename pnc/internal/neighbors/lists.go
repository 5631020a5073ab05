package neighbors

import (
	"math"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
)

// candidates holds, for each of n samples, the k nearest of all the samples offered
// to it, ordered by squared distance and then by index. The final contents of a list
// do not depend on the order of the offers, so goroutines may make them in any
// order.
type candidates struct {
	k       int
	index   []int32 // nearest first, -1 if there is none
	squared []float64
	fresh   []bool // added since it was last cleared

	locks []sync.Mutex    // of the lists i with the same i mod len(locks)
	worst []atomic.Uint64 // bits of the largest squared distance of a list
}

func newCandidates(n, k int) *candidates {
	l := &candidates{
		k:       k,
		index:   make([]int32, n*k),
		squared: make([]float64, n*k),
		fresh:   make([]bool, n*k),
		locks:   make([]sync.Mutex, 1024),
		worst:   make([]atomic.Uint64, n),
	}
	for p := range l.index {
		l.index[p], l.squared[p] = -1, math.Inf(1)
	}
	for i := range l.worst {
		l.worst[i].Store(math.Float64bits(math.Inf(1)))
	}
	return l
}

// limit returns the squared distance beyond which list i accepts no sample. It never
// increases.
func (l *candidates) limit(i int) float64 { return math.Float64frombits(l.worst[i].Load()) }

// offer is insert for concurrent use.
func (l *candidates) offer(i, j int, squared float64) {
	if squared > l.limit(i) {
		return
	}
	m := &l.locks[i%len(l.locks)]
	m.Lock()
	l.insert(i, j, squared)
	m.Unlock()
}

// insert adds sample j to list i unless it is already there or k others are nearer.
func (l *candidates) insert(i, j int, squared float64) {
	from, to := i*l.k, (i+1)*l.k
	p := to
	for p > from && (squared < l.squared[p-1] || squared == l.squared[p-1] && (l.index[p-1] < 0 || int32(j) < l.index[p-1])) {
		p--
	}
	if p == to || p > from && l.index[p-1] == int32(j) {
		return
	}
	copy(l.index[p+1:to], l.index[p:to-1])
	copy(l.squared[p+1:to], l.squared[p:to-1])
	copy(l.fresh[p+1:to], l.fresh[p:to-1])
	l.index[p], l.squared[p], l.fresh[p] = int32(j), squared, true
	l.worst[i].Store(math.Float64bits(l.squared[to-1]))
}

// measure replaces the squared distances in the lists, which must be full, by exact ones
// of the rows of z, in an order of all samples.
func (l *candidates) measure(z *mat.Dense, order []int32) {
	crew.Blocks(len(l.worst), 64, func(lo, hi int) {
		index := make([]int32, l.k)
		for _, sample := range order[lo:hi] {
			i := int(sample)
			copy(index, l.index[i*l.k:])
			for p := range l.k {
				l.index[i*l.k+p], l.squared[i*l.k+p] = -1, math.Inf(1)
			}
			for _, j := range index {
				l.insert(i, int(j), SquaredDistance(z.RawRowView(i), z.RawRowView(int(j))))
			}
		}
	})
}

// lists returns the lists, which must be full.
func (l *candidates) lists() *Lists {
	for p, s := range l.squared {
		l.squared[p] = math.Sqrt(s)
	}
	return &Lists{K: l.k, Index: l.index, Dist: l.squared}
}
