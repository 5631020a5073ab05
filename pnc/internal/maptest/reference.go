package maptest

import (
	"embed"
	"encoding/base64"
	"encoding/json"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

//go:embed testdata/digits.json
var testdata embed.FS

// Reference is testdata/digits.json, which testdata/reference.py
// computed with umap-learn and scikit-learn.
type Reference struct {
	Rows, Columns int
	Pixels        string
	Labels        string
	Runs          []struct{ Trustworthiness, Agreement map[int]float64 }
	Small         struct {
		High, Low                  [][]float64
		Labels                     []int
		Trustworthiness, Agreement map[int]float64
		Graph                      struct {
			Neighbors  int
			Sigma, Rho []float64
			Edges      [][3]float64
		}
	}
	Curves []struct{ MinDist, Spread, A, B float64 }
}

// Read returns the reference.
func Read(t *testing.T) *Reference {
	t.Helper()
	text, err := testdata.ReadFile("testdata/digits.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref Reference
	if err := json.Unmarshal(text, &ref); err != nil {
		t.Fatal(err)
	}
	return &ref
}

// Digits returns the images that the reference maps.
func (ref *Reference) Digits(t *testing.T) (x *mat.Dense, labels []int) {
	t.Helper()
	pixels, err := base64.StdEncoding.DecodeString(ref.Pixels)
	if err != nil {
		t.Fatal(err)
	}
	x = mat.NewDense(ref.Rows, ref.Columns, nil)
	for p, v := range pixels {
		x.Set(p/ref.Columns, p%ref.Columns, float64(v))
	}
	for _, c := range ref.Labels {
		labels = append(labels, int(c-'0'))
	}
	return x, labels
}

// Rows returns the matrix of the given rows.
func Rows(rows [][]float64) *mat.Dense {
	return mat.NewDense(len(rows), len(rows[0]), slices.Concat(rows...))
}
