package pnc

import (
	"slices"
	"testing"
)

// TestPortion checks that portions that do not overlap make up the whole.
func TestPortion(t *testing.T) {
	of := Unbalanced{Of: Blobs{Classes: 3, PerClass: 11, Dim: 4, Spread: 1}, Sizes: []int{11, 5, 8}}
	all := Must(of.Generate(3))
	var got []float64
	sizes := make([]int, 3)
	for _, p := range []Portion{{of, 0, 0.25}, {of, 0.25, 0.6}, {of, 0.6, 1}} {
		d := Must(p.Generate(3))
		for i := range d.Len() {
			got = append(got, d.Row(nil, i)[0])
		}
		for k, n := range d.ClassSizes() {
			sizes[k] += n
		}
	}
	var want []float64
	for i := range all.Len() {
		want = append(want, all.Row(nil, i)[0])
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || !slices.Equal(sizes, all.ClassSizes()) {
		t.Errorf("portions hold %v samples of the classes, want %v, each once", sizes, all.ClassSizes())
	}
	first, again := Must(Portion{of, 0, 0.25}.Generate(3)), Must(Portion{of, 0, 0.25}.Generate(4))
	if slices.Equal(first.Row(nil, 0), again.Row(nil, 0)) {
		t.Error("the seed does not settle the samples")
	}
	for _, p := range []Portion{{of, 0.5, 0.5}, {of, -0.1, 1}, {of, 0, 1.1}, {of, 0, 0.01}} {
		if _, err := p.Generate(3); err == nil {
			t.Errorf("portion from %g to %g made data", p.From, p.To)
		}
	}
}
