//go:build !js

package pnc

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pnclab/internal/budget/memtest"
)

func smallStoredRun() *StoredRun {
	e := Experiment{Data: NearlyOrthonormal{Classes: 2, PerClass: 3, Dim: 6}, Net: Architecture{Depth: 3, Width: 4}, Init: Orthogonal(0.3), Train: Settings{Epochs: 2}}
	net := e.Net.Build(Must(e.Dataset()), e.Init, 1)
	return &StoredRun{
		Title: "small", Trained: Provenance{"0.7.0", "some processor", "2026-11-26"}, Data: "generated", Experiment: e,
		Epochs: 2, Steps: 2, Elapsed: 1500, Loss: 0.1, Accuracy: math.NaN(), Evaluation: Must(MeasureWith(context.Background(), net, Must(e.Dataset()), &MeasureOptions{Measures: Scatter})),
		Probes: []float64{0.5, math.NaN()}, ClassNames: []string{"cat", "dog"}, Labels: []int{0, 1, 1},
		Maps: []StoredMap{{Layer: 1, Points: [][2]float64{{0, 1.5}, {-2, 3}, {4, 5}}}},
	}
}

// TestStoredRun writes a run and reads it again: every field is as it was.
func TestStoredRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "run.json")
	r := smallStoredRun()
	if err := WriteRun(file, r); err != nil {
		t.Fatal(err)
	}
	back := Must(ReadRun(file))
	if a, b := fmt.Sprintf("%+v %+v %+v", r, *r.Evaluation, r.Experiment), fmt.Sprintf("%+v %+v %+v", back, *back.Evaluation, back.Experiment); plainPointers(a) != plainPointers(b) {
		t.Errorf("%s\nbecomes %s", a, b)
	}
	if text := back.String(); !strings.Contains(text, "small: 2 epochs") || !strings.Contains(text, "some processor, 2026-11-26") || !strings.HasSuffix(text, "generated") {
		t.Errorf("the run is printed as %q", text)
	}
	v := reflect.ValueOf(*r)
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; v.Field(i).IsZero() && name != "Measured" {
			t.Errorf("the test has no value for %s", name)
		}
	}
	if m := back.Maps[0].Matrix(); m.At(1, 0) != -2 || m.At(2, 1) != 5 {
		t.Errorf("the map has the matrix %v", m)
	}
}

// plainPointers removes the addresses from what is printed.
func plainPointers(s string) string {
	var b strings.Builder
	for _, word := range strings.Fields(s) {
		if !strings.Contains(word, "0x") {
			b.WriteString(word + " ")
		}
	}
	return b.String()
}

// TestStoredRuns reads the runs that belong to the project.
func TestStoredRuns(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "docs", "paperscale", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		r, err := ReadRun(file)
		if err != nil {
			t.Error(err)
			continue
		}
		layers := len(r.Evaluation.Layers)
		if layers != r.Experiment.Net.Depth || len(r.Probes) != layers-1 || r.Epochs != r.Experiment.Train.Epochs {
			t.Errorf("%s: %d layers, %d probes and %d epochs of %v", file, layers, len(r.Probes), r.Epochs, r.Experiment.Net)
		}
		for _, p := range []Provenance{r.Trained, r.Measured} {
			if p.Version == "" || p.Processor == "" || p.Date == "" {
				t.Errorf("%s: provenance %+v", file, p)
			}
		}
		if info, err := os.Stat(file); err != nil || info.Size() > 32<<10 {
			t.Errorf("%s: %v bytes, %v; keep it below 32 kB", file, info.Size(), err)
		}
	}
}

func TestHostileStoredRun(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "x")
	sound := filepath.Join(dir, "sound")
	if err := WriteRun(sound, smallStoredRun()); err != nil {
		t.Fatal(err)
	}
	text := string(Must(os.ReadFile(sound)))
	for name, text := range map[string]string{
		"empty": "", "no object": "3", "no fields": "{}", "half": text[:len(text)/2],
		"labels without names":  strings.Replace(text, `["cat","dog"]`, `["cat"]`, 1),
		"points without labels": strings.Replace(text, `"Labels": [0,1,1]`, `"Labels": [0,1]`, 1),
		"objects without end":   `{"Maps": [` + strings.Repeat(`{},`, 1<<20) + `{}]}`,
		"deep":                  `{"Evaluation": ` + strings.Repeat(`[`, 1<<20),
		"a long name":           strings.Replace(text, `"Init":"orthogonal(0.3)"`, `"Init":"`+strings.Repeat("x", 1<<20)+`"`, 1),
	} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		var err error
		memtest.Within(t, int64(len(text)), func() { _, err = ReadRun(file) })
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		oneLine(t, err, file+": ")
	}
	if _, err := ReadRun(filepath.Join(dir, "none")); err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, "none")+": ") {
		t.Errorf("error %v, want one that begins with the file", err)
	}
}

// FuzzRun requires that a stored run is refused by its file or is the same when it is
// written and read again.
func FuzzRun(f *testing.F) {
	dir := f.TempDir()
	file, copied := filepath.Join(dir, "x"), filepath.Join(dir, "y")
	if err := WriteRun(file, smallStoredRun()); err != nil {
		f.Fatal(err)
	}
	text := Must(os.ReadFile(file))
	f.Add(text)
	for _, c := range lengthened(text) {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(file, text, 0o666); err != nil {
			t.Fatal(err)
		}
		r, err := ReadRun(file)
		if err != nil {
			oneLine(t, err, file+": ")
			return
		}
		if err := WriteRun(copied, r); err != nil {
			return // an experiment that cannot be written, such as one with an unknown loss
		}
		first := Must(os.ReadFile(copied))
		again, err := ReadRun(copied)
		if err != nil {
			t.Fatalf("%s was written and cannot be read: %v", first, err)
		}
		if err := WriteRun(copied, again); err != nil {
			t.Fatal(err)
		}
		if second := Must(os.ReadFile(copied)); string(first) != string(second) {
			t.Errorf("%s becomes %s", first, second)
		}
	})
}
