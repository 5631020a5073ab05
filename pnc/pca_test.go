package pnc

import (
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// TestPCA compares with gonum's principal components, which come from another
// formula, and checks that all of them together keep distances.
func TestPCA(t *testing.T) {
	z := Must(Blobs{Classes: 3, PerClass: 20, Dim: 6, Spread: 0.3}.Generate(2)).X()
	got := PCA(z, 6)
	var pc stat.PC
	if !pc.PrincipalComponents(z, nil) {
		t.Fatal("no principal components")
	}
	for j, want := range pc.VarsTo(nil) {
		near(t, "variance", stat.Variance(mat.Col(nil, j, got), nil), want, 1e-12, 0)
	}
	for i := range 60 {
		for j := range i {
			var a, b mat.VecDense
			a.SubVec(z.RowView(i), z.RowView(j))
			b.SubVec(got.RowView(i), got.RowView(j))
			near(t, "distance", mat.Norm(&b, 2), mat.Norm(&a, 2), 1e-12, 0)
		}
	}
}
