package pnc

import (
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestTooManyClasses refuses labels that number the samples, before the pairs of classes
// take the memory.
func TestTooManyClasses(t *testing.T) {
	n := largestClasses + 1
	z, labels := mat.NewDense(n, 1, nil), make([]int, n)
	for i := range n {
		z.Set(i, 0, float64(i))
		labels[i] = i
	}
	_, err := MeasureFeatures([]LayerFeatures{{Name: "z", Z: z}}, labels, n, nil)
	expectError(t, "classes", err, "10001 classes, more than the 10000 that can be compared in pairs")
}
