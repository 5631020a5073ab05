package neighbors

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
)

// Trustworthiness is pnc.Trustworthiness.
func Trustworthiness(high, low *mat.Dense, k int) float64 {
	n, _ := high.Dims()
	if m, _ := low.Dims(); m != n {
		panic(fmt.Sprintf("pnc: Trustworthiness: %d samples in the data, %d in the map", n, m))
	}
	if k < 1 || 2*k >= n {
		panic(fmt.Sprintf("pnc: Trustworthiness: %d neighbours of %d samples, want less than half as many", k, n))
	}
	linalg.CheckFinite(high)
	linalg.CheckFinite(low)
	nb := Exact(low, k)
	all := newDistances(high)
	excess := make([]int, n)
	all.rows(func(i int, squared []float64) {
		index, _ := nb.Of(i)
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

// rank returns the number of rows other than i that are not further from row i than
// row j, given the squared distances of row i as passed by rows.
func (a *distances) rank(i, j int, squared []float64) int {
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

// Agreement is pnc.NeighborAgreement.
func Agreement(low *mat.Dense, labels []int, k int) float64 {
	n, _ := low.Dims()
	if len(labels) != n {
		panic(fmt.Sprintf("pnc: NeighborAgreement: %d samples, %d labels", n, len(labels)))
	}
	if k < 1 || k >= n {
		panic(fmt.Sprintf("pnc: NeighborAgreement: %d neighbours of %d samples", k, n))
	}
	linalg.CheckFinite(low)
	nb := Exact(low, k)
	same := 0
	for p, j := range nb.Index {
		if labels[j] == labels[p/k] {
			same++
		}
	}
	return float64(same) / float64(n*k)
}
