package neighbors

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/linalg"
	"pnclab/pnc/internal/random"
	"pnclab/pnc/internal/vec"
)

// treeRows are the rows by which trees divide samples.
type treeRows struct {
	x       []float32
	n, dims int
}

// row returns row i.
func (r treeRows) row(i int32) []float32 {
	return r.x[int(i)*r.dims : (int(i)+1)*r.dims]
}

// Constants of newTreeRows: the dimensions in which trees divide samples of more than twice as
// many, and the samples from which these are taken.
const (
	projectedDims   = 64
	projectedSample = 1024
)

// newTreeRows returns the rows of products, projected to the dimensions in which they vary
// most: the samples that a tree keeps together are hardly others, and it reads a small part of
// the memory. These are nearly the leading singular vectors of some of the rows, by two steps
// of subspace iteration from random directions (Halko, Martinsson and Tropp 2011).
func newTreeRows(rows *products[float32], rnd *rand.Rand) treeRows {
	n, d := rows.of.z.Dims()
	if d <= 2*projectedDims {
		return treeRows{rows.x, n, d}
	}
	some := mat.NewDense(min(n, projectedSample), d, nil)
	for i := range some.RawMatrix().Rows {
		for j, v := range rows.row(rnd.IntN(n)) {
			some.Set(i, j, float64(v))
		}
	}
	q := mat.NewDense(d, projectedDims, nil)
	linalg.Fill(q, rnd.NormFloat64)
	for range 2 {
		q = linalg.ThinQ(linalg.Mul(true, false, some, linalg.Mul(false, false, some, q)))
	}
	directions := make([]float32, d*projectedDims)
	for p, v := range q.RawMatrix().Data {
		directions[p] = float32(v)
	}
	r := treeRows{make([]float32, n*projectedDims), n, projectedDims}
	gemm.Mul(false, false, n, projectedDims, d, 1, rows.x, d, directions, projectedDims, 0, r.x, projectedDims)
	return r
}

// newForest returns the leaves of random projection trees.
func newForest(rows *products[float32], seed int) [][][]int32 {
	forest := make([][][]int32, descentTrees)
	projected := newTreeRows(rows, random.New(seed, random.Embedding.Sub(descentTrees+2)))
	crew.Blocks(descentTrees, 1, func(t, _ int) {
		forest[t] = projectionTree(projected, descentLeaf, random.New(seed, random.Embedding.Sub(t+1)))
	})
	return forest
}

// projectionTree divides rows into groups of at most size rows that are likely
// to be close to one another: a random projection tree, in which each set of rows is
// divided by the plane halfway between two random members (Dasgupta and Freund 2008;
// the choice of planes is that of Annoy).
func projectionTree(rows treeRows, size int, rnd *rand.Rand) [][]int32 {
	all := make([]int32, rows.n)
	for i := range all {
		all[i] = int32(i)
	}
	var out [][]int32
	normal := make([]float32, rows.dims)
	stack := [][]int32{all}
	for len(stack) > 0 {
		set := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if len(set) <= size {
			out = append(out, set)
			continue
		}
		cut := splitByPlane(rows, set, normal, rnd)
		if min(cut, len(set)-cut) <= len(set)/32 {
			cut = len(set) / 2 // outliers or duplicates: keep the depth logarithmic
		}
		stack = append(stack, set[:cut], set[cut:])
	}
	return out
}

// splitByPlane moves the rows on one side of a random plane to the front of set and
// returns how many there are. normal is scratch for the normal vector of the plane.
func splitByPlane(rows treeRows, set []int32, normal []float32, rnd *rand.Rand) int {
	a := rnd.IntN(len(set))
	b := rnd.IntN(len(set) - 1)
	if b >= a {
		b++
	}
	x, y := rows.row(set[a]), rows.row(set[b])
	var offset float32
	for j := range normal {
		normal[j] = x[j] - y[j]
		offset += normal[j] * (x[j] + y[j]) / 2
	}
	lo, hi := 0, len(set)
	for lo < hi {
		if vec.Dot(normal, rows.row(set[lo])) > offset {
			lo++
		} else {
			hi--
			set[lo], set[hi] = set[hi], set[lo]
		}
	}
	return lo
}
