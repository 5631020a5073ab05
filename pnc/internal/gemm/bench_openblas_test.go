//go:build openblas && cgo

package gemm

import (
	"testing"

	"pnclab/pnc/internal/gemm/openblas"
)

// BenchmarkOpenBLAS measures OpenBLAS alone; [BenchmarkVersus] compares the two.
//
// OPENBLAS_CORETYPE selects the kernels for a processor, such as Zen or SkylakeX.
func BenchmarkOpenBLAS(b *testing.B) {
	b.Logf("kernels for %s", openblas.Core())
	benchmark(b, mulOpenBLAS[float32], mulOpenBLAS[float64])
}
