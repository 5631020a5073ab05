//go:build !js

package pnc

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// procrustesByHand returns the Procrustes distance of the rows of x and y by the rotation
// that fits y to x best, from a singular value decomposition: no sum of singular values.
func procrustesByHand(t *testing.T, x, y *mat.Dense) float64 {
	t.Helper()
	n, a := x.Dims()
	_, b := y.Dims()
	shape := func(z *mat.Dense, d int) *mat.Dense {
		c := centredColumns(z)
		c.Scale(1/mat.Norm(c, 2), c)
		filled := mat.NewDense(n, d, nil)
		filled.Copy(c)
		return filled
	}
	p, q := shape(x, max(a, b)), shape(y, max(a, b))
	var svd mat.SVD
	var u, v, rotation, fitted mat.Dense
	if !svd.Factorize(linalg.Mul(true, false, q, p), mat.SVDFull) {
		t.Fatal("no decomposition")
	}
	svd.UTo(&u)
	svd.VTo(&v)
	rotation.Mul(&u, v.T())
	fitted.Mul(q, &rotation)
	fitted.Sub(p, &fitted)
	return mat.Norm(&fitted, 2)
}

// TestProcrustes checks distances against the best rotation, with fewer and with more
// features than samples, and what they do not depend on.
func TestProcrustes(t *testing.T) {
	const seed, n = 61, 30
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	random := func(d int) *mat.Dense {
		z := mat.NewDense(n, d, nil)
		linalg.Fill(z, func() float64 { return 3 + rnd.NormFloat64() })
		return z
	}
	distance := func(x, y *mat.Dense) float64 {
		shape := func(z *mat.Dense) []float64 { return shapeOf(mat.DenseCopyOf(z).RawMatrix().Data, n, unit64) }
		return procrustesDistance(shape(x), shape(y), n)
	}
	for _, c := range [][2]int{{4, 4}, {3, 9}, {9, 3}, {50, 20}, {40, 60}, {1, 1}} {
		x, y := random(c[0]), random(c[1])
		// The square is accurate to some 40·2⁻⁵².
		approx.Equal(t, "distance", distance(x, y), procrustesByHand(t, x, y), 1e-13, 0)
	}
	x := random(6)
	var turned mat.Dense
	turned.Mul(x, linalg.Haar(6, 6, rnd))
	turned.Apply(func(_, j int, v float64) float64 { return 1e3*v + float64(j) }, &turned)
	// √(12·2⁻⁵²) is 5e-8; the shift loses three digits of the features.
	if d := distance(x, &turned); d > 1e-6 {
		t.Errorf("a rotation, scale and shift away: %g", d)
	}
	y, z := random(6), random(6)
	if d := distance(x, y) - distance(y, x); math.Abs(d) > 1e-14 {
		t.Errorf("not symmetric: %g", d)
	}
	if distance(x, z) > distance(x, y)+distance(y, z) {
		t.Error("the triangle inequality does not hold")
	}
	// Orthogonal deviations cannot be fitted to each other at all.
	half := func(offset int) *mat.Dense {
		m := mat.NewDense(4, 1, nil)
		m.Set(offset, 0, 1)
		m.Set(offset+1, 0, -1)
		return m
	}
	four := func(m *mat.Dense) []float64 { return shapeOf(m.RawMatrix().Data, 4, unit64) }
	approx.Equal(t, "orthogonal", procrustesDistance(four(half(0)), four(half(2)), 4), math.Sqrt2, 1e-15, 0)
}

// TestCompareLayers compares the layers of two files that hold the same samples, and
// checks what is said where they do not, and of layers that are all the same.
func TestCompareLayers(t *testing.T) {
	const seed, n = 62, 24
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	random := func(d int) *mat.Dense {
		z := mat.NewDense(n, d, nil)
		linalg.Fill(z, func() float64 { return 1 + rnd.NormFloat64() })
		return z
	}
	labels := make([]int64, n)
	for i := range labels {
		labels[i] = int64(i % 3)
	}
	constant := mat.NewDense(n, 4, nil)
	constant.Apply(func(_, j int, _ float64) float64 { return 0.1 + float64(j) }, constant)
	x1, x2, y1 := random(5), random(7), random(6)
	dir := t.TempDir()
	swapped := append([]int64(nil), labels...)
	swapped[4], swapped[5] = swapped[5], swapped[4]
	sets, err := OpenFeatures([]string{
		writeNPZ(t, filepath.Join(dir, "a.npz"), "x1.npy", x1, "x2.npy", x2, "labels.npy", labels),
		writeNPZ(t, filepath.Join(dir, "b.npz"), "y1.npy", y1, "c.npy", constant, "labels.npy", labels),
		writeNPZ(t, filepath.Join(dir, "other.npz"), "y1.npy", y1, "labels.npy", swapped),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sets {
		defer s.Close()
	}
	c, err := sets[0].CompareLayers(t.Context(), sets[1], CKA|Procrustes, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c.LayersA, []string{"x1", "x2"}) || !reflect.DeepEqual(c.LayersB, []string{"y1", "c"}) {
		t.Fatalf("layers %v and %v", c.LayersA, c.LayersB)
	}
	for i, x := range []*mat.Dense{x1, x2} {
		approx.Equal(t, "CKA", c.CKA[i][0], hsic(x, y1)/math.Sqrt(hsic(x, x)*hsic(y1, y1)), 1e-10, 0) // as in TestCKA
		approx.Equal(t, "Procrustes", c.Procrustes[i][0], procrustesByHand(t, x, y1), 1e-13, 0)
		if !math.IsNaN(c.CKA[i][1]) || !math.IsNaN(c.Procrustes[i][1]) {
			t.Errorf("with a constant layer: %v, %v", c.CKA[i][1], c.Procrustes[i][1])
		}
	}
	text := string(Must(json.Marshal(c)))
	if !strings.Contains(text, ",null]") {
		t.Errorf("JSON is %s", text)
	}
	_, err = sets[0].CompareLayers(t.Context(), sets[2], CKA, 1)
	expectError(t, "other samples", err, "sample 4 has label 1 in "+sets[0].Name+" and 2 in ")

	ev := Must(sets[0].Measure(t.Context(), Scatter))
	if err := sets[0].Similarity(t.Context(), ev, Procrustes, 1); err != nil {
		t.Fatal(err)
	}
	approx.Equal(t, "within a file", ev.Procrustes[1][0], procrustesByHand(t, x1, x2), 1e-13, 0)
	if ev.CKA != nil || ev.Procrustes[0][1] != ev.Procrustes[1][0] || ev.Procrustes[0][0] > 1e-6 {
		t.Errorf("CKA %v, Procrustes %v", ev.CKA, ev.Procrustes)
	}
	var back Evaluation
	if err := json.Unmarshal(Must(json.Marshal(ev)), &back); err != nil || !reflect.DeepEqual(back.Procrustes, ev.Procrustes) {
		t.Errorf("after JSON %v, %v", back.Procrustes, err)
	}
}
