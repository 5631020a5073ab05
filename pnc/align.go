package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Align returns the points z, the rows of an N×d matrix, turned and reflected so that
// they come as near as possible to the points to, row by row: z Q with
//
//	Q = argmin ‖z Q - to‖_F over orthogonal d×d matrices = U Vᵀ,   zᵀ to = U Σ Vᵀ,
//
// the orthogonal Procrustes problem (Schönemann 1966). Distances between points and
// from the origin stay as they are; nothing is shifted or scaled. Maps whose axes mean
// nothing, such as those of [PCA], can be compared by eye once they are aligned. It
// panics if the shapes differ or a number is NaN or infinite.
func Align(z, to *mat.Dense) *mat.Dense {
	var out mat.Dense
	out.Mul(z, procrustes(z, to))
	return &out
}

// procrustes returns the matrix Q of [Align].
func procrustes(z, to *mat.Dense) *mat.Dense {
	n, d := z.Dims()
	if m, c := to.Dims(); m != n || c != d {
		panic(fmt.Sprintf("pnc: Align of %d×%d points to %d×%d points", n, d, m, c))
	}
	var product, q mat.Dense
	product.Mul(z.T(), to)
	if norm := mat.Norm(&product, 1); math.IsNaN(norm) || math.IsInf(norm, 0) {
		panic("pnc: Align of points that are not finite")
	}
	var svd mat.SVD
	if !svd.Factorize(&product, mat.SVDThin) {
		panic("pnc: Align: the singular value decomposition did not converge")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	q.Mul(&u, v.T())
	return &q
}
