//go:build !js

package pnc

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/floats"

	"pnclab/pnc/internal/gemm"
)

// ckaSamples bounds the samples between which kernels are computed: 32 MB a layer.
const ckaSamples = 2048

// CKA adds to ev, the evaluation of the features, the linear centred kernel alignment of
// every layer with every other: 1 for features that are the same up to rotation, scale
// and shift, about 0 for unrelated ones. It takes 2048 samples, or fewer of more than
// 2²⁵ features, the same share of every class, and a note says so.
func (s *StoredFeatures) CKA(ctx context.Context, ev *Evaluation, seed int) error {
	take, n := s.subsample(sampleLimit, ckaSamples, seed)
	if n < 4 {
		return fmt.Errorf("%s: %d samples; CKA takes at least four", s.Name, n)
	}
	if n < s.labels.kept {
		s.Notes = append(s.Notes, fmt.Sprintf("%s: CKA is that of %d of %d samples", s.Name, n, s.labels.kept))
	}
	kernels := make([][]float64, len(s.layers))
	for i := range s.layers {
		z, _, err := s.rows(ctx, i, take, n)
		if err != nil {
			return err
		}
		kernels[i] = linearKernel(z.RawMatrix().Data, n)
	}
	ev.CKA = make([][]float64, len(kernels))
	for i := range kernels {
		ev.CKA[i] = make([]float64, len(kernels))
		for j := range kernels {
			ev.CKA[i][j] = floats.Dot(kernels[i], kernels[j])
		}
	}
	return nil
}

// linearKernel returns the kernel of n samples z, row by row, such that the dot product
// of two of them is their debiased linear CKA,
//
//	CKA(X, Y) = HSIC(X, Y)/√(HSIC(X, X) HSIC(Y, Y))
//
// (Kornblith et al. 2019) with the unbiased estimator of HSIC (Song et al. 2012): the
// inner product of kernels K = ZZᵀ whose diagonal is zero and that are centred so that
// every row sums to zero (Székely, Rizzo 2014: U-centring), times a factor that
// cancels.
// Features are centred first, which changes no value but keeps digits. They are NaN
// where features are all the same.
func linearKernel(z []float64, n int) []float64 {
	d := len(z) / n
	mean := make([]float64, d)
	for i := range n {
		floats.AddScaled(mean, 1/float64(n), z[i*d:(i+1)*d])
	}
	for i := range n {
		floats.Sub(z[i*d:(i+1)*d], mean)
	}
	k := make([]float64, n*n)
	gemm.Mul(false, true, n, n, d, 1, z, d, z, d, 0, k, n)
	rows := make([]float64, n)
	for i := range n {
		k[i*n+i] = 0
		rows[i] = floats.Sum(k[i*n : (i+1)*n])
	}
	all := floats.Sum(rows)
	m := float64(n)
	for i := range n {
		for j := range n {
			if i != j {
				k[i*n+j] += all/((m-1)*(m-2)) - (rows[i]+rows[j])/(m-2)
			}
		}
	}
	floats.Scale(1/floats.Norm(k, 2), k)
	return k
}
