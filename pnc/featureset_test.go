//go:build !js

package pnc

import (
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio"
	"codeberg.org/sbinet/npyio/npz"
	"gonum.org/v1/gonum/mat"
)

// writeNPZ writes an archive of the given pairs of names and arrays.
func writeNPZ(t *testing.T, path string, pairs ...any) string {
	t.Helper()
	w, err := npz.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for i := 0; i < len(pairs); i += 2 {
		if err := w.Write(pairs[i].(string), pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func writeNPY(t *testing.T, path string, array any) string {
	t.Helper()
	var b strings.Builder
	if err := npyio.Write(&b, array); err != nil {
		t.Fatal(err)
	}
	return writeFile(t, []byte(b.String()), path)
}

var (
	four   = [4]int64{0, 1, 0, 1}
	layer  = mat.NewDense(4, 2, []float64{1, 2, 3, 4, 5, 6, 7, 8})
	volume = [4][1][2][3]float32{{{{1, 2, 3}, {4, 5, 6}}}, {{{0, 0, 1}, {0, 0, 0}}}, {}, {{{9, 8, 7}, {6, 5, 4}}}}
)

func TestReadFeatures(t *testing.T) {
	dir := t.TempDir()
	head := mat.NewDense(2, 2, []float64{1, 0, 0, 1})
	archive := writeNPZ(t, filepath.Join(dir, "all.npz"),
		"layer10.npy", layer, "labels.npy", four, "layer2.npy", volume, "classifier.weight.npy", head)
	if _, err := ReadFeatures([]string{archive}, nil); err == nil || !strings.Contains(err.Error(), "layer2: an array of shape 4×1×2×3, which has several vectors per sample; --pool") {
		t.Errorf("images without --pool: %v", err)
	}
	s, err := ReadFeatures([]string{archive}, &FeatureOptions{Pool: "flatten"})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Layers) != 2 || s.Layers[0].Name != "layer2" || s.Layers[1].Name != "layer10" {
		t.Fatalf("layers %v", s.Layers)
	}
	if n, d := s.Layers[0].Z.Dims(); n != 4 || d != 6 || s.Layers[0].Z.At(0, 4) != 5 || s.Layers[0].Z.At(3, 0) != 9 {
		t.Errorf("layer2 is %v", mat.Formatted(s.Layers[0].Z))
	}
	if !mat.Equal(s.Layers[1].Z, layer) || !mat.Equal(s.Classifier, head) || s.Classes != 2 || s.Labels[1] != 1 {
		t.Errorf("got %+v", s)
	}
	ev, err := s.Measure()
	if err != nil {
		t.Fatal(err)
	}
	// Of layer10 by hand: μ_0 = (3,4), μ_1 = (5,6), μ = (4,5).
	if m := ev.Layers[1]; m.TrSigmaW != 8 || m.TrSigmaB != 2 || m.C != 4 {
		t.Errorf("tr Σ_W = %v, tr Σ_B = %v, C = %v, want 8, 2, 4", m.TrSigmaW, m.TrSigmaB, m.C)
	}

	files := []string{
		writeNPY(t, filepath.Join(dir, "z1.npy"), layer),
		writeNPY(t, filepath.Join(dir, "labels.npy"), [4]uint8{1, 0, 1, 0}),
		writeNPY(t, filepath.Join(dir, "z0.npy"), layer),
	}
	s, err = ReadFeatures(files, nil)
	if err != nil || len(s.Layers) != 2 || s.Layers[0].Name != "z0" || s.Labels[0] != 1 || s.Classifier != nil {
		t.Errorf("%+v, %v", s, err)
	}
	// Labels that are named count, also where there are others.
	other := writeNPY(t, filepath.Join(dir, "y.npy"), [4]float64{0, 1, 2, 2})
	s, err = ReadFeatures(files, &FeatureOptions{Labels: other})
	if err != nil || s.Classes != 3 {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err = ReadFeatures(files[:1], &FeatureOptions{Labels: archive}); err != nil || s.Classes != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestReadFeaturesBad(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, pairs ...any) string { return writeNPZ(t, filepath.Join(dir, name), pairs...) }
	for _, test := range []struct{ name, path, want string }{
		{"missing", filepath.Join(dir, "none.npz"), "none.npz: no such file"},
		{"no labels", file("a", "z.npy", layer), "no array labels in " + filepath.Join(dir, "a")},
		{"no features", file("b", "labels.npy", four), "no features in"},
		{"lengths", file("c", "z.npy", layer, "labels.npy", [3]int64{0, 1, 0}), "c: z: features of 4 samples, but there are 3 labels"},
		{"vector", file("d", "z.npy", [4]float64{}, "labels.npy", four), "no features in"},
		{"one-hot", file("e", "z.npy", layer, "labels.npy", layer), "e: labels: an array of shape [4 2]; labels are one class number per sample"},
		{"fractions", file("f", "z.npy", layer, "labels.npy", [4]float64{0, 1, 0.5, 0}), "f: labels: label 0.5 of sample 2 is no class number"},
		{"negative", file("g", "z.npy", layer, "labels.npy", [4]int64{0, 1, -1, 0}), "g: labels: label -1 of sample 2"},
	} {
		_, err := ReadFeatures([]string{test.path}, nil)
		expectError(t, test.name, err, test.want)
	}
	two := file("i", "z.npy", layer, "y.npy", four)
	_, err := ReadFeatures([]string{two}, &FeatureOptions{LabelsName: "none"})
	expectError(t, "labels among others", err, "i: no array none for --labels-name; its arrays are z (4×2), y (4)")
	_, err = ReadFeatures([]string{file("j", "z.npy", layer)}, &FeatureOptions{Labels: two, LabelsName: "none"})
	expectError(t, "no labels in labels", err, "i: no array none in it")
}

func TestLayerOrder(t *testing.T) {
	for _, test := range []struct{ given, want string }{
		{"l1 l10 l2", "l1 l2 l10"},
		{"block1.2 block0.10 block0.9", "block0.9 block0.10 block1.2"},
		{"conv2 conv1 fc1", "conv2 conv1 fc1"}, // names that differ in more
		{"input hidden output", "input hidden output"},
		{"input l10 l2 pooled l1 output", "input l1 l2 pooled l10 output"}, // names without a number stay
		{"99999999999999999999999 7", "7 99999999999999999999999"},
	} {
		var layers []LayerFeatures
		for _, name := range strings.Fields(test.given) {
			layers = append(layers, LayerFeatures{Name: name})
		}
		sortByNumbers(layers, func(f LayerFeatures) string { return f.Name })
		var got []string
		for _, f := range layers {
			got = append(got, f.Name)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: sorted to %v", test.given, got)
		}
	}
}
