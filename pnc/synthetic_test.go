package pnc

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// TestSynthetic checks the defining property of every synthetic data set, and that a
// seed determines it.
func TestSynthetic(t *testing.T) {
	for _, s := range []Source{
		NearlyOrthonormal{Classes: 3, PerClass: 4, Dim: 20, Noise: 0.5},
		GaussianSpectrum{Classes: 3, PerClass: 4, Dim: 20},
		Uniform{Classes: 3, PerClass: 4, Dim: 20},
		Blobs{Classes: 3, PerClass: 4, Dim: 20, Spread: 0.1},
		Unbalanced{Of: Uniform{Classes: 3, PerClass: 4, Dim: 20}, Sizes: []int{1, 4, 2}},
	} {
		a, b, c := Must(s.Generate(1)), Must(s.Generate(1)), Must(s.Generate(2))
		if !mat.Equal(a.X(), b.X()) || mat.Equal(a.X(), c.X()) {
			t.Errorf("%s: the seed does not determine the data", a.Name)
		}
	}
	if one := Must(OneHot{Classes: 2, PerClass: 2}.Generate(1)); !mat.Equal(one.X(), Identity(1).weights(4, 4, nil)) || !slices.Equal(one.Labels, []int{0, 0, 1, 1}) {
		t.Errorf("one-hot samples of two classes: %v, labels %v", one.X(), one.Labels)
	}
	x := Must(NearlyOrthonormal{Classes: 3, PerClass: 4, Dim: 20, Noise: 0}.Generate(1)).X()
	var gram mat.Dense
	gram.Mul(x, x.T())
	for i := range 12 {
		for j := range 12 {
			approx.Equal(t, "xᵢᵀxⱼ", gram.At(i, j), map[bool]float64{true: 1}[i == j], 0, 1e-15*20)
		}
	}
	// With noise, the data for the same seed differ by a matrix of the given
	// Frobenius norm.
	var diff mat.Dense
	diff.Sub(Must(NearlyOrthonormal{Classes: 3, PerClass: 4, Dim: 20, Noise: 0.5}.Generate(1)).X(), x)
	approx.Equal(t, "noise", mat.Norm(&diff, 2), 0.5, 1e-13, 0)
	diff.Sub(Must(NearlyOrthonormal{Classes: 3, PerClass: 4, Dim: 20, Common: 0.2}.Generate(1)).X(), x)
	for i := range 12 {
		approx.Equal(t, "common part", mat.Norm(diff.RowView(i), 2), 0.2, 1e-13, 0)
		var d mat.VecDense
		d.SubVec(diff.RowView(i), diff.RowView(0))
		approx.Equal(t, "common part of two samples", mat.Norm(&d, 2), 0, 0, 1e-14)
	}
	for _, s := range linalg.SingularValues(Must(GaussianSpectrum{Classes: 2, PerClass: 8, Dim: 30}.Generate(3)).X()) {
		if s < 20-1e-12 || s > 21+1e-12 {
			t.Errorf("singular value %g is not in [20, 21]", s)
		}
	}
	u := Must(Uniform{Classes: 2, PerClass: 50, Dim: 64}.Generate(3)).X()
	if m := max(mat.Max(u), -mat.Min(u)); m > 1./8 || m < 0.99/8 {
		t.Errorf("largest uniform feature = %g, want just under 1/8", m)
	}
	if sizes := Must(Unbalanced{Of: Uniform{Classes: 3, PerClass: 4, Dim: 20}, Sizes: []int{1, 4, 2}}.Generate(5)).ClassSizes(); !slices.Equal(sizes, []int{1, 4, 2}) {
		t.Errorf("sizes %v", sizes)
	}
	ring := measureOne(t, Must(Blobs{Classes: 3, PerClass: 400, Dim: 2, Spread: 0.01}.Generate(1)).X(), blockLabels(3, 400), 3)
	approx.Equal(t, "D of a ring", ring.D, 1.5, 0.01, 0)
	approx.Equal(t, "C of a ring", ring.C, 2e-4, 0.2, 0) // 2·Spread², up to 5σ of 2400 squares
	at, moved := Blobs{Classes: 3, PerClass: 4, Dim: 5, Spread: 0.3}, Blobs{Classes: 3, PerClass: 4, Dim: 5, Spread: 0.3, Common: 2}
	x, by := Must(at.Generate(7)).X(), Must(moved.Generate(7)).X()
	by.Sub(by, x)
	for i := range 12 {
		approx.Equal(t, "distance moved", floats.Norm(by.RawRowView(i), 2), 2, 1e-14, 0)
		approx.All(t, "direction moved", by.RawRowView(i), by.RawRowView(0), 0, 1e-14)
	}
}

// TestSyntheticErrors checks that every impossible request is rejected with an error
// that names it.
func TestSyntheticErrors(t *testing.T) {
	for word, s := range map[string]Source{
		"Classes":         Uniform{Classes: 1, PerClass: 3, Dim: 3},
		"PerClass":        Uniform{Classes: 2, Dim: 3},
		"Dim":             Blobs{Classes: 2, PerClass: 3},
		"dimension 5":     NearlyOrthonormal{Classes: 2, PerClass: 3, Dim: 5},
		"Noise":           NearlyOrthonormal{Classes: 2, PerClass: 3, Dim: 9, Noise: math.NaN()},
		"Common":          NearlyOrthonormal{Classes: 2, PerClass: 3, Dim: 9, Common: -1},
		"singular values": GaussianSpectrum{Classes: 2, PerClass: 3, Dim: 9, Low: 3, High: 2},
		"Spread":          Blobs{Classes: 2, PerClass: 3, Dim: 2, Spread: -1},
		"Common is":       Blobs{Classes: 2, PerClass: 3, Dim: 2, Common: -1},
		"sizes":           Unbalanced{Of: Uniform{2, 3, 4}, Sizes: []int{1}},
		"it has 3":        Unbalanced{Of: Uniform{2, 3, 4}, Sizes: []int{1, 4}},
	} {
		if _, err := s.Generate(1); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%+v: error %v, want it to name %q", s, err, word)
		}
	}
}
