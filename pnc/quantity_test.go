package pnc

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
)

// TestQuantitiesEverywhere checks that every quantity is a field of LayerMeasures
// with a doc comment, is read off it, and appears in JSON, table and CSV with its
// value.
func TestQuantitiesEverywhere(t *testing.T) {
	m := LayerMeasures{Layer: 1, Name: "x", N: 5, Dim: 4, Classes: 3}
	fields := map[*float64]string{}
	v := reflect.ValueOf(&m).Elem()
	for i := range v.NumField() {
		if p, ok := v.Field(i).Addr().Interface().(*float64); ok {
			fields[p] = v.Type().Field(i).Name
		}
	}
	docs := fieldDocs(t, "evaluation.go", "LayerMeasures")
	for i, q := range quantities {
		p := q.field(&m)
		*p = float64(i) + 0.25
		name, ok := fields[p]
		if !ok {
			t.Errorf("%s is no field of LayerMeasures, or that of another quantity", q.Name)
		}
		delete(fields, p)
		if docs[name] == "" {
			t.Errorf("%s: the field %s has no doc comment", q.Name, name)
		}
		if q.Of(m) != float64(i)+0.25 {
			t.Errorf("%s reads %g", q.Name, q.Of(m))
		}
		if found, err := QuantityNamed(strings.ToUpper(q.Name)); err != nil || found.Name != q.Name {
			t.Errorf("%s is not found by its name", q.Name)
		}
		if q.Label == "" || q.Symbol == "" || q.Title == "" || q.Source == "" || q.Group == 0 || strings.ContainsAny(q.Name, " ,") {
			t.Errorf("%+v is incomplete", q)
		}
	}
	for _, name := range fields {
		t.Errorf("the field %s is no quantity", name)
	}
	ev := &Evaluation{Accuracy: math.NaN(), Layers: []LayerMeasures{m}}

	var object struct{ Layers []map[string]any }
	if err := json.Unmarshal(Must(json.Marshal(ev)), &object); err != nil {
		t.Fatal(err)
	}
	var table, text bytes.Buffer
	if err := ev.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	if err := ev.WriteCSV(&text); err != nil {
		t.Fatal(err)
	}
	records := Must(csv.NewReader(&text).ReadAll())
	for i, q := range quantities {
		want := float64(i) + 0.25
		if object.Layers[0][q.Name] != want {
			t.Errorf("JSON has %v for %s", object.Layers[0][q.Name], q.Name)
		}
		if s := table.String(); !strings.Contains(s, q.Label) || !strings.Contains(s, number(want)) {
			t.Errorf("the table lacks %s", q.Label)
		}
		if records[0][5+i] != q.Name || records[1][5+i] != strconv.FormatFloat(want, 'g', -1, 64) {
			t.Errorf("CSV has %s = %s, want %s = %v", records[0][5+i], records[1][5+i], q.Name, want)
		}
	}
	if _, err := QuantityNamed("NC9"); err == nil || !strings.Contains(err.Error(), "NC1") {
		t.Errorf("a quantity there is not: error %v", err)
	}
}

// fieldDocs returns the doc comments of the fields of a struct; fields that share a
// line share the comment.
func fieldDocs(t *testing.T, file, name string) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.TypeSpec); ok && s.Name.Name == name {
			for _, field := range s.Type.(*ast.StructType).Fields.List {
				for _, id := range field.Names {
					docs[id.Name] = field.Doc.Text()
				}
			}
		}
		return true
	})
	return docs
}

// TestGroups checks that quantities of a group that was not requested are NaN, and
// those that were are not.
func TestGroups(t *testing.T) {
	data := Must(Blobs{Classes: 3, PerClass: 5, Dim: 4, Spread: 1}.Generate(1))
	net := MLP(3, 6).Build(data, PyTorchDefault(), 1)
	for _, what := range []Measures{Scatter, Scatter | Spectrum, Collapse, Everything, Residual} {
		last := Must(MeasureWith(t.Context(), net, data, &MeasureOptions{Measures: what})).Layers[2]
		for _, q := range quantities {
			asked := q.Group == Scatter || what&q.Group != 0
			if got := !math.IsNaN(q.Of(last)) || last.Undefined[q.Name] != ""; got != asked {
				t.Errorf("measures %s: %s = %g", what, q.Name, q.Of(last))
			}
		}
	}
}

// TestBlockOrder checks that the order of samples in and among blocks changes the
// measures by rounding only: features may come from anywhere.
func TestBlockOrder(t *testing.T) {
	const seed = 6
	t.Logf("seed %d", seed)
	data := Must(Blobs{Classes: 4, PerClass: 30, Dim: 9, Spread: 0.6}.Generate(seed))
	x := data.X()
	for name, labels := range map[string][]int{"sorted": data.Labels, "mixed": mixed(data.Labels)} {
		src := &featureSource{samples: data.Len(), classes: 4, layers: []sourceLayer{{0, "z", 9, unit64, 0}}, last: -1}
		for _, size := range []int{1, 7, 120} {
			src.blocks = rowsInOrder(x, labels, size)
			got := Must(measure(t.Context(), src, Everything)).Layers[0]
			want := measureOne(t, x, labels, 4)
			for _, q := range quantities {
				a, b := q.Of(got), q.Of(want)
				// Sums of 120 numbers of order one in another order: γ_120 ≈ 1.4e-14, times
				// the condition of Σ_B for NC1.
				if d := math.Abs(a - b); d > 1e-12*math.Abs(b) {
					t.Errorf("%s in blocks of %d: %s = %.17g, want %.17g", name, size, q.Name, a, b)
				}
			}
		}
	}
}

// mixed returns as many labels of each class, one class after the other in turn.
func mixed(labels []int) []int {
	m := make([]int, len(labels))
	for i := range m {
		m[i] = i % 4
	}
	return m
}

// rowsInOrder returns blocks of the rows of x as they come.
func rowsInOrder(x *mat.Dense, labels []int, size int) func(context.Context) iter.Seq2[*block, error] {
	return func(context.Context) iter.Seq2[*block, error] {
		return func(yield func(*block, error) bool) {
			n, d := x.Dims()
			for from := 0; from < n; from += size {
				to := min(from+size, n)
				rows := mat.DenseCopyOf(x.Slice(from, to, 0, d))
				b := &block{labels: labels[from:to], dim: d, z: transposed(crew.New(), nil, rows.RawMatrix().Data, to-from, d)}
				if !yield(b, nil) {
					return
				}
			}
		}
	}
}
