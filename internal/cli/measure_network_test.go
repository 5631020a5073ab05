package cli

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc"
)

// writeSamples writes an .npz of samples with labels and returns its path and their data.
func writeSamples(t *testing.T, shape string, n, d int) (string, *pnc.Dataset) {
	t.Helper()
	x, labels, y := mat.NewDense(n, d, nil), make([]int, n), make([]int64, n)
	for i := range n {
		labels[i] = i % 3
		y[i] = int64(i % 3)
		for j := range d {
			x.Set(i, j, math.Sin(float64(i*d+j))+float64((i%3)*(j%2)))
		}
	}
	path := writeNPZ(t, "x", npy("<f8", shape, x.RawMatrix().Data), "labels", npy("<i8", "("+strings.Split(shape, ",")[0][1:]+",)", y))
	return path, pnc.Must(pnc.NewDataset("x", x, labels, 3))
}

// TestMeasureNetwork compares what is measured of a file of weights with the library.
func TestMeasureNetwork(t *testing.T) {
	path, data := writeSamples(t, "(60, 8)", 60, 8)
	net := pnc.MLP(3, 6).Build(data, pnc.PyTorchDefault(), 1)
	file := filepath.Join(t.TempDir(), "net.safetensors")
	if err := pnc.Save(file, net, pnc.Float64); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flags []string
		data  *pnc.Dataset
	}{
		{nil, data},
		{[]string{"--standardize"}, data.Standardize()},
		{[]string{"--mean", "0.5", "--std", "2"}, pnc.Must(data.Normalize([]float64{0.5}, []float64{2}))},
		{[]string{"--per-class", "4", "--seed", "3"}, pnc.Must(data.PerClass(4, 3))},
	} {
		out, notes, err := runApart(append([]string{"measure", "--network", file, "--data", path, "--json"}, c.flags...)...)
		if err != nil {
			t.Fatal(err)
		}
		var got pnc.Evaluation
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		want := pnc.Measure(net, c.data)
		if got.Accuracy != want.Accuracy || len(got.Layers) != 3 {
			t.Errorf("%v: accuracy %v, %d layers, want %v", c.flags, got.Accuracy, len(got.Layers), want.Accuracy)
		}
		for l, w := range want.Layers {
			if g := got.Layers[l]; g.C != w.C || g.NC1 != w.NC1 || g.Name != w.Name {
				t.Errorf("%v: layer %s: C = %v, NC1 = %v, want %v, %v of %s", c.flags, g.Name, g.C, g.NC1, w.C, w.NC1, w.Name)
			}
		}
		if !strings.Contains(notes, "net.safetensors: 8 → hidden1: 6, BatchNorm, ReLU → hidden2: 6, BatchNorm, ReLU → classifier: 3") {
			t.Errorf("notes %q", notes)
		}
	}
	out, notes, err := runApart("measure", "--network", file, "--data", path, "--classes", "--only", "C", "--residual")
	if err != nil || !strings.Contains(out, "largest cosine") || !strings.Contains(out, "accuracy of the classifier") {
		t.Errorf("measure printed %q, %q, error %v", out, notes, err)
	}
}

// TestMeasureNetworkErrors checks that what does not fit is said in one line.
func TestMeasureNetworkErrors(t *testing.T) {
	path, data := writeSamples(t, "(60, 8)", 60, 8)
	dir := t.TempDir()
	file, wide, more := filepath.Join(dir, "net.npz"), filepath.Join(dir, "wide.npz"), filepath.Join(dir, "more.npz")
	for name, net := range map[string]*pnc.Network{
		file: pnc.MLP(3, 6).Build(data, pnc.PyTorchDefault(), 1),
		wide: pnc.MLP(3, 6).BuildFor(pnc.Shape{Channels: 9, Height: 1, Width: 1}, 3, pnc.PyTorchDefault(), 1),
		more: pnc.MLP(3, 6).BuildFor(pnc.Shape{Channels: 8, Height: 1, Width: 1}, 4, pnc.PyTorchDefault(), 1),
	} {
		if err := pnc.Save(name, net, pnc.Float32); err != nil {
			t.Fatal(err)
		}
	}
	state := writeNPZ(t, "fc1.weight", npy("<f4", "(2, 8)", make([]float32, 16)), "fc2.weight", npy("<f4", "(3, 2)", make([]float32, 6)))
	pixels, _ := writeSamples(t, "(30, 8, 8, 3)", 30, 192)
	two := writeNPZ(t, "x", npy("<f4", "(2, 8)", make([]float32, 16)), "z", npy("<f4", "(2, 8)", make([]float32, 16)), "labels", npy("<i8", "(2,)", []int64{0, 1}))
	bad := filepath.Join(dir, "bad.safetensors")
	if err := os.WriteFile(bad, []byte("bad"), 0o666); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"nothing to measure it on":         {"--network", file},
		"--split belongs to --network":     {"--split", "test", path},
		"takes the place of files":         {"--network", file, "--data", path, path},
		"wide.npz takes 9 features, but":   {"--network", wide, "--data", path},
		"more.npz has 4 outputs, but":      {"--network", more, "--data", path},
		"no such file":                     {"--network", "none.npz", "--data", path},
		"no set \"none\"":                  {"--network", file, "--data", "none"},
		"neither safetensors nor .npz":     {"--network", bad, "--data", path},
		"--relu all or none, or names":     {"--network", state, "--data", path},
		"describes its network itself":     {"--network", file, "--data", path, "--relu", "all"},
		"3 means or standard":              {"--network", file, "--data", path, "--mean", "1,2,3", "--std", "1"},
		"must all be set; missing [std]":   {"--network", file, "--data", path, "--mean", "1"},
		"of channel 0":                     {"--network", file, "--data", path, "--mean", "1", "--std", "0"},
		"images with their channels last":  {"--network", file, "--data", pixels},
		"several arrays":                   {"--network", file, "--data", two},
		"--split is for sets":              {"--network", file, "--data", path, "--split", "test"},
		"none of the others can be":        {"--network", file, "--data", path, "--weights", "samples"},
		"samples per class requested, but": {"--network", file, "--data", path, "--per-class", "21"},
	} {
		if out, err := run(append([]string{"measure"}, args...)...); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: error %v, want %q; printed %q", args, err, want, out)
		}
	}
	notes, err := run("measure", "--network", state, "--data", path, "--relu", "none")
	if err != nil || !strings.Contains(notes, "8 → fc1: 2 → fc2: 3") || !strings.Contains(notes, "accuracy 33.3 %, chance is 33.3 %") {
		t.Errorf("%q, %v", notes, err)
	}
}
