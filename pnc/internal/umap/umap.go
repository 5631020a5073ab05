package umap

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
	"pnclab/pnc/internal/neighbors"
	"pnclab/pnc/internal/random"
)

// Options is pnc.UMAPOptions.
type Options struct {
	Neighbors       int
	MinDist         float64
	Spread          float64
	Dims            int
	Epochs          int
	NegativeSamples int
	LearningRate    float64
	Init            *mat.Dense `json:"-"`
	Seed            int
}

// withDefaults returns the options with all defaults filled in, for n samples.
func (s *Options) withDefaults(n int) Options {
	var c Options
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
		panic(fmt.Sprintf("pnc: UMAP: %d neighbours, including the sample itself; want at least 2", c.Neighbors))
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
		linalg.CheckFinite(c.Init)
	}
	return c
}

// setDefault sets v to the default if it is zero.
func setDefault[T int | float64](v *T, value T) {
	if *v == 0 {
		*v = value
	}
}

// Map is pnc.UMAP. after, if not nil, is called after every epoch, the first of which is
// 1.
func Map(z *mat.Dense, s *Options, after func(epoch, epochs int)) *mat.Dense {
	n, _ := z.Dims()
	c := s.withDefaults(n)
	g := newGraph(neighbors.Find(z, c.Neighbors-1, c.Seed))
	rnd := random.New(c.Seed, random.Embedding)
	var x *mat.Dense
	if c.Init != nil {
		x = mat.DenseCopyOf(c.Init)
	} else {
		x = spectralLayout(z, g, c.Dims, rnd)
	}
	fitBox(x, 10)
	for i := range n {
		for j := range c.Dims { // separate samples that coincide, which no force would
			x.Set(i, j, x.At(i, j)+1e-4*rnd.NormFloat64())
		}
	}
	optimizeLayout(x, g, c, rnd, after)
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
