package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// UMAPSettings are the settings of [UMAP]. The zero value is a good choice: it
// stands for the defaults of umap-learn, which the paper used.
type UMAPSettings struct {
	// Neighbors is the number of nearest samples that a sample is tied to, itself
	// counted; 0 stands for 15. Few show fine structure, many the coarse one. With
	// fewer samples it is their number.
	Neighbors int
	// MinDist is how close samples may come in the map without being more alike, at
	// most Spread; 0 stands for 0.1. Smaller values make denser islands.
	MinDist float64
	// Spread is the distance over which ties fade in the map; 0 stands for 1.
	Spread float64
	// Dims is the dimension of the map; 0 stands for 2.
	Dims int
	// Epochs is the number of passes over the ties; 0 stands for 500 for up to
	// 10,000 samples and 200 for more.
	Epochs int
	// NegativeSamples is the number of samples that one is pushed away from when
	// it is pulled towards a neighbour; 0 stands for 5.
	NegativeSamples int
	// LearningRate is the step of the first epoch; it falls linearly to 0. 0
	// stands for 1.
	LearningRate float64
	// Init holds where the samples start, N×Dims, for instance principal
	// components or the map of another layer, so that both look alike; every
	// column is shifted and scaled to [0, 10]. nil stands for the eigenvectors of
	// the graph Laplacian. It is not modified.
	Init *mat.Dense `json:"-"`
	// Seed settles the random numbers.
	Seed uint64
}

// withDefaults returns the settings with all defaults in place, for n samples.
func (s *UMAPSettings) withDefaults(n int) UMAPSettings {
	var c UMAPSettings
	if s != nil {
		c = *s
	}
	setDefault(&c.Neighbors, 15)
	c.Neighbors = min(c.Neighbors, n)
	setDefault(&c.MinDist, 0.1)
	setDefault(&c.Spread, 1)
	setDefault(&c.Dims, 2)
	if n <= 10_000 {
		setDefault(&c.Epochs, 500)
	}
	setDefault(&c.Epochs, 200)
	setDefault(&c.NegativeSamples, 5)
	setDefault(&c.LearningRate, 1)
	switch {
	case c.Neighbors < 2:
		panic(fmt.Sprintf("pnc: UMAP: %d neighbours, of which the sample itself is one", c.Neighbors))
	case !(c.MinDist > 0 && c.MinDist <= c.Spread) || math.IsInf(c.Spread, 0):
		panic(fmt.Sprintf("pnc: UMAP: MinDist %v and Spread %v; want 0 < MinDist ≤ Spread", c.MinDist, c.Spread))
	case c.Dims < 1 || c.Epochs < 1 || c.NegativeSamples < 1:
		panic(fmt.Sprintf("pnc: UMAP: %d dimensions, %d epochs, %d negative samples", c.Dims, c.Epochs, c.NegativeSamples))
	case !(c.LearningRate > 0) || math.IsInf(c.LearningRate, 0):
		panic(fmt.Sprintf("pnc: UMAP: learning rate %v", c.LearningRate))
	}
	if c.Init != nil {
		if r, d := c.Init.Dims(); r != n || d != c.Dims {
			panic(fmt.Sprintf("pnc: UMAP: Init is %d×%d, want %d×%d", r, d, n, c.Dims))
		}
		checkFinite(c.Init)
	}
	return c
}

// setDefault sets v to the default if it is zero.
func setDefault[T int | float64](v *T, value T) {
	if *v == 0 {
		*v = value
	}
}

// UMAP returns a map of the rows of the N×d matrix z in few dimensions, an
// N×Dims matrix centred at the origin: samples that are neighbours in z are
// neighbours in the map, and groups without ties between them become islands.
// Distances between islands and their sizes mean little. With s nil, all
// settings are the defaults.
//
// The ties of sample i to its nearest samples j ≠ i, k-1 of them, have strengths
//
//	w(j|i) = exp(-max(0, |z_i - z_j| - ρ_i) / σ_i),
//
// where ρ_i is the distance of the nearest one that differs from i and σ_i makes
// the sum of the strengths log₂ k. The tie of i and j is the probability that
// either holds, w = w(j|i) + w(i|j) - w(j|i) w(i|j). The map x minimises the
// cross-entropy between w and
//
//	v = 1 / (1 + a |x_i - x_j|^{2b}),
//	C = Σ_{i≠j} w log(w/v) + (1 - w) log((1 - w)/(1 - v)),
//
// by stochastic gradient descent: ties are drawn in proportion to their
// strengths, and every time a few samples at random stand for those with w = 0.
// a and b fit v to the curve that is 1 up to MinDist and then falls as
// exp(-(distance - MinDist)/Spread).
//
// Neighbours are exact for up to 10,000 samples and found by nearest-neighbour
// descent for more. The result is the same for any number of processors. UMAP
// panics if there are fewer than two samples, z or Init has NaN or Inf, or a
// setting is out of range. Source: McInnes, Healy and Melville 2018, arXiv:1802.03426.
func UMAP(z *mat.Dense, s *UMAPSettings) *mat.Dense {
	n, _ := z.Dims()
	c := s.withDefaults(n)
	g := newTieGraph(nearestNeighbors(z, c.Neighbors-1, c.Seed))
	rnd := newRand(c.Seed, streamEmbed)
	var x *mat.Dense
	if c.Init != nil {
		x = mat.DenseCopyOf(c.Init)
	} else {
		x = spectralLayout(z, g, c.Dims, rnd)
	}
	fitBox(x, 10)
	for i := range n {
		for j := range c.Dims { // no two samples may coincide, or nothing parts them
			x.Set(i, j, x.At(i, j)+1e-4*rnd.NormFloat64())
		}
	}
	optimizeLayout(x, g, c, rnd)
	centerColumns(x)
	return x
}

// fitBox shifts and scales every column of x that is not constant to [0, size].
func fitBox(x *mat.Dense, size float64) {
	n, dims := x.Dims()
	for j := range dims {
		col := mat.Col(nil, j, x)
		low, high := mat.Min(mat.NewVecDense(n, col)), mat.Max(mat.NewVecDense(n, col))
		if !(high > low) {
			high = low + 1
		}
		for i, v := range col {
			x.Set(i, j, size*(v-low)/(high-low))
		}
	}
}

// centerColumns shifts every column of x to mean 0.
func centerColumns(x *mat.Dense) {
	n, dims := x.Dims()
	for j := range dims {
		mean := mat.Sum(x.ColView(j)) / float64(n)
		for i := range n {
			x.Set(i, j, x.At(i, j)-mean)
		}
	}
}
