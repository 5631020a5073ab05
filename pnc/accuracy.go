package pnc

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// TopAccuracy returns the share of samples whose label is among the k largest of
// their logits, an N×K matrix. Equal logits are ranked by class index. It panics if
// the numbers of rows and labels differ.
func TopAccuracy(logits *mat.Dense, labels []int, k int) float64 {
	n, _ := logits.Dims()
	if n != len(labels) {
		panic(fmt.Sprintf("pnc: TopAccuracy: %d rows of logits for %d labels", n, len(labels)))
	}
	right := 0
	for i, y := range labels {
		row := logits.RawRowView(i)
		before := 0
		for j, v := range row {
			if v > row[y] || v == row[y] && j < y {
				before++
			}
		}
		if before < k {
			right++
		}
	}
	return float64(right) / float64(n)
}
