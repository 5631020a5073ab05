//go:build !js

package pnc

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// hsic is the unbiased estimator of HSIC in the form of Song et al. (2012, equation 5),
// with matrices K and L whose diagonal is zero:
// (tr KL + 1ᵀK1·1ᵀL1/((n-1)(n-2)) - 2/(n-2) 1ᵀKL1)/(n(n-3)).
func hsic(x, y *mat.Dense) float64 {
	n, _ := x.Dims()
	kernel := func(z *mat.Dense) *mat.Dense {
		var k mat.Dense
		k.Mul(z, z.T())
		for i := range n {
			k.Set(i, i, 0)
		}
		return &k
	}
	k, l := kernel(x), kernel(y)
	var product mat.Dense
	product.Mul(k, l)
	m := float64(n)
	return (product.Trace() + mat.Sum(k)*mat.Sum(l)/((m-1)*(m-2)) - 2/(m-2)*mat.Sum(&product)) / (m * (m - 3))
}

// TestCKA checks CKA against the formula of Song et al., its invariances, and that
// unrelated features have none on average, however wide they are.
func TestCKA(t *testing.T) {
	const seed, n = 31, 40
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	random := func(d int) *mat.Dense {
		z := mat.NewDense(n, d, nil)
		linalg.Fill(z, func() float64 { return 2 + rnd.NormFloat64() })
		return z
	}
	x, noise := random(6), random(9)
	y := mat.NewDense(n, 9, nil)
	y.Mul(x, mat.DenseCopyOf(random(9).Slice(0, 6, 0, 9)))
	y.Add(y, noise)
	kernel := func(z *mat.Dense) []float64 { return linearKernel(mat.DenseCopyOf(z).RawMatrix().Data, n, unit64) }
	want := hsic(x, y)
	for _, z := range []*mat.Dense{x, y} {
		want /= math.Sqrt(hsic(z, z))
	}
	// Kernels of features about 2 hold sums of 40 products of order 10 that nearly
	// cancel in the reference.
	approx.Equal(t, "CKA", floats.Dot(kernel(x), kernel(y)), want, 1e-10, 0)
	var turned mat.Dense
	turned.Mul(x, linalg.Haar(6, 6, rnd))
	turned.Scale(1e3, &turned)
	approx.Equal(t, "CKA with a rotation", floats.Dot(kernel(x), kernel(&turned)), 1, 1e-12, 0)

	sum := 0.0
	const times = 60
	for range times {
		sum += floats.Dot(kernel(random(50)), kernel(random(50))) / times
	}
	// One value has a standard deviation of about 1/√(n(n-1)/2) = .036; that of the mean
	// of 60 is .005, and the biased estimator would give .56.
	approx.Equal(t, "CKA of unrelated features", sum, 0, 0, 0.03)

	labels := make([]int64, n)
	for i := range labels {
		labels[i] = int64(i % 2)
	}
	sets, err := OpenFeatures([]string{writeNPZ(t, filepath.Join(t.TempDir(), "f.npz"), "x.npy", x, "y2.npy", y, "labels.npy", labels)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer sets[0].Close()
	ev := Must(sets[0].Measure(t.Context(), Scatter))
	if err := sets[0].Similarity(t.Context(), ev, CKA, 1); err != nil {
		t.Fatal(err)
	}
	approx.Equal(t, "CKA of files", ev.CKA[0][1], want, 1e-10, 0)
	approx.Equal(t, "CKA with itself", ev.CKA[1][1], 1, 1e-12, 0)
	var back Evaluation
	if err := json.Unmarshal(Must(json.Marshal(ev)), &back); err != nil || !reflect.DeepEqual(back.CKA, ev.CKA) {
		t.Errorf("after JSON %v, %v", back.CKA, err)
	}
}
