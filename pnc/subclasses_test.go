package pnc

import (
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
)

func TestSubclasses(t *testing.T) {
	s := Subclasses{Classes: 2, Parts: 3, PerPart: 2, Dim: 7}
	d := Must(s.Generate(5))
	if want := []int{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}; !slices.Equal(d.Labels, want) {
		t.Errorf("labels %v, want %v", d.Labels, want)
	}
	// Without noise samples are the prototypes, which are orthonormal.
	for i := range d.Len() {
		for j := range d.Len() {
			want := 0.0
			if i/2 == j/2 {
				want = 1
			}
			approx.Equal(t, "inner product", mat.Dot(d.X().RowView(i), d.X().RowView(j)), want, 0, 1e-14)
		}
	}
	s.Fine = true
	fine := Must(s.Generate(5))
	if want := []int{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5}; !slices.Equal(fine.Labels, want) || !mat.Equal(fine.X(), d.X()) {
		t.Errorf("labels by part %v, want %v, of the same samples", fine.Labels, want)
	}
	// Another draw has the same prototypes: what is left of the mean of many samples is
	// noise of 0.5/√(7·4000) a coordinate, below five deviations.
	s.PerPart, s.Noise, s.Draw = 4000, 0.5, 1
	other := Must(s.Generate(5))
	for j := range 7 {
		var mean float64
		for i := range 4000 {
			mean += other.X().At(i, j) / 4000
		}
		approx.Equal(t, "mean of another draw", mean, d.X().At(0, j), 0, 5*0.5/167)
	}
	for _, bad := range []Subclasses{{}, {Classes: 2, Parts: 4, PerPart: 1, Dim: 7}, {Classes: 2, PerPart: 1, Dim: 7}, {Classes: 2, Parts: 1, PerPart: 1, Dim: 7, Noise: -1}} {
		if _, err := bad.Generate(1); err == nil {
			t.Errorf("%+v made data", bad)
		}
	}
}
