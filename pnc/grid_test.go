package pnc

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pnclab/pnc/internal/approx"
)

// TestSetEveryField sets every field of an experiment by its path to the value it has
// in another one, so that no field can be forgotten, and requires that only this field
// changes, and not in a copy.
func TestSetEveryField(t *testing.T) {
	base := smallExperiment()
	base.Transfer.Layers, base.Transfer.Probes = []int{1, 2}, []ProbeOptions{{Ridge: 1}}
	for i, l := range leaves("", reflect.ValueOf(base)) {
		if l.path == "Train.Recorder" || l.path == "Train.Checkpoint" { // not part of the JSON
			if err := new(Experiment).Set(l.path, "x"); err == nil {
				t.Errorf("%s can be set", l.path)
			}
			continue
		}
		want := base
		field := leaves("", reflect.ValueOf(&want).Elem())[i]
		field.value.Set(another(t, field))
		got := base
		for _, path := range []string{l.path, strings.ToLower(l.path)} {
			got = base
			if err := got.Set(path, field.value.Interface()); err != nil {
				t.Errorf("%v", err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, want %+v", path, got, want)
			}
		}
	}
	copied := base
	if err := copied.Set("transfer.layers.1", 3); err != nil || base.Transfer.Layers[1] != 2 || copied.Transfer.Layers[1] != 3 {
		t.Errorf("layers %v and %v, error %v", base.Transfer.Layers, copied.Transfer.Layers, err)
	}
	if err := copied.Set("transfer.layers", []int{0, 0}); err != nil || base.Transfer.Layers[0] != 1 {
		t.Errorf("layers %v, error %v", base.Transfer.Layers, err)
	}
}

func TestSetInside(t *testing.T) {
	e := smallExperiment()
	e.Data = OnlyClasses{Of: Blobs{Classes: 3, PerClass: 4, Dim: 5, Spread: 0.1}, Classes: []int{2, 0}}
	before := e
	for _, c := range []struct {
		path  string
		value any
	}{{"data.of.perClass", 7}, {"init.scale", 0.25}, {"train.timeLimit", "90s"}, {"train.epochs", 1e4}, {"transfer.fit", Glyphs{PerClass: 2}}} {
		if err := e.Set(c.path, c.value); err != nil {
			t.Error(err)
		}
	}
	want := before
	want.Data = OnlyClasses{Of: Blobs{Classes: 3, PerClass: 7, Dim: 5, Spread: 0.1}, Classes: []int{2, 0}}
	want.Init, want.Train.TimeLimit, want.Train.Epochs, want.Transfer.Fit = Orthogonal(0.25), 90*time.Second, 10000, Glyphs{PerClass: 2}
	if !reflect.DeepEqual(e, want) {
		t.Errorf("%+v, want %+v", e, want)
	}
	if before.Data.(OnlyClasses).Of.(Blobs).PerClass != 4 {
		t.Error("a copy changed")
	}
}

// TestSetErrors checks that errors are one line that names the path and a remedy.
func TestSetErrors(t *testing.T) {
	for _, c := range []struct {
		path  string
		value any
		words string
	}{
		{"net.dept", 3, "no field dept; use depth, width"},
		{"net.depth", "three", "whole number"},
		{"net.depth", 2.5, "whole number"},
		{"net.depth.x", 2, "single value"},
		{"net.bias", 1, "true or false"},
		{"init", "orthogonal", "scale"},
		{"init.skale", 1, "use scale"},
		{"init.scale", "big", "a number"},
		{"train.loss", "hinge", "hinge"},
		{"train.timeLimit", "soon", "90s"},
		{"data.noize", 1, "perClass, dim"},
		{"data", map[string]any{"Bobs": map[string]any{}}, "no source"},
		{"data", 3, "one key"},
		{"data", nil, "a source such as"},
		{"train.alpha", nil, "a number"},
		{"transfer.layers.2", 1, "counted from 0"},
		{"transfer.fit.perClass", 1, "set transfer.fit to a source first"},
		{"net", map[string]any{"Dept": 1}, ".Dept: no field Dept; use depth"},
		{"net", 3, "fields and their values"},
		{"data", map[string]any{"OnlyClasses": map[string]any{"of": map[string]any{"Blobs": map[string]any{"spred": 1}}}}, ".of.spred: no field spred; use classes"},
	} {
		e := smallExperiment()
		err := e.Set(c.path, c.value)
		if err == nil || !strings.HasPrefix(err.Error(), c.path) || !strings.Contains(err.Error(), c.words) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s = %v: error %v, want one with %q", c.path, c.value, err, c.words)
		}
		if !reflect.DeepEqual(e, smallExperiment()) {
			t.Errorf("%s = %v: the experiment changed", c.path, c.value)
		}
	}
	e := smallExperiment()
	e.Init = PyTorchDefault()
	if err := e.Set("init.scale", 1); err == nil || !strings.Contains(err.Error(), "orthogonal(0.1)") {
		t.Errorf("scale of %v: error %v", e.Init, err)
	}
}

func smallGrid() Grid {
	return Grid{
		Name: "small", Base: smallExperiment(),
		Axes: []Axis{
			Together([]string{"net.depth", "train.alpha"}, []any{2, 1.5}, []any{4, 100}),
			Over("init.scale", LogRange(0.01, 1, 5)),
			Over("train.schedule", Constant(), Cosine(0.1)),
			Over("seed", Range(1, 3)),
		},
	}
}

func TestGrid(t *testing.T) {
	g := smallGrid()
	points := Must(g.Points())
	if len(points) != 60 || g.Size() != 60 {
		t.Fatalf("%d points, size %d, want 60", len(points), g.Size())
	}
	for i, p := range points {
		want := smallExperiment()
		want.Net.Depth, want.Train.Alpha = 2, 1.5
		if i/30 == 1 {
			want.Net.Depth, want.Train.Alpha = 4, 100
		}
		want.Init = Orthogonal(LogRange(0.01, 1, 5)[i/6%5])
		want.Train.Schedule = []Schedule{Constant(), Cosine(0.1)}[i/3%2]
		want.Seed = i%3 + 1
		// A constant schedule is the zero value once it is read.
		if i/3%2 == 0 {
			want.Train.Schedule = Schedule{}
		}
		if !reflect.DeepEqual(p.Experiment, want) {
			t.Fatalf("point %d is %+v, want %+v", i, p.Experiment, want)
		}
		coordinates := []any{want.Net.Depth, plainValue(want.Train.Alpha), plainValue(want.Init.Scale()), want.Train.Schedule.String(), want.Seed}
		if !reflect.DeepEqual(p.Coordinates, coordinates) {
			t.Errorf("point %d has the coordinates %v, want %v", i, p.Coordinates, coordinates)
		}
	}
	if fields := g.Fields(); !slices.Equal(fields, []string{"net.depth", "train.alpha", "init.scale", "train.schedule", "seed"}) {
		t.Errorf("fields %q", fields)
	}
}

// TestGridSurvivesJSON checks both forms that are written: that of Marshal and the
// brief one of String.
func TestGridSurvivesJSON(t *testing.T) {
	g := smallGrid()
	for _, text := range []string{string(Must(json.Marshal(g))), g.String()} {
		var back Grid
		if err := json.Unmarshal([]byte(text), &back); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !reflect.DeepEqual(back, g) {
			t.Errorf("%+v became %+v\n%s", g, back, text)
		}
	}
	for _, part := range []string{`"1..3"`, `"log(0.01, 1, 5)"`, `"fields":["net.depth","train.alpha"]`, `[[2,1.5],[4,100]]`} {
		if !strings.Contains(g.String(), part) {
			t.Errorf("no %s in\n%s", part, g)
		}
	}
	if strings.Contains(g.String(), "Momentum") {
		t.Errorf("zero values in\n%s", g)
	}
}

func TestGridErrors(t *testing.T) {
	for _, c := range []struct {
		axes        []Axis
		axis, value int
		words       string
	}{
		{[]Axis{Over("seed", 1), Over("net.dept", 2)}, 1, 0, "no field dept"},
		{[]Axis{Over("net.depth", 2, "x")}, 0, 1, "whole number"},
		{[]Axis{Over("seed", 1, 2, 1)}, 0, 2, "twice"},
		{[]Axis{Over("seed", 1), Over("Seed", 2)}, 1, -1, "two axes"},
		{[]Axis{Over("seed")}, 0, -1, "no values"},
		{[]Axis{{Values: []any{1}}}, 0, -1, "no field"},
		{[]Axis{Together([]string{"seed", "net.depth"}, []any{1})}, 0, 0, "list of 2"},
	} {
		_, err := Grid{Base: smallExperiment(), Axes: c.axes}.Points()
		var wrong *AxisError
		if !errors.As(err, &wrong) || wrong.Axis != c.axis || wrong.Value != c.value || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%v: error %+v, want %d, %d and %q", c.axes, err, c.axis, c.value, c.words)
		}
	}
	many := Over("seed", Range(1, 2000))
	if _, err := (Grid{Base: smallExperiment(), Axes: []Axis{many, {[]string{"train.epochs"}, many.Values}}}).Points(); err == nil || !strings.Contains(err.Error(), "100000") {
		t.Errorf("four million experiments: error %v", err)
	}
	for _, text := range []string{`3`, `"1.."`, `"3..1"`, `"log(0, 1, 5)"`, `"log(1, 2)"`, `"linear(0, 1, 1)"`, `"cubic(0, 1, 5)"`} {
		var a Axis
		if err := json.Unmarshal([]byte(`{"field":"seed","values":`+text+`}`), &a); err == nil || !strings.Contains(err.Error(), "1..10") {
			t.Errorf("values %s: error %v", text, err)
		}
	}
}

func TestRanges(t *testing.T) {
	if r := LinearRange(0, 1, 5); !slices.Equal(r, []float64{0, 0.25, 0.5, 0.75, 1}) {
		t.Errorf("linear range %v", r)
	}
	r := LogRange(0.01, 1, 10)
	if r[0] != 0.01 || r[9] != 1 {
		t.Errorf("ends %v and %v", r[0], r[9])
	}
	for i := range 9 {
		// Two values, each off by a power with an error of an ulp and a product.
		approx.Equal(t, "ratio", r[i+1]/r[i], math.Pow(100, 1.0/9), 8*0x1p-53, 0)
	}
	if r := Range(2, 4); !slices.Equal(r, []int{2, 3, 4}) {
		t.Errorf("range %v", r)
	}
	expectPanic(t, "logarithmic range from 0", func() { LogRange(0, 1, 3) })
	expectPanic(t, "range of one value", func() { LinearRange(0, 1, 1) })
}

// TestGridOf checks that a grid is found from its experiments, and that what is no
// product becomes one axis with the same experiments.
func TestGridOf(t *testing.T) {
	g := smallGrid()
	all := Must(g.Experiments())
	found := Must(GridOf(all...))
	if len(found.Axes) != 4 || !reflect.DeepEqual(Must(found.Experiments()), all) {
		t.Errorf("found %v", found)
	}
	for name, experiments := range map[string][]Experiment{
		"not a product": {all[0], all[7], all[59], all[7]},
		"reversed":      {all[2], all[1], all[0], all[5], all[4], all[3]},
		"one":           {all[5]},
		"sources": func() []Experiment {
			a, b := smallExperiment(), smallExperiment()
			b.Data, b.Init, b.Net.Bias = Blobs{Classes: 3, PerClass: 5, Dim: 20, Spread: 1}, PyTorchDefault(), true
			return []Experiment{a, b}
		}(),
	} {
		found := Must(GridOf(experiments...))
		var back Grid
		if err := json.Unmarshal([]byte(found.String()), &back); err != nil {
			t.Fatal(err)
		}
		want := experiments
		if name == "not a product" {
			want = experiments[:3]
		}
		if got := Must(back.Experiments()); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v\n%s", name, got, want, found)
		}
	}
	if _, err := GridOf(); err == nil {
		t.Error("a grid of nothing")
	}
}

// TestGridRun checks the order of outcomes.
func TestGridRun(t *testing.T) {
	t.Setenv("PNC_CACHE", t.TempDir())
	g := Grid{Base: smallExperiment(), Axes: []Axis{Over("net.depth", 3, 2), Over("seed", Range(1, 2))}}
	for i, o := range Must(g.Run(t.Context())) {
		if o.Experiment.Net.Depth != 3-i/2 || o.Experiment.Seed != i%2+1 || len(o.Evaluation.Layers) != 3-i/2 {
			t.Errorf("outcome %d is that of %v", i, o.Experiment)
		}
	}
}
