package gemm

import "testing"

func TestMulSmall(t *testing.T) {
	a := []float64{1, 2, 3, 4, 5, 6}
	b := []float64{1, 0, 2, 0, 1, 3}
	c := make([]float64, 4)
	Mul(false, true, 2, 2, 3, 1, a, 3, b, 3, 0, c, 2)
	want := []float64{7, 11, 16, 23}
	for i := range c {
		if c[i] != want[i] {
			t.Fatalf("got %v, want %v", c, want)
		}
	}
}
