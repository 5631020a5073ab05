package neighbors

import (
	"math/rand/v2"

	"pnclab/pnc/internal/vec"
)

// projectionTree divides rows into groups of at most size rows that are likely
// to be close to one another: a random projection tree, in which each set of rows is
// divided by the plane halfway between two random members (Dasgupta and Freund 2008;
// the choice of planes is that of Annoy).
func projectionTree(rows *products[float32], size int, rnd *rand.Rand) [][]int32 {
	n, d := rows.of.z.Dims()
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	var out [][]int32
	normal := make([]float32, d)
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
func splitByPlane(rows *products[float32], set []int32, normal []float32, rnd *rand.Rand) int {
	a := rnd.IntN(len(set))
	b := rnd.IntN(len(set) - 1)
	if b >= a {
		b++
	}
	x, y := rows.row(int(set[a])), rows.row(int(set[b]))
	var offset float32
	for j := range normal {
		normal[j] = x[j] - y[j]
		offset += normal[j] * (x[j] + y[j]) / 2
	}
	lo, hi := 0, len(set)
	for lo < hi {
		if vec.Dot(normal, rows.row(int(set[lo]))) > offset {
			lo++
		} else {
			hi--
			set[lo], set[hi] = set[hi], set[lo]
		}
	}
	return lo
}
