package pnc

import (
	"math"
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

// TestClassMap checks that the picture of three balanced classes has the documented
// distances and a between-class scatter of 1.
func TestClassMap(t *testing.T) {
	data := Must(Blobs{Classes: 3, PerClass: 20, Dim: 6, Spread: 0.3}.Generate(2))
	picture := ClassMap(data.X(), data.Labels, 3)
	m := MeasureData(data)
	// The points m_k are the principal components of the means, scaled.
	means := mat.NewDense(3, 6, nil)
	for i, k := range data.Labels {
		for j := range 6 {
			means.Set(k, j, means.At(k, j)+data.X().At(i, j)/20)
		}
	}
	centres := PCA(means, 2)
	centres.Scale(1/math.Sqrt(m.TrSigmaB), centres)
	approx.Equal(t, "tr Σ_B", mat.Norm(centres, 2)*mat.Norm(centres, 2)/3, 1, 1e-12, 0)
	var within float64
	for i, k := range data.Labels {
		r := math.Hypot(picture.At(i, 0)-centres.At(k, 0), picture.At(i, 1)-centres.At(k, 1))
		within += r * r / 60
	}
	approx.Equal(t, "tr Σ_W", within, m.C, 1e-12, 0)
}
