package pnc

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
	"pnclab/pnc/internal/random"
)

// TestClassMap checks that the picture of three balanced classes has the distances it
// promises, and scatter 1 between classes.
func TestClassMap(t *testing.T) {
	data := Must(Blobs{Classes: 3, PerClass: 20, Dim: 6, Spread: 0.3}.Generate(2))
	picture := ClassMap(data.X(), data.Labels, 3)
	m := MeasureData(data)
	// The points m_k are the principal components of the means, scaled and turned.
	means := mat.NewDense(3, 6, nil)
	for i, k := range data.Labels {
		for j := range 6 {
			means.Set(k, j, means.At(k, j)+data.X().At(i, j)/20)
		}
	}
	centres := Align(PCA(means, 2), polygon(3))
	centres.Scale(1/math.Sqrt(m.TrSigmaB), centres)
	approx.Equal(t, "tr Σ_B", mat.Norm(centres, 2)*mat.Norm(centres, 2)/3, 1, 1e-12, 0)
	var within float64
	for i, k := range data.Labels {
		r := math.Hypot(picture.At(i, 0)-centres.At(k, 0), picture.At(i, 1)-centres.At(k, 1))
		within += r * r / 60
	}
	approx.Equal(t, "tr Σ_W", within, m.C, 1e-12, 0)
}

// TestClassMapOrder checks that classes lie counterclockwise in their order, whatever
// turn, reflection or order of coordinates the features have.
func TestClassMapOrder(t *testing.T) {
	data := Must(Blobs{Classes: 5, PerClass: 8, Dim: 2, Spread: 0.1}.Generate(3))
	for seed := range 20 {
		turn := linalg.Haar(2, 2, random.New(seed, random.Data))
		picture := ClassMap(linalg.Mul(false, false, data.X(), turn), data.Labels, 5)
		_, means, _ := deviations(picture, data.Labels, 5)
		for k := range 5 {
			a, b := means.RawRowView(k), means.RawRowView((k+1)%5)
			if a[0]*b[1]-a[1]*b[0] <= 0 {
				t.Errorf("seed %d: class %d does not follow class %d counterclockwise", seed, (k+1)%5, k)
			}
		}
	}
}

// TestClassMapLike checks that features which differ by a turn and a reflection have
// the same picture, and those of the next layer one in which samples stay near their
// places.
func TestClassMapLike(t *testing.T) {
	data := Must(NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1}.Generate(1))
	first := ClassMap(data.X(), data.Labels, 3)
	for seed := range 5 {
		turn := linalg.Haar(50, 50, random.New(seed, random.Data))
		again := ClassMapLike(first, linalg.Mul(false, false, data.X(), turn), data.Labels, 3)
		if !mat.EqualApprox(first, again, 1e-9) { // of points of size 4, from singular vectors with gaps of a hundredth
			t.Errorf("seed %d: turned features have another picture", seed)
		}
	}
}

// TestClassMapCoinciding checks that pictures are finite where class means coincide, whose
// distances nothing can be measured in, that the scatter within classes is the measure then,
// and that nothing depends on the scale of the features.
func TestClassMapCoinciding(t *testing.T) {
	labels := []int{0, 0, 1, 1, 2, 2}
	x := mat.NewDense(6, 3, nil)
	if v := ClassMap(x, labels, 3); mat.Norm(v, 2) != 0 {
		t.Errorf("zeros are drawn at %v", mat.Formatted(v))
	}
	x.Apply(func(_, j int, _ float64) float64 { return 0.1 * float64(j+1) }, x)
	if v := ClassMap(x, labels, 3); mat.Norm(v, 2) != 0 {
		t.Errorf("constant features are drawn at %v", mat.Formatted(v))
	}
	for i := range 6 {
		x.Set(i, 0, 5+float64(i%2))
	}
	// Of deviations of ½, a picture with tr Σ_W = 1 has distances of 1.
	v := ClassMap(x, labels, 3)
	for i := range 6 {
		approx.Equal(t, "distance", math.Hypot(v.At(i, 0), v.At(i, 1)), 1, 1e-12, 0)
	}
	ClassMapLike(v, x, labels, 3)
	data := Must(Blobs{Classes: 3, PerClass: 4, Dim: 5, Spread: 0.3}.Generate(2))
	want := ClassMap(data.X(), data.Labels, 3)
	for _, scale := range []float64{0x1p-700, 0x1p700} {
		var y mat.Dense
		y.Scale(scale, data.X())
		if got := ClassMap(&y, data.Labels, 3); !mat.EqualApprox(got, want, 1e-12) {
			t.Errorf("features times %g have another picture", scale)
		}
	}
}
