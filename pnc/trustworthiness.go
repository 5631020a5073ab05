package pnc

import (
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
	"pnclab/pnc/internal/neighbors"
)

// Trustworthiness says how well the k nearest neighbours of the samples in a map,
// the rows of low, agree with those in the data, the rows of high: 1 if they are the
// same, 0 if they are as far apart in the data as possible. With N samples,
//
//	T = 1 - 2/(N k (2N - 3k - 1)) Σ_i Σ_{j ∈ U_i} (r(i,j) - k),
//
// where U_i is the set of samples that are among the k nearest of i in the map but
// not in the data, and r(i,j) is the rank of j among the samples by distance from i
// in the data, 1 for the nearest. Equal distances are ranked by the order of the
// rows.
//
// Data beyond 2^±400 are scaled by a power of two, which changes no rank. It takes
// time of order N² d and panics if the numbers of rows differ, k is not in
// 1..N/2-1, or a value is NaN or Inf. Source: Venna and Kaski 2001, Neighborhood
// preservation in nonlinear projection methods.
func Trustworthiness(high, low *mat.Dense, k int) float64 {
	return neighbors.Trustworthiness(linalg.Ordinary(high), linalg.Ordinary(low), k)
}

// NeighborAgreement returns how often one of the k nearest neighbours of a sample
// in a map, the rows of low, has the label of the sample,
//
//	A = 1/(N k) Σ_i |{j ∈ k nearest of i : y_j = y_i}|,
//
// which is 1 if classes are islands, and near Σ_k (n_k/N)² if the map does not
// separate them. It takes time of order N² and panics if the numbers of rows and
// labels differ, k is not in 1..N-1, or a value is NaN or Inf.
func NeighborAgreement(low *mat.Dense, labels []int, k int) float64 {
	return neighbors.Agreement(linalg.Ordinary(low), labels, k)
}
