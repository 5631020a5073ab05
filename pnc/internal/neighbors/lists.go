package neighbors

import (
	"math"
	"slices"
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
// of the rows of z. It visits samples in the given order of all of them.
func (l *candidates) measure(z *mat.Dense, order []int32) {
	n := len(order)
	crew.Blocks(n, 64, func(lo, hi int) {
		for _, i := range order[lo:hi] {
			for p := int(i) * l.k; p < (int(i)+1)*l.k; p++ {
				j := l.index[p]
				back := slices.Index(l.of(j), i)
				if back >= 0 && j < i {
					continue // j is the one to write both
				}
				l.squared[p] = SquaredDistance(z.RawRowView(int(i)), z.RawRowView(int(j)))
				if back >= 0 {
					l.squared[int(j)*l.k+back] = l.squared[p]
				}
			}
		}
	})
	crew.Blocks(n, 256, func(lo, hi int) {
		index, squared := make([]int32, l.k), make([]float64, l.k)
		for i := lo; i < hi; i++ {
			from := i * l.k
			copy(index, l.of(int32(i)))
			copy(squared, l.squared[from:])
			for p := range l.k {
				l.index[from+p], l.squared[from+p] = -1, math.Inf(1)
			}
			for p, j := range index {
				l.insert(i, int(j), squared[p])
			}
		}
	})
}

// of returns the samples in list i.
func (l *candidates) of(i int32) []int32 { return l.index[int(i)*l.k : (int(i)+1)*l.k] }

// lists returns the lists, which must be full.
func (l *candidates) lists() *Lists {
	for p, s := range l.squared {
		l.squared[p] = math.Sqrt(s)
	}
	return &Lists{K: l.k, Index: l.index, Dist: l.squared}
}
