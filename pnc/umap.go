package pnc

import (
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
	"pnclab/pnc/internal/umap"
)

// UMAPOptions holds the options of [UMAP]. The zero value means the defaults of
// umap-learn, which the paper used.
type UMAPOptions struct {
	// Neighbors is the number of nearest samples that a sample has edges to, itself
	// included; 0 means 15. Small numbers show fine structure, large ones coarse
	// structure. It is at most the number of samples.
	Neighbors int
	// MinDist is the distance in the map below which samples do not count as more
	// similar, at most Spread; 0 means 0.1. Smaller values make denser islands.
	MinDist float64
	// Spread is the distance over which similarity decays in the map; 0 means 1.
	Spread float64
	// Dims is the dimension of the map; 0 means 2.
	Dims int
	// Epochs is the number of passes over the edges; 0 means 500 for up to
	// 10,000 samples and 200 for more.
	Epochs int
	// NegativeSamples is the number of samples from which a sample is pushed away
	// each time it is pulled towards a neighbour; 0 means 5.
	NegativeSamples int
	// LearningRate is the step size of the first epoch, which decreases linearly to
	// 0; 0 means 1.
	LearningRate float64
	// Init holds the initial positions of the samples, N×Dims, for instance
	// principal components, or the map of another layer so that both maps look
	// alike. Every column is shifted and scaled to [0, 10]. nil means the
	// eigenvectors of the graph Laplacian. It is not modified.
	Init *mat.Dense `json:"-"`
	// Seed is the seed of the random numbers.
	Seed int
}

// UMAP returns a map of the rows of the N×d matrix z in few dimensions, an
// N×Dims matrix centred at the origin: samples that are neighbours in z are
// neighbours in the map, and groups without edges between them become islands.
// Distances between islands and their sizes mean little. A nil o means the defaults.
//
// The edges of sample i to its nearest samples j ≠ i, k-1 of them, have strengths
//
//	w(j|i) = exp(-max(0, |z_i - z_j| - ρ_i) / σ_i),
//
// where ρ_i is the distance to the nearest sample that differs from i, and σ_i is
// such that the strengths sum to log₂ k. The weight of the edge between i and j is
// the probability that either exists, w = w(j|i) + w(i|j) - w(j|i) w(i|j). The map x
// minimises the cross-entropy between w and
//
//	v = 1 / (1 + a |x_i - x_j|^{2b}),
//	C = Σ_{i≠j} w log(w/v) + (1 - w) log((1 - w)/(1 - v)),
//
// by stochastic gradient descent: edges are drawn with probabilities proportional to
// their weights, and with each edge a few random samples represent the pairs with
// w = 0. a and b fit v to the curve that is 1 up to MinDist and then falls as
// exp(-(distance - MinDist)/Spread).
//
// Neighbours are exact for up to 10,000 samples or six dimensions and found by
// nearest-neighbour descent for more. The result is the same for any number of processors. UMAP
// panics if there are fewer than two samples, z or Init contains NaN or Inf, or an
// option is out of range. Source: McInnes, Healy and Melville 2018,
// arXiv:1802.03426.
func UMAP(z *mat.Dense, o *UMAPOptions) *mat.Dense {
	if o != nil && o.Init != nil {
		ordinary := *o
		ordinary.Init = linalg.Ordinary(o.Init)
		o = &ordinary
	}
	progress := newPasses("UMAP", "epochs", 0)
	return umap.Map(linalg.Ordinary(z), (*umap.Options)(o), func(_, epochs int) {
		progress.p.Total = int64(epochs)
		progress.add(1)
	})
}
