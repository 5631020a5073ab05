//go:build !amd64 || noasm

package vec

import "pnclab/pnc/internal/gemm/isa"

var (
	kernels32 = [isa.Paths]kernels[float32]{isa.Portable: portable[float32](), isa.NEON: portable[float32]()}
	kernels64 = [isa.Paths]kernels[float64]{isa.Portable: portable[float64](), isa.NEON: portable[float64]()}
)
