//go:build (!amd64 || noasm) && !js

package vec

import "pnclab/pnc/internal/gemm/isa"

var (
	winograd32 [isa.Paths]winogradKernels[float32]
	winograd64 [isa.Paths]winogradKernels[float64]
)
