package umap

import (
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/neighbors"
)

// mapForces computes the derivatives of the cross-entropy of UMAP. With
// D = |x_i - x_j|² and v = 1/(1 + a D^b), both functions return factors of x_i - x_j.
type mapForces struct {
	a, b   float64
	powers *powerTable
}

func newMapForces(s Options) *mapForces {
	a, b := mapCurve(s.MinDist, s.Spread)
	return &mapForces{a, b, newPowerTable(b)}
}

// pull returns the derivative of -log v with respect to x_i, 2ab D^{b-1} / (1 + a
// D^b).
func (f *mapForces) pull(d float64) float64 {
	power := f.a * f.powers.of(d)
	return 2 * f.b * power / (d * (1 + power))
}

// push returns the derivative of log(1 - v) with respect to x_i, 2b / (D (1 + a
// D^b)), with the first D replaced by D + 0.001 so that it stays finite.
func (f *mapForces) push(d float64) float64 {
	return 2 * f.b / ((0.001 + d) * (1 + f.a*f.powers.of(d)))
}

// scheduledEdge is an edge of the graph that is due every period epochs, and for the
// next time at the end of epoch next, counted from 1.
type scheduledEdge struct {
	from, to     int32
	period, next float64
}

// scheduleEdges returns the edges that are due at least once. The strongest is due
// in every epoch and the others less often, proportionally to their weights. Every
// edge occurs in both directions.
func scheduleEdges(g *graph, epochs int) []scheduledEdge {
	if len(g.weight) == 0 {
		return nil
	}
	strongest := slices.Max(g.weight)
	var edges []scheduledEdge
	for i := range g.n() {
		columns, weights := g.of(i)
		for p, j := range columns {
			if period := strongest / weights[p]; period <= float64(epochs) {
				edges = append(edges, scheduledEdge{int32(i), j, period, period})
			}
		}
	}
	return edges
}

// optimizeLayout moves the rows of x by stochastic gradient descent: an edge that is
// due pulls its two ends, i and j, towards each other, and random samples k push i
// away,
//
//	x_i ← x_i - η clip(pull (x_i - x_j)),   x_j ← x_j + η clip(pull (x_i - x_j)),
//	x_i ← x_i + η clip(push (x_i - x_k)),
//
// where clip bounds every coordinate to [-4, 4]. The steps depend on one another and
// are taken sequentially, so that the result is the same everywhere. after, if not
// nil, is called after every epoch, the first of which is 1.
func optimizeLayout(x *mat.Dense, g *graph, s Options, rnd *rand.Rand, after func(epoch, epochs int)) {
	n, dims := x.Dims()
	position := x.RawMatrix().Data
	at := func(i int) []float64 { return position[i*dims : (i+1)*dims : (i+1)*dims] }
	forces := newMapForces(s)
	edges := scheduleEdges(g, s.Epochs)
	for epoch := range s.Epochs {
		rate := s.LearningRate * (1 - float64(epoch)/float64(s.Epochs))
		for p := range edges {
			edge := &edges[p]
			if edge.next > float64(epoch+1) {
				continue
			}
			edge.next += edge.period
			xi, xj := at(int(edge.from)), at(int(edge.to))
			if d := neighbors.SquaredDistance(xi, xj); d > 0 {
				pull := forces.pull(d)
				for c := range xi {
					step := rate * clipStep(pull*(xi[c]-xj[c]))
					xi[c] -= step
					xj[c] += step
				}
			}
			for range s.NegativeSamples {
				xk := at(rnd.IntN(n))
				d := neighbors.SquaredDistance(xi, xk)
				if d == 0 { // itself
					continue
				}
				push := forces.push(d)
				for c := range xi {
					xi[c] += rate * clipStep(push*(xi[c]-xk[c]))
				}
			}
		}
		if after != nil {
			after(epoch+1, s.Epochs)
		}
	}
}

// clipStep returns v bounded to [-4, 4].
func clipStep(v float64) float64 { return max(-4, min(4, v)) }
