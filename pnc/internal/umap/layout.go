package umap

import (
	"math/bits"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/neighbors"
)

// mapForces computes the derivatives of the cross-entropy of UMAP. With
// D = |x_i - x_j|² and v = 1/(1 + a D^b), both functions return factors of x_i - x_j.
type mapForces struct {
	b      float64
	powers *powerTable // a D^b
}

func newMapForces(s Options) *mapForces {
	a, b := mapCurve(s.MinDist, s.Spread)
	return &mapForces{b, newPowerTable(a, b)}
}

// pull returns the derivative of -log v with respect to x_i, 2ab D^{b-1} / (1 + a
// D^b).
func (f *mapForces) pull(d float64) float64 {
	power := f.powers.of(d)
	return 2 * f.b * power / (d * (1 + power))
}

// push returns the derivative of log(1 - v) with respect to x_i, 2b / (D (1 + a
// D^b)), with the first D replaced by D + 0.001 so that it stays finite.
func (f *mapForces) push(d float64) float64 {
	return 2 * f.b / ((0.001 + d) * (1 + f.powers.of(d)))
}

// scheduledEdge is an edge to sample to that is due every period epochs, and for the
// next time at the end of epoch next, counted from 1.
type scheduledEdge struct {
	to           int32
	period, next float32
}

// scheduleEdges returns the edges that are due at least once, those from vertex i at
// start[i]..start[i+1]. The strongest is due in every epoch and the others less often,
// proportionally to their weights. Every edge occurs in both directions.
func scheduleEdges(g *graph, epochs int) (start []int, edges []scheduledEdge) {
	start = make([]int, 1, g.n()+1)
	strongest := 0.0
	if len(g.weight) > 0 {
		strongest = slices.Max(g.weight)
	}
	for i := range g.n() {
		columns, weights := g.of(i)
		for p, j := range columns {
			if period := strongest / weights[p]; period <= float64(epochs) {
				edges = append(edges, scheduledEdge{j, float32(period), float32(period)})
			}
		}
		start = append(start, len(edges))
	}
	return start, edges
}

// layout moves the samples of a map by stochastic gradient descent.
type layout struct {
	n, dims  int
	position []float64 // one row per sample
	pushed   []float64 // the sums of the pushes of each sample in this epoch
	start    []int     // of the edges from a sample
	edges    []scheduledEdge
	due      []int32 // the ends of the edges from i that are due in this epoch, from start[i] on
	dues     []int32 // how many these are
	forces   *mapForces
	negative int    // samples that push
	key      uint64 // of the random numbers

	group int // the first sample of the group
	epoch int
	rate  float64
}

// optimizeLayout moves the rows of x by stochastic gradient descent: an edge that is
// due pulls its two ends, i and j, towards each other, and random samples k push i
// away,
//
//	x_i ← x_i - η clip(pull (x_i - x_j)),   x_j ← x_j + η clip(pull (x_i - x_j)),
//	x_i ← x_i + η clip(push (x'_i - x'_k)),
//
// where clip bounds every coordinate to [-4, 4]. Samples i follow one another in groups, and
// x' are the positions before those of the group moved. The pushes, most of the work,
// therefore do not depend on one another and are shared among goroutines; pulls are taken
// sequentially, so that the result is the same everywhere. after, if not nil, is called after
// every epoch, the first of which is 1.
func optimizeLayout(x *mat.Dense, g *graph, s Options, rnd *rand.Rand, after func(epoch, epochs int)) {
	l := newLayout(x, g, s, rnd.Uint64())
	workers := crew.New()
	size := max(layoutGrain, (l.n+layoutGroups-1)/layoutGroups)
	for l.epoch = range s.Epochs {
		l.rate = s.LearningRate * (1 - float64(l.epoch)/float64(s.Epochs))
		for l.group = 0; l.group < l.n; l.group += size {
			members := min(size, l.n-l.group)
			workers.Run(members, layoutGrain, l)
			for i := l.group; i < l.group+members; i++ {
				l.move(i)
			}
		}
		if after != nil {
			after(l.epoch+1, s.Epochs)
		}
	}
}

// layoutGroups is the largest number of groups of samples: where pushes are those of a whole
// epoch before, neighbourhoods of fifty samples are worse than in umap-learn. layoutGrain is
// the number of samples whose pushes a goroutine computes at a time, which takes some
// ten microseconds.
const (
	layoutGroups = 8
	layoutGrain  = 64
)

// newLayout returns the layout of a map whose rows of x it moves.
func newLayout(x *mat.Dense, g *graph, s Options, key uint64) *layout {
	n, dims := x.Dims()
	start, edges := scheduleEdges(g, s.Epochs)
	return &layout{
		n: n, dims: dims, position: x.RawMatrix().Data, pushed: make([]float64, n*dims),
		start: start, edges: edges, due: make([]int32, len(edges)), dues: make([]int32, n),
		forces: newMapForces(s), negative: s.NegativeSamples, key: key,
	}
}

// at returns the position of sample i.
func (l *layout) at(i int) []float64 {
	return l.position[i*l.dims : (i+1)*l.dims : (i+1)*l.dims]
}

// Do finds the edges of members of the group that are due and computes how these are pushed.
func (l *layout) Do(from, to, _ int) {
	now := float32(l.epoch + 1)
	for i := l.group + from; i < l.group+to; i++ {
		edges, due, count := l.edges[l.start[i]:l.start[i+1]], l.due[l.start[i]:l.start[i+1]], 0
		for p := range edges {
			if e := &edges[p]; e.next <= now {
				e.next += e.period
				due[count] = e.to
				count++
			}
		}
		l.dues[i] = int32(count)
		if l.dims == 2 {
			l.pushInPlane(i, count*l.negative)
		} else {
			l.push(i, count*l.negative)
		}
	}
}

// push computes how random samples push sample i.
func (l *layout) push(i, count int) {
	own, sum := l.at(i), l.pushed[i*l.dims:(i+1)*l.dims]
	clear(sum)
	random := l.draws(i)
	for range count {
		k := random.below(l.n)
		if k == i {
			continue
		}
		other := l.at(k)
		push := l.forces.push(neighbors.SquaredDistance(own, other))
		for c, v := range own {
			sum[c] += clipStep(push * (v - other[c]))
		}
	}
}

// pushInPlane does the same in two dimensions.
func (l *layout) pushInPlane(i, count int) {
	n, position, twice, powers := l.n, l.position, 2*l.forces.b, l.forces.powers
	x, y := position[2*i], position[2*i+1]
	var sumX, sumY float64
	random := l.draws(i)
	for range count {
		k := random.below(n)
		if k == i {
			continue
		}
		other := (*[2]float64)(position[2*k:])
		dx, dy := x-other[0], y-other[1]
		d := dx*dx + dy*dy
		push := twice / ((0.001 + d) * (1 + powers.of(d))) // forces.push(d), which is not inlined
		sumX += clipStep(push * dx)
		sumY += clipStep(push * dy)
	}
	l.pushed[2*i], l.pushed[2*i+1] = sumX, sumY
}

// move moves sample i and the ends of its edges that are due. With each edge it is pushed by
// the same share.
func (l *layout) move(i int) {
	xi, count := l.at(i), int(l.dues[i])
	pushed, share := l.pushed[i*l.dims:(i+1)*l.dims], l.rate/float64(count)
	for _, j := range l.due[l.start[i] : l.start[i]+count] {
		xj := l.at(int(j))
		if d := neighbors.SquaredDistance(xi, xj); d > 0 {
			pull := l.forces.pull(d)
			for c := range xi {
				step := l.rate * clipStep(pull*(xi[c]-xj[c]))
				xi[c] -= step
				xj[c] += step
			}
		}
		for c, v := range pushed {
			xi[c] += share * v
		}
	}
}

// clipStep returns v bounded to [-4, 4].
func clipStep(v float64) float64 {
	if v > 4 {
		return 4
	}
	if v < -4 {
		return -4
	}
	return v
}

// draws are the random numbers of one sample in one epoch: those of SplitMix64 (Steele, Lea
// and Flood 2014) from a state of their own, so that they do not depend on which
// goroutine draws first.
type draws struct{ state uint64 }

func (l *layout) draws(i int) draws {
	return draws{mix(l.key + uint64(l.epoch)<<32 + uint64(i))}
}

// below returns a number of 0..n-1, none of which is more probable than another by more
// than a factor 1 + n/2⁶⁴.
func (d *draws) below(n int) int {
	d.state += 0x9e3779b97f4a7c15
	high, _ := bits.Mul64(mix(d.state), uint64(n))
	return int(high)
}

// mix returns a permutation of the numbers of 64 bits in which every bit depends on all.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
