package pnc

import (
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/neighbors"
)

// Trustworthiness says how far the k nearest neighbours of a sample in a map,
// the rows of low, are neighbours in the data, the rows of high: 1 if they are
// the same ones, 0 if none could be further away. With N samples,
//
//	T = 1 - 2/(N k (2N - 3k - 1)) Σ_i Σ_{j ∈ U_i} (r(i,j) - k),
//
// where U_i are the samples among the k nearest of i in the map that are not in
// the data, and r(i,j) is the rank of j among the samples by distance from i in
// the data, 1 for the nearest. Equal distances rank by the order of the rows.
//
// It takes time of order N² d and panics if the numbers of rows differ, k is not
// in 1..N/2-1, or there is NaN or Inf. Source: Venna and Kaski 2001, Neighborhood
// preservation in nonlinear projection methods.
func Trustworthiness(high, low *mat.Dense, k int) float64 {
	return neighbors.Trustworthiness(high, low, k)
}

// NeighborAgreement returns how often one of the k nearest neighbours of a sample
// in a map, the rows of low, has the label of the sample,
//
//	A = 1/(N k) Σ_i |{j ∈ k nearest of i : y_j = y_i}|,
//
// 1 where classes are islands, near Σ_k (n_k/N)² where the map knows nothing of
// them. It takes time of order N² and panics if the numbers of rows and labels
// differ, k is not in 1..N-1, or there is NaN or Inf.
func NeighborAgreement(low *mat.Dense, labels []int, k int) float64 {
	return neighbors.Agreement(low, labels, k)
}
