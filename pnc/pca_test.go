package pnc

import (
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"pnclab/pnc/internal/approx"
)

// TestPCA compares with gonum's principal components, which are computed by another
// formula, and checks that all components together preserve distances.
func TestPCA(t *testing.T) {
	z := Must(Blobs{Classes: 3, PerClass: 20, Dim: 6, Spread: 0.3}.Generate(2)).X()
	got := PCA(z, 6)
	var pc stat.PC
	if !pc.PrincipalComponents(z, nil) {
		t.Fatal("gonum found no principal components")
	}
	for j, want := range pc.VarsTo(nil) {
		approx.Equal(t, "variance", stat.Variance(mat.Col(nil, j, got), nil), want, 1e-12, 0)
	}
	for i := range 60 {
		for j := range i {
			var a, b mat.VecDense
			a.SubVec(z.RowView(i), z.RowView(j))
			b.SubVec(got.RowView(i), got.RowView(j))
			approx.Equal(t, "distance", mat.Norm(&b, 2), mat.Norm(&a, 2), 1e-12, 0)
		}
	}
}
