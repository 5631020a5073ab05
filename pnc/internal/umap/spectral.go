package umap

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/linalg"
)

// spectralLayout returns the initial positions of the samples, the rows of z, in the
// map. For a connected graph, they are the eigenvectors of its Laplacian. Otherwise
// each component is laid out separately around the position of its mean in an
// arrangement of all means, and extends at most halfway to the next one.
func spectralLayout(z *mat.Dense, g *graph, dims int, rnd *rand.Rand) *mat.Dense {
	components := g.components()
	if len(components) == 1 {
		return laplacianMap(g, dims, rnd)
	}
	n, d := z.Dims()
	means := mat.NewDense(len(components), d, nil)
	for c, members := range components {
		mean := means.RawRowView(c)
		for _, i := range members {
			floats.AddScaled(mean, 1/float64(len(members)), z.RawRowView(i))
		}
	}
	places := arrangeMeans(means, dims, rnd)
	x := mat.NewDense(n, dims, nil)
	for c, members := range components {
		own := laplacianMap(g.subgraph(members), dims, rnd)
		radius := math.Inf(1)
		for other := range components {
			if other != c {
				radius = min(radius, floats.Distance(places.RawRowView(c), places.RawRowView(other), 2)/2)
			}
		}
		scale := radius / max(mat.Norm(own, math.Inf(1)), math.SmallestNonzeroFloat64)
		for p, i := range members {
			floats.AddScaledTo(x.RawRowView(i), places.RawRowView(c), scale, own.RawRowView(p))
		}
	}
	return x
}

// laplacianMap returns the eigenvectors of the dims smallest eigenvalues, except the
// first, of the normalised Laplacian of a connected graph with weights W and degrees
// D = diag(W·1),
//
//	L = I - D^{-1/2} W D^{-1/2},
//
// as columns of a matrix with one row per vertex. The smallest eigenvalue, 0, has
// the eigenvector D^{1/2}·1, which carries no information. If there are too few
// vertices, the map is random.
func laplacianMap(g *graph, dims int, rnd *rand.Rand) *mat.Dense {
	n := g.n()
	if n <= dims+1 {
		x := mat.NewDense(n, dims, nil)
		linalg.Fill(x, rnd.NormFloat64)
		return x
	}
	root := make([]float64, n)
	for i := range root {
		_, weights := g.of(i)
		root[i] = math.Sqrt(floats.Sum(weights))
	}
	multiply := func(dst, v []float64) {
		crew.Blocks(n, 1024, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				var sum float64
				columns, weights := g.of(i)
				for p, j := range columns {
					sum += weights[p] * v[j] / root[j]
				}
				dst[i] = sum / root[i]
			}
		})
	}
	return largestEigenvectors(multiply, root, dims, rnd)
}
