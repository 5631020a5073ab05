package cli

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pnclab/internal/provenance"
)

// npy returns an array in the format of NumPy.
func npy(descr, shape string, values any) []byte {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape)
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	var b bytes.Buffer
	b.WriteString("\x93NUMPY\x01\x00")
	binary.Write(&b, binary.LittleEndian, uint16(len(header)))
	b.WriteString(header)
	binary.Write(&b, binary.LittleEndian, values)
	return b.Bytes()
}

// writeNPZ writes a .npz file of arrays, given as names and contents in turn.
func writeNPZ(t *testing.T, arrays ...any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "features.npz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for i := 0; i < len(arrays); i += 2 {
		w, err := z.Create(arrays[i].(string) + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(arrays[i+1].([]byte)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs the command line and returns what it prints.
func run(args ...string) (string, error) {
	out, notes, err := runApart(args...)
	return notes + out, err
}

// runApart runs the command line and returns its output and what it prints to
// standard error.
func runApart(args ...string) (out, notes string, err error) {
	root := newRoot()
	var o, e bytes.Buffer
	root.SetOut(&o)
	root.SetErr(&e)
	root.SetArgs(args)
	err = root.Execute()
	return o.String(), e.String(), err
}

// TestMeasure measures four samples in two classes whose C is 1/4: within-class
// deviations of 1/2 on one axis, means at ±1 on the other.
func TestMeasure(t *testing.T) {
	z := []float32{-1, .5, -1, -.5, 1, .5, 1, -.5}
	labels := npy("<i8", "(4,)", []int64{0, 0, 1, 1})
	path := writeNPZ(t, "layer1", npy("<f4", "(4, 2)", z), "labels", labels, "classifier", npy("<f8", "(2, 2)", []float64{-1, 0, 1, 0}))
	out, err := run("measure", path)
	if err != nil || !strings.Contains(out, "layer1") || !strings.Contains(out, "accuracy of the classifier: 100.00 %") {
		t.Errorf("measure printed %q, error %v", out, err)
	}
	out, _, err = runApart("measure", "--json", path)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Pnclab   string
		Accuracy float64
		Layers   []map[string]any
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Pnclab != provenance.Version() {
		t.Errorf("pnclab = %q", got.Pnclab)
	}
	// All of these are exact in binary. Deviations within and between classes are
	// orthogonal: NC1 is 0.
	for name, want := range map[string]float64{"C": .25, "D": 2, "NC1": 0, "NC3": 0, "NC4": 1, "CDNV": .0625, "rank95": 2, "trSigmaW": .25, "trSigmaB": 1, "n": 4, "d": 2, "K": 2} {
		v, ok := got.Layers[0][name].(float64)
		if !ok || math.Abs(v-want) > 1e-15 {
			t.Errorf("%s = %v, want %v", name, got.Layers[0][name], want)
		}
	}
}

// TestMeasureFewFeatures checks that fewer features than classes are measured, with a
// note.
func TestMeasureFewFeatures(t *testing.T) {
	path := writeNPZ(t, "layer1", npy("<f8", "(4, 1)", []float64{1, 2, 3, 4}), "labels", npy("<i8", "(4,)", []int64{0, 1, 2, 3}))
	out, err := run("measure", path)
	if err != nil || !strings.Contains(out, "1 features for 4 classes") || !strings.Contains(out, "layer1") {
		t.Errorf("measure printed %q, error %v", out, err)
	}
}

// TestMeasureErrors checks that the error for every kind of bad input is one line that
// names the file or the problem.
func TestMeasureErrors(t *testing.T) {
	z := npy("<f4", "(4, 2)", []float32{-1, .5, -1, -.5, 1, .5, 1, -.5})
	broken := filepath.Join(t.TempDir(), "broken.npz")
	if err := os.WriteFile(broken, []byte("PK\x03\x04 and no more"), 0o666); err != nil {
		t.Fatal(err)
	}
	for want, path := range map[string]string{
		"nowhere.npz":       "nowhere.npz",
		"broken.npz":        broken,
		"no array labels":   writeNPZ(t, "layer1", z),
		"only one class":    writeNPZ(t, "layer1", z, "labels", npy("<i8", "(4,)", []int64{0, 0, 0, 0})),
		"label -1":          writeNPZ(t, "layer1", z, "labels", npy("<i8", "(4,)", []int64{0, 0, -1, 1})),
		"4 samples":         writeNPZ(t, "layer1", z, "labels", npy("<i8", "(3,)", []int64{0, 0, 1})),
		"is NaN":            writeNPZ(t, "layer1", npy("<f8", "(2, 1)", []float64{1, math.NaN()}), "labels", npy("<i8", "(2,)", []int64{0, 1})),
		"no features":       writeNPZ(t, "labels", npy("<i8", "(2,)", []int64{0, 1})),
		"classifier is 2×3": writeNPZ(t, "layer1", z, "labels", npy("<i8", "(4,)", []int64{0, 0, 1, 1}), "classifier", npy("<f4", "(2, 3)", make([]float32, 6))),
	} {
		_, err := run("measure", path)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %q, want one line with %q", err, want)
		}
	}
}
