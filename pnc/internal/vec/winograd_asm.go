//go:build amd64 && !noasm

package vec

import "pnclab/pnc/internal/gemm/isa"

var winograd32 = [isa.Paths]winogradKernels[float32]{
	isa.AVX2: {
		input:          winogradInputF32AVX2,
		gradient:       winogradGradientF32AVX2,
		kernel:         winogradKernelF32AVX2,
		kernelGradient: winogradKernelGradientF32AVX2,
		output:         winogradOutputF32AVX2,
		outputAdd:      winogradOutputAddF32AVX2,
	},
	isa.AVX512: {
		input:          winogradInputF32AVX512,
		gradient:       winogradGradientF32AVX512,
		kernel:         winogradKernelF32AVX512,
		kernelGradient: winogradKernelGradientF32AVX512,
		output:         winogradOutputF32AVX512,
		outputAdd:      winogradOutputAddF32AVX512,
	},
}

var winograd64 = [isa.Paths]winogradKernels[float64]{
	isa.AVX2: {
		input:          winogradInputF64AVX2,
		gradient:       winogradGradientF64AVX2,
		kernel:         winogradKernelF64AVX2,
		kernelGradient: winogradKernelGradientF64AVX2,
		output:         winogradOutputF64AVX2,
		outputAdd:      winogradOutputAddF64AVX2,
	},
	isa.AVX512: {
		input:          winogradInputF64AVX512,
		gradient:       winogradGradientF64AVX512,
		kernel:         winogradKernelF64AVX512,
		kernelGradient: winogradKernelGradientF64AVX512,
		output:         winogradOutputF64AVX512,
		outputAdd:      winogradOutputAddF64AVX512,
	},
}
