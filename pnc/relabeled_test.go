package pnc

import (
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestRelabeled(t *testing.T) {
	of := Blobs{Classes: 4, PerClass: 2, Dim: 5, Spread: 1}
	all := Must(of.Generate(7))
	d := Must(Relabeled{Of: of, To: []int{1, 0, 1, 0}, Names: []string{"odd", "even"}}.Generate(7))
	if want := "blobs, spread 1, relabelled as 2 classes"; d.Name != want {
		t.Errorf("name %q, want %q", d.Name, want)
	}
	if !slices.Equal(d.Labels, []int{1, 1, 0, 0, 1, 1, 0, 0}) || !slices.Equal(d.ClassNames, []string{"odd", "even"}) {
		t.Errorf("labels %v of classes %v", d.Labels, d.ClassNames)
	}
	if !mat.Equal(d.X(), all.X()) {
		t.Error("the samples are others")
	}
	for _, to := range [][]int{{0, 1}, {0, -1, 1, 1}, {0, 0, 0, 0}, {0, 0, 2, 2}} {
		if _, err := (Relabeled{Of: of, To: to}).Generate(7); err == nil {
			t.Errorf("new labels %v of 4 classes made data", to)
		}
	}
}

// TestTaskKeys checks that all that describes the tasks of a transfer experiment is
// part of what a run is cached by.
func TestTaskKeys(t *testing.T) {
	dir := tempData(t)
	seen := map[string]bool{}
	key := func(s Source) {
		e := smallExperiment()
		e.Data = s
		seen[Must(e.Key())] = true
	}
	images, halves := Images{PerClass: 5}, []int{0, 0, 0, 0, 0, 1, 1, 1, 1, 1}
	sources := []Source{
		Relabeled{Of: images, To: halves},
		Relabeled{Of: images, To: []int{0, 1, 0, 1, 0, 1, 0, 1, 0, 1}},
		Relabeled{Of: Portion{images, 0, 0.5}, To: halves},
		Relabeled{Of: Portion{images, 0.5, 1}, To: halves},
		Subclasses{Classes: 2, Parts: 2, PerPart: 3, Dim: 9},
		Subclasses{Classes: 2, Parts: 2, PerPart: 3, Dim: 9, Fine: true},
		Subclasses{Classes: 2, Parts: 2, PerPart: 3, Dim: 9, Draw: 1},
		GlyphFonts{PerClass: 5},
	}
	for _, s := range sources {
		key(s)
	}
	tinyMNIST(t, 3, dir, "mnist", "t10k")
	key(sources[0]) // other files
	key(sources[2])
	if len(seen) != len(sources)+2 {
		t.Errorf("%d keys for %d data sets", len(seen), len(sources)+2)
	}
}
