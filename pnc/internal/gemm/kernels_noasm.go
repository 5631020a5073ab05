//go:build (!amd64 && !arm64) || noasm

package gemm

import "pnclab/pnc/internal/gemm/isa"

var (
	kernels32 = [isa.Paths]kernels[float32]{isa.Portable: portable[float32]()}
	kernels64 = [isa.Paths]kernels[float64]{isa.Portable: portable[float64]()}
)
