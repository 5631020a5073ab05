package umap

import (
	"math"
	"slices"

	"pnclab/pnc/internal/neighbors"
)

// graph is a symmetric sparse matrix of non-negative weights, stored by rows: row i
// is at start[i]..start[i+1], with columns in ascending order.
type graph struct {
	start  []int
	column []int32
	weight []float64
}

// n returns the number of vertices.
func (g *graph) n() int { return len(g.start) - 1 }

// of returns the neighbours of vertex i and the weights of the edges to them.
func (g *graph) of(i int) ([]int32, []float64) {
	return g.column[g.start[i]:g.start[i+1]], g.weight[g.start[i]:g.start[i+1]]
}

// newGraph returns the graph of edges between samples, the fuzzy simplicial set of
// UMAP.
func newGraph(nb *neighbors.Lists) *graph {
	n := len(nb.Index) / nb.K
	strength := make([]float64, len(nb.Dist))
	var mean float64
	for _, d := range nb.Dist {
		mean += d / float64(len(nb.Dist))
	}
	for i := range n {
		_, dist := nb.Of(i)
		rho, sigma := smoothDistance(dist, mean)
		for p, d := range dist {
			strength[i*nb.K+p] = membership(d, rho, sigma)
		}
	}

	// in[i] lists the positions of the edges to sample i, in ascending order of
	// their origin.
	in := make([][]int32, n)
	for p, j := range nb.Index {
		in[j] = append(in[j], int32(p))
	}
	g := &graph{start: make([]int, 1, n+1)}
	var out []int32
	for i := range n {
		out = out[:0]
		for p := i * nb.K; p < (i+1)*nb.K; p++ {
			out = append(out, int32(p))
		}
		slices.SortFunc(out, func(p, q int32) int { return int(nb.Index[p] - nb.Index[q]) })
		g.union(nb, strength, out, in[i])
		g.start = append(g.start, len(g.column))
	}
	return g
}

// union appends a row: the edges at the positions out of the neighbour lists, which
// lead to other samples, and at in, which come from other samples.
func (g *graph) union(nb *neighbors.Lists, strength []float64, out, in []int32) {
	for len(out) > 0 || len(in) > 0 {
		to, from := int32(math.MaxInt32), int32(math.MaxInt32)
		if len(out) > 0 {
			to = nb.Index[out[0]]
		}
		if len(in) > 0 {
			from = in[0] / int32(nb.K)
		}
		var a, b float64
		if to <= from {
			a, out = strength[out[0]], out[1:]
		}
		if from <= to {
			b, in = strength[in[0]], in[1:]
		}
		if w := a + b - a*b; w > 0 {
			g.column = append(g.column, min(to, from))
			g.weight = append(g.weight, w)
		}
	}
}

// membership returns exp(-max(0, d - ρ)/σ).
func membership(d, rho, sigma float64) float64 {
	if d <= rho {
		return 1
	}
	return math.Exp(-(d - rho) / sigma)
}

// smoothDistance returns ρ, the smallest positive distance to a neighbour of a
// sample, or 0 if there is none, and σ such that
//
//	Σ_j exp(-max(0, d_j - ρ)/σ) = log₂ k,   k = len(dist) + 1,
//
// to within 10⁻⁵, but at least a thousandth of the mean distance of these
// neighbours, or of all samples if these are 0, so that a few close neighbours do
// not suppress the others. The sum increases with σ from the number of neighbours
// within ρ to k - 1; σ is found by bisection.
func smoothDistance(dist []float64, meanOfAll float64) (rho, sigma float64) {
	var mean float64
	for _, d := range dist {
		if rho == 0 {
			rho = d // they are in ascending order
		}
		mean += d / float64(len(dist))
	}
	if mean == 0 {
		mean = meanOfAll
	}
	target := math.Log2(float64(len(dist) + 1))
	low, high := 0.0, math.Inf(1)
	sigma = mean
	for range 64 {
		var sum float64
		for _, d := range dist {
			sum += membership(d, rho, sigma)
		}
		if math.Abs(sum-target) < 1e-5 {
			break
		}
		if sum > target {
			high = sigma
		} else {
			low = sigma
		}
		if math.IsInf(high, 1) {
			sigma *= 2
		} else {
			sigma = (low + high) / 2
		}
	}
	return rho, max(sigma, 1e-3*mean)
}

// components returns the vertices of each connected component, in ascending
// order of their first vertex.
func (g *graph) components() [][]int {
	var out [][]int
	seen := make([]bool, g.n())
	for i := range seen {
		if seen[i] {
			continue
		}
		seen[i] = true
		found := []int{i}
		for next := 0; next < len(found); next++ {
			columns, _ := g.of(found[next])
			for _, j := range columns {
				if !seen[j] {
					seen[j] = true
					found = append(found, int(j))
				}
			}
		}
		slices.Sort(found)
		out = append(out, found)
	}
	return out
}

// subgraph returns the graph of the given vertices, in ascending order, which must
// be one or several components.
func (g *graph) subgraph(vertices []int) *graph {
	number := make(map[int32]int32, len(vertices))
	for p, i := range vertices {
		number[int32(i)] = int32(p)
	}
	s := &graph{start: make([]int, 1, len(vertices)+1)}
	for _, i := range vertices {
		columns, weights := g.of(i)
		for _, j := range columns {
			s.column = append(s.column, number[j])
		}
		s.weight = append(s.weight, weights...)
		s.start = append(s.start, len(s.column))
	}
	return s
}
