package pnc

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/gemm"
)

// balancedNetwork returns the deep linear network with the dimension of the data
// that satisfies the assumptions of the theorem exactly.
func balancedNetwork(t *testing.T, data *Dataset, depth int, eps, alpha float64) *Network {
	t.Helper()
	var svd mat.SVD
	if !svd.Factorize(MinNormSolution(data, alpha), mat.SVDThin) {
		t.Fatal("no SVD")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	d, k := v.Dims()
	root := mat.NewDiagDense(k, nil)
	for i, s := range svd.Values(nil) {
		root.SetDiag(i, math.Pow(s, 1/float64(depth))-eps)
	}
	var scaled, hidden mat.Dense
	scaled.Mul(&v, root)
	hidden.Mul(&scaled, v.T())
	for i := range d {
		hidden.Set(i, i, hidden.At(i, i)+eps)
	}
	net := &Network{}
	for l := range depth - 1 {
		net.Layers = append(net.Layers, Layer{Name: layerName(l + 1), W: mat.DenseCopyOf(&hidden)})
	}
	for i := range k {
		root.SetDiag(i, root.At(i, i)+eps)
	}
	u.Mul(mat.DenseCopyOf(&u), root)
	var classifier mat.Dense
	classifier.Mul(&u, v.T())
	net.Layers = append(net.Layers, Layer{Name: "classifier", W: &classifier})
	return net
}

// needsSameBits skips a test of exact bits where matrix products do not guarantee
// them.
func needsSameBits(t *testing.T) {
	t.Helper()
	if gemm.Path() == "openblas" {
		t.Skip("OpenBLAS does not guarantee the same bits")
	}
}

// expectPanic checks that f panics.
func expectPanic(t *testing.T, name string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", name)
		}
	}()
	f()
}
