//go:build !js

package pnc

import (
	"gonum.org/v1/gonum/floats"

	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/linalg"
)

// ckaSamples bounds the samples between which kernels are computed: 32 MB a layer.
const ckaSamples = 2048

// linearKernel returns the kernel of n samples z, row by row, such that the dot product
// of two of them is their debiased linear CKA,
//
//	CKA(X, Y) = HSIC(X, Y)/√(HSIC(X, X) HSIC(Y, Y))
//
// (Kornblith et al. 2019) with the unbiased estimator of HSIC (Song et al. 2012): the
// inner product of kernels K = ZZᵀ whose diagonal is zero and that are centred so that
// every row sums to zero (Székely, Rizzo 2014: U-centring), times a factor that
// cancels.
// Features are centred first, which changes no value but keeps digits, and scaled. Values
// are accurate to some n·2⁻⁵³.
func linearKernel(z []float64, n int, unit float64) []float64 {
	if !normalizeRows(z, n, unit) {
		return linalg.NaNs(1)
	}
	d := len(z) / n
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
