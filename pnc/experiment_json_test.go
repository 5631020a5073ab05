package pnc

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pnclab/pnc/internal/approx"
)

// leaf is a field of an experiment that is not a struct itself.
type leaf struct {
	path  string
	value reflect.Value
}

// leaves returns all exported fields below v. Types with their own text form are
// leaves.
func leaves(path string, v reflect.Value) []leaf {
	if _, ok := v.Interface().(interface{ MarshalText() ([]byte, error) }); ok || v.Kind() != reflect.Struct {
		return []leaf{{path, v}}
	}
	var all []leaf
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() {
			all = append(all, leaves(strings.TrimPrefix(path+"."+f.Name, "."), v.Field(i))...)
		}
	}
	return all
}

// another returns a value for a field that differs from its current one.
func another(t *testing.T, l leaf) reflect.Value {
	t.Helper()
	special := map[string]any{
		"Data":               Unbalanced{Of: OnlyClasses{Of: Blobs{Classes: 3, PerClass: 4, Dim: 5, Spread: 0.1}, Classes: []int{2, 0}}, Sizes: []int{3, 2}},
		"Init":               Orthogonal(0.123456789012345678),
		"Train.Augmentation": Augmentation{Flip: true, Crop: 4},
		"Train.Schedule":     Schedule{Kind: "cosine", Period: 3, Factor: 0.1, PerStep: true},
		"Train.Recorder":     failing{},
		"Measures":           Scatter | Spectrum,
		"Train.Measures":     Collapse,
		"Train.Optimizer":    AdamW,
		"Transfer.Fit":       OnlyClasses{Of: Glyphs{PerClass: 2}, Classes: []int{1, 4}},
		"Transfer.Test":      Glyphs{PerClass: 3},
		"Transfer.Layers":    []int{2, 1},
		"Transfer.Probes":    []ProbeOptions{{Ridge: 0.1}, {Steps: 3}},
	}
	if v, ok := special[l.path]; ok {
		return reflect.ValueOf(v)
	}
	v := reflect.New(l.value.Type()).Elem()
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(!l.value.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(l.value.Int() + 1)
	case reflect.Float64:
		v.SetFloat(l.value.Float()/3 + 1e-300 + 0.1)
	case reflect.String:
		v.SetString(l.value.String() + "x")
	default:
		t.Fatalf("field %s: the test knows no other value for a %s", l.path, l.value.Type())
	}
	return v
}

// TestExperimentSurvivesJSON changes every field of an experiment, so that a new
// field cannot be forgotten, and requires that JSON preserves it and that the key
// changes with it, unless it is documented not to change results.
func TestExperimentSurvivesJSON(t *testing.T) {
	unsaved := []string{"Train.Recorder", "Train.Checkpoint"} // json:"-" in Settings
	base := smallExperiment()
	key := Must(base.Key())
	fields := leaves("", reflect.ValueOf(base))
	if len(fields) < 30 {
		t.Fatalf("only %d fields", len(fields))
	}
	for i := range fields {
		e := base
		l := leaves("", reflect.ValueOf(&e).Elem())[i]
		l.value.Set(another(t, l))
		text, err := json.Marshal(e)
		if err != nil {
			t.Errorf("%s: %v", l.path, err)
			continue
		}
		var back Experiment
		if err := json.Unmarshal(text, &back); err != nil {
			t.Errorf("%s: %v\n%s", l.path, err, text)
			continue
		}
		k := Must(e.Key())
		if slices.Contains(unsaved, l.path) {
			if k != key {
				t.Errorf("%s changes the key", l.path)
			}
			continue
		}
		if !reflect.DeepEqual(back, e) {
			t.Errorf("%s does not survive JSON: %+v became %+v\n%s", l.path, e, back, text)
		}
		if k == key {
			t.Errorf("%s does not change the key", l.path)
		}
	}
}

// TestEverySourceSurvivesJSON does the same for the fields of every source in this
// package.
func TestEverySourceSurvivesJSON(t *testing.T) {
	for name, typ := range sourceTypes {
		if !ownSources[typ] {
			continue
		}
		v := reflect.New(typ).Elem()
		for i := range typ.NumField() {
			f := v.Field(i)
			switch f.Interface().(type) {
			case Source:
				f.Set(reflect.ValueOf(Glyphs{PerClass: 3}))
			case []int:
				f.Set(reflect.ValueOf([]int{1, 2, 3}))
			case []string:
				f.Set(reflect.ValueOf([]string{"a", "b"}))
			default:
				switch f.Kind() {
				case reflect.Interface:
					f.Set(reflect.ValueOf(Source(Glyphs{PerClass: 3})))
				case reflect.Struct:
					for j := range f.NumField() {
						f.Field(j).Set(another(t, leaf{name, f.Field(j)}))
					}
				default:
					f.Set(another(t, leaf{name, f}))
				}
			}
		}
		s := v.Interface().(Source)
		text, err := json.Marshal(namedSource{s})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var back namedSource
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back.Source, s) {
			t.Errorf("%s: %+v became %+v, error %v\n%s", name, s, back.Source, err, text)
		}
	}
}

// TestExperimentsOfBefore reads experiments written by earlier versions.
func TestExperimentsOfBefore(t *testing.T) {
	for _, name := range []string{"experiment_v0.json", "experiment_v0_files.json"} {
		text, err := os.ReadFile(filepath.Join("testdata", "json", name))
		if err != nil {
			t.Fatal(err)
		}
		var e Experiment
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := map[string]Experiment{
			"experiment_v0.json": {
				Data: NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1}, Net: Linear(6, 50), Init: Orthogonal(0.3), Seed: 2,
				Train:    Settings{Loss: CrossEntropy, Alpha: 100, Schedule: Cosine(0.01), Precision: Float32, Method: Chain, MeasureEvery: 5, Measures: Scatter, TimeLimit: time.Second, StopLoss: 3e-10},
				Measures: Scatter | Spectrum, CheckAssumptions: true, Forget: true,
			},
			"experiment_v0_files.json": {
				Data: OnlyClasses{Of: ImageFiles{Set: "cifar-10", Split: "test", PerClass: 7, Standardize: true}, Classes: []int{1, 2}},
				Net:  MLP(3, 20), Train: Settings{Precision: Float64},
			},
		}[name]
		if !reflect.DeepEqual(e, want) {
			t.Errorf("%s: %+v, want %+v", name, e, want)
		}
	}
}

// TestExperimentJSONErrors checks that invalid JSON gives an error of one line that
// says what is wrong.
func TestExperimentJSONErrors(t *testing.T) {
	for text, word := range map[string]string{
		`{"Net":{"Deph":3}}`:                         "Deph",
		`{"Version":9}`:                              "version 9",
		`{"Data":{"main.Spirals":{}}}`:               "main.Spirals",
		`{"Data":{"pnc.Blobs":{"Sprad":1}}}`:         "Sprad",
		`{"Data":{"pnc.Blobs":{},"pnc.Uniform":{}}}`: "one key",
		`{"Init":"orthogonal"}`:                      "scale",
		`{"Init":"orthogonal(x)"}`:                   "orthogonal(x)",
		`{"Init":"xavier"}`:                          "xavier",
		`{"Train":{"Schedule":"cosine(fac=1)"}}`:     "fac",
		`{"Train":{"Schedule":"step(factor=0.1"}}`:   "parenthesis",
		`{"Train":{"Precision":"float16"}}`:          "float16",
		`{"Train":{"Method":"fast"}}`:                "fast",
		`{"Train":{"Optimizer":"adagrad"}}`:          "adagrad",
		`{"Measures":"scatter+colapse"}`:             "colapse",
		`{"Train":{"Loss":"hinge"}}`:                 "hinge",
	} {
		var e Experiment
		err := json.Unmarshal([]byte(text), &e)
		if err == nil || !strings.Contains(err.Error(), word) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one that mentions %s", text, err, word)
		}
	}
}

// drifting is a Source as a notebook might declare it: its data depends on more than
// its exported fields.
type drifting struct {
	N      int
	spread float64
}

func (d drifting) Generate(seed int) (*Dataset, error) {
	return Blobs{Classes: 3, PerClass: d.N, Dim: 10, Spread: d.spread}.Generate(seed)
}

// TestForeignSource checks that an experiment on a Source from another package is
// identified by the data, not by its name and exported fields, also where it is
// nested.
func TestForeignSource(t *testing.T) {
	t.Setenv("PNC_CACHE", t.TempDir())
	RegisterSource(drifting{})
	run := func(s Source) *Outcome {
		e := smallExperiment()
		e.Data, e.Net = s, Linear(3, 10)
		return Must(e.Run(t.Context()))
	}
	for _, wrap := range []func(Source) Source{
		func(s Source) Source { return s },
		func(s Source) Source { return OnlyClasses{Of: s, Classes: []int{0, 1}} },
	} {
		one, two := run(wrap(drifting{5, 0.1})), run(wrap(drifting{5, 0.9}))
		if two.Cached || one.Evaluation.C()[0] == two.Evaluation.C()[0] {
			t.Error("the outcome for other data was returned")
		}
		if again := run(wrap(drifting{5, 0.9})); !again.Cached || again.Evaluation.C()[0] != two.Evaluation.C()[0] {
			t.Error("the outcome for the same data was not found")
		}
	}
}

// TestKeySource checks that the key includes the Go version and the versions in
// go.mod.
func TestKeySource(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range modules {
		if !strings.Contains(string(mod), m.path+" "+m.version+"\n") {
			t.Errorf("go.mod does not have %s %s; update the list of modules in platform.go", m.path, m.version)
		}
		if !strings.Contains(platform(), m.path+" "+m.version) {
			t.Errorf("the key does not include %s %s: %s", m.path, m.version, platform())
		}
	}
	if !strings.Contains(platform(), " go1.") && !strings.Contains(platform(), "\ngo1.") {
		t.Errorf("the key does not include the version of Go: %s", platform())
	}
}

// TestEvaluationSurvivesJSON checks that a whole evaluation round-trips, including
// undefined and infinite values.
func TestEvaluationSurvivesJSON(t *testing.T) {
	data := Must(Blobs{Classes: 3, PerClass: 5, Dim: 4, Spread: 1}.Generate(1))
	ev := Measure(MLP(3, 6).Build(data, PyTorchDefault(), 1), data)
	ev.Layers[0].C, ev.Layers[1].CDNV, ev.Layers[1].D = math.Inf(1), math.Inf(-1), math.NaN()
	text := Must(json.Marshal(ev))
	var back Evaluation
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	again := Must(json.Marshal(back))
	if string(again) != string(text) || back.Layers[0].Classes != 3 || len(back.Layers[0].SingularValues) == 0 {
		t.Errorf("%s\nbecame\n%s", text, again)
	}
	if !math.IsInf(back.Layers[0].C, 1) || !math.IsInf(back.Layers[1].CDNV, -1) || !math.IsNaN(back.Layers[1].D) {
		t.Errorf("C %v, CDNV %v, D %v", back.Layers[0].C, back.Layers[1].CDNV, back.Layers[1].D)
	}
	v := reflect.ValueOf(&back.Layers[1]).Elem()
	w := reflect.ValueOf(&ev.Layers[1]).Elem()
	for i := range v.NumField() {
		a, b := v.Field(i).Interface(), w.Field(i).Interface()
		if f, ok := a.(float64); ok && math.IsNaN(f) && math.IsNaN(b.(float64)) {
			continue
		}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: %v, want %v", v.Type().Field(i).Name, a, b)
		}
	}
}

// TestEvaluationOfBefore reads an evaluation as earlier versions wrote it, with rank
// 0 where it was not measured, and compares it with the measurement itself.
func TestEvaluationOfBefore(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "json", "evaluation_v0.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got Evaluation
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	data := Must(Blobs{Classes: 3, PerClass: 4, Dim: 5, Spread: 0.5}.Generate(1))
	net := MLP(3, 6).Build(data, PyTorchDefault(), 1)
	want := Must(MeasureWith(t.Context(), net, data, &MeasureOptions{Measures: Collapse}))
	if got.Name != want.Name || got.Accuracy != want.Accuracy || len(got.Layers) != len(want.Layers) {
		t.Fatalf("read %s, accuracy %g, %d layers", got.Name, got.Accuracy, len(got.Layers))
	}
	for l, m := range want.Layers {
		g := got.Layers[l]
		if g.Name != m.Name || g.Classes != m.Classes || g.N != m.N || g.Dim != m.Dim || g.Layer != m.Layer {
			t.Errorf("layer %d: %+v", l, g)
		}
		for _, q := range quantities {
			if !strings.Contains(string(text), `"`+q.Name+`":`) {
				continue // a later quantity
			}
			// The file was written on one kernel path; sums of a dozen numbers agree to
			// some 1e-14 on any, times the condition of Σ_B for NC1.
			approx.Equal(t, q.Name, q.Of(g), q.Of(m), 1e-10, 1e-12)
		}
	}
}
