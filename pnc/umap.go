package pnc

import (
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/umap"
)

// UMAPOptions are the options of [UMAP]. The zero value is a good choice: it
// means the defaults of umap-learn, which the paper used.
type UMAPOptions struct {
	// Neighbors is the number of nearest samples that a sample has edges to, itself
	// included; 0 means 15. Few show fine structure, many the coarse one. With
	// fewer samples it is their number.
	Neighbors int
	// MinDist is how close samples may come in the map without being more alike, at
	// most Spread; 0 means 0.1. Smaller values make denser islands.
	MinDist float64
	// Spread is the distance over which edges fade in the map; 0 means 1.
	Spread float64
	// Dims is the dimension of the map; 0 means 2.
	Dims int
	// Epochs is the number of passes over the edges; 0 means 500 for up to
	// 10,000 samples and 200 for more.
	Epochs int
	// NegativeSamples is the number of samples that one is pushed away from when
	// it is pulled towards a neighbour; 0 means 5.
	NegativeSamples int
	// LearningRate is the step of the first epoch; it falls linearly to 0. 0
	// means 1.
	LearningRate float64
	// Init holds where the samples start, N×Dims, for instance principal
	// components or the map of another layer, so that both look alike; every
	// column is shifted and scaled to [0, 10]. nil means the eigenvectors of
	// the graph Laplacian. It is not modified.
	Init *mat.Dense `json:"-"`
	// Seed settles the random numbers.
	Seed int
}

// UMAP returns a map of the rows of the N×d matrix z in few dimensions, an
// N×Dims matrix centred at the origin: samples that are neighbours in z are
// neighbours in the map, and groups without edges between them become islands.
// Distances between islands and their sizes mean little. With o nil, all
// options are the defaults.
//
// The edges of sample i to its nearest samples j ≠ i, k-1 of them, have strengths
//
//	w(j|i) = exp(-max(0, |z_i - z_j| - ρ_i) / σ_i),
//
// where ρ_i is the distance of the nearest one that differs from i and σ_i makes
// the sum of the strengths log₂ k. The edge of i and j is the probability that
// either holds, w = w(j|i) + w(i|j) - w(j|i) w(i|j). The map x minimises the
// cross-entropy between w and
//
//	v = 1 / (1 + a |x_i - x_j|^{2b}),
//	C = Σ_{i≠j} w log(w/v) + (1 - w) log((1 - w)/(1 - v)),
//
// by stochastic gradient descent: edges are drawn in proportion to their
// strengths, and every time a few samples at random represent those with w = 0.
// a and b fit v to the curve that is 1 up to MinDist and then falls as
// exp(-(distance - MinDist)/Spread).
//
// Neighbours are exact for up to 10,000 samples and found by nearest-neighbour
// descent for more. The result is the same for any number of processors. UMAP
// panics if there are fewer than two samples, z or Init has NaN or Inf, or a
// setting is out of range. Source: McInnes, Healy and Melville 2018, arXiv:1802.03426.
func UMAP(z *mat.Dense, o *UMAPOptions) *mat.Dense { return umap.Map(z, (*umap.Options)(o)) }
