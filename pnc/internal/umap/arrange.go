package umap

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/linalg"
	"pnclab/pnc/internal/neighbors"
)

// arrangeRounds is the number of rounds of arrangeMeans; the stress decreases most
// in the first rounds.
const arrangeRounds = 50

// arrangeMeans returns points in dims dimensions whose distances δ'_ij approximate
// the distances δ_ij of the rows of z: metric multidimensional scaling from a random
// projection by rounds of
//
//	x_i ← (1/m) Σ_{j≠i} δ_ij/δ'_ij (x_i - x_j),
//
// each of which lowers the stress Σ_{i<j} (δ_ij - δ'_ij)² (SMACOF; de Leeuw 1977).
// Unlike principal components, it does not place points on top of each other that
// are far apart in other directions, such as the means of collapsed classes.
func arrangeMeans(z *mat.Dense, dims int, rnd *rand.Rand) *mat.Dense {
	m, d := z.Dims()
	projection := mat.NewDense(d, dims, nil)
	scale := 1 / math.Sqrt(float64(dims))
	linalg.Fill(projection, func() float64 { return scale * rnd.NormFloat64() })
	x := mat.NewDense(m, dims, nil)
	x.Mul(z, projection)
	centerColumns(x)
	next := mat.NewDense(m, dims, nil)
	distance := mat.NewDense(m, m, nil)
	for i := range m {
		for j := range i {
			v := math.Sqrt(neighbors.SquaredDistance(z.RawRowView(i), z.RawRowView(j)))
			distance.Set(i, j, v)
			distance.Set(j, i, v)
		}
	}
	for range arrangeRounds {
		crew.Blocks(m, 16, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				xi, sum := x.RawRowView(i), next.RawRowView(i)
				clear(sum)
				for j := range m {
					xj := x.RawRowView(j)
					length := math.Sqrt(neighbors.SquaredDistance(xi, xj))
					if length == 0 {
						continue
					}
					ratio := distance.At(i, j) / length / float64(m)
					floats.AddScaled(sum, ratio, xi)
					floats.AddScaled(sum, -ratio, xj)
				}
			}
		})
		x, next = next, x
	}
	return x
}
