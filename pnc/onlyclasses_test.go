package pnc

import (
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestOnlyClasses(t *testing.T) {
	of := Blobs{Classes: 4, PerClass: 3, Dim: 5, Spread: 1}
	all, some := Must(of.Generate(7)), Must(OnlyClasses{of, []int{3, 1}}.Generate(7))
	if want := "blobs, spread 1, only 3, 1"; some.Name != want {
		t.Errorf("name %q, want %q", some.Name, want)
	}
	if !slices.Equal(some.Labels, []int{1, 1, 1, 0, 0, 0}) {
		t.Errorf("labels %v", some.Labels)
	}
	for i, j := range []int{3, 4, 5, 9, 10, 11} {
		if !mat.Equal(some.X().RowView(i), all.X().RowView(j)) {
			t.Errorf("sample %d is not sample %d of the original data", i, j)
		}
	}
	for _, classes := range [][]int{{0, 4}, {-1, 0}, {2}} {
		if _, err := (OnlyClasses{of, classes}).Generate(7); err == nil {
			t.Errorf("classes %v of 4 were accepted", classes)
		}
	}
	_, err := OnlyClasses{Blobs{}, []int{0, 1}}.Generate(7)
	expectError(t, "inner error", err, "blobs: Classes is 0")
}

// TestOnlyClassesKey checks that the classes, the data and its files are part of the
// key of a run.
func TestOnlyClassesKey(t *testing.T) {
	dir := tempData(t)
	seen := map[string]bool{}
	key := func(s Source) {
		e := smallExperiment()
		e.Data = s
		seen[Must(e.Key())] = true
	}
	key(OnlyClasses{Glyphs{PerClass: 5}, []int{0, 1}})
	key(OnlyClasses{Glyphs{PerClass: 5}, []int{0, 2}})
	key(OnlyClasses{Images{PerClass: 5}, []int{0, 1}})
	tinyMNIST(t, 3, dir, "mnist", "t10k")
	key(OnlyClasses{Images{PerClass: 5}, []int{0, 1}})
	if len(seen) != 4 {
		t.Errorf("%d keys for four data sets", len(seen))
	}
}
