package pnc

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
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
	n, _ := high.Dims()
	if m, _ := low.Dims(); m != n {
		panic(fmt.Sprintf("pnc: Trustworthiness: %d samples in the data, %d in the map", n, m))
	}
	if k < 1 || 2*k >= n {
		panic(fmt.Sprintf("pnc: Trustworthiness: %d neighbours of %d samples, want less than half as many", k, n))
	}
	checkFinite(high)
	checkFinite(low)
	nb := nearestExact(low, k)
	all := newAllDistances(high)
	excess := make([]int, n)
	all.rows(func(i int, squared []float64) {
		index, _ := nb.of(i)
		for _, j := range index {
			excess[i] += max(0, all.rank(i, int(j), squared)-k)
		}
	})
	sum := 0
	for _, e := range excess {
		sum += e
	}
	return 1 - 2*float64(sum)/(float64(n)*float64(k)*float64(2*n-3*k-1))
}

// rank returns the number of rows other than i that are not further from row i
// than row j, given the squared distances of row i as rows gives them.
func (a *allDistances) rank(i, j int, squared []float64) int {
	target := a.exact(i, j)
	rank := 1
	for m, s := range squared {
		if m == i || m == j {
			continue
		}
		slack := a.slack(i, m)
		if s-slack > target {
			continue
		}
		if s+slack >= target {
			if d := a.exact(i, m); d > target || d == target && m > j {
				continue
			}
		}
		rank++
	}
	return rank
}

// NeighborAgreement returns how often one of the k nearest neighbours of a sample
// in a map, the rows of low, has the label of the sample,
//
//	A = 1/(N k) Σ_i |{j ∈ k nearest of i : y_j = y_i}|,
//
// 1 where classes are islands, near Σ_k (n_k/N)² where the map knows nothing of
// them. It takes time of order N² and panics if the numbers of rows and labels differ, k is not in 1..N-1,
// or there is NaN or Inf.
func NeighborAgreement(low *mat.Dense, labels []int, k int) float64 {
	n, _ := low.Dims()
	if len(labels) != n {
		panic(fmt.Sprintf("pnc: NeighborAgreement: %d samples, %d labels", n, len(labels)))
	}
	if k < 1 || k >= n {
		panic(fmt.Sprintf("pnc: NeighborAgreement: %d neighbours of %d samples", k, n))
	}
	checkFinite(low)
	nb := nearestExact(low, k)
	same := 0
	for p, j := range nb.index {
		if labels[j] == labels[p/k] {
			same++
		}
	}
	return float64(same) / float64(n*k)
}
