//go:build amd64 && !noasm

package vec

import "pnclab/pnc/internal/gemm/isa"

//go:generate go run ./gen

var kernels32 = [isa.Paths]kernels[float32]{
	isa.Portable: portable[float32](),
	isa.AVX2: {
		lanes:                 8,
		scale:                 scaleF32AVX2,
		axpy:                  axpyF32AVX2,
		dot:                   dotF32AVX2,
		sum:                   sumF32AVX2,
		sumSquares:            sumSquaresF32AVX2,
		fromBytes:             fromBytesF32AVX2,
		sgd:                   sgdF32AVX2,
		reLU:                  reLUF32AVX2,
		reLUBackward:          reLUBackwardF32AVX2,
		normalize:             normalizeF32AVX2,
		normalizeSums:         normalizeSumsF32AVX2,
		normalizeBackward:     normalizeBackwardF32AVX2,
		normalizeReLU:         normalizeReLUF32AVX2,
		normalizeReLUSums:     normalizeReLUSumsF32AVX2,
		normalizeReLUBackward: normalizeReLUBackwardF32AVX2,
	},
	isa.AVX512: {
		lanes:                 16,
		scale:                 scaleF32AVX512,
		axpy:                  axpyF32AVX512,
		dot:                   dotF32AVX512,
		sum:                   sumF32AVX512,
		sumSquares:            sumSquaresF32AVX512,
		fromBytes:             fromBytesF32AVX512,
		sgd:                   sgdF32AVX512,
		reLU:                  reLUF32AVX512,
		reLUBackward:          reLUBackwardF32AVX512,
		normalize:             normalizeF32AVX512,
		normalizeSums:         normalizeSumsF32AVX512,
		normalizeBackward:     normalizeBackwardF32AVX512,
		normalizeReLU:         normalizeReLUF32AVX512,
		normalizeReLUSums:     normalizeReLUSumsF32AVX512,
		normalizeReLUBackward: normalizeReLUBackwardF32AVX512,
	},
}

var kernels64 = [isa.Paths]kernels[float64]{
	isa.Portable: portable[float64](),
	isa.AVX2: {
		lanes:                 4,
		scale:                 scaleF64AVX2,
		axpy:                  axpyF64AVX2,
		dot:                   dotF64AVX2,
		sum:                   sumF64AVX2,
		sumSquares:            sumSquaresF64AVX2,
		fromBytes:             fromBytesF64AVX2,
		sgd:                   sgdF64AVX2,
		reLU:                  reLUF64AVX2,
		reLUBackward:          reLUBackwardF64AVX2,
		normalize:             normalizeF64AVX2,
		normalizeSums:         normalizeSumsF64AVX2,
		normalizeBackward:     normalizeBackwardF64AVX2,
		normalizeReLU:         normalizeReLUF64AVX2,
		normalizeReLUSums:     normalizeReLUSumsF64AVX2,
		normalizeReLUBackward: normalizeReLUBackwardF64AVX2,
	},
	isa.AVX512: {
		lanes:                 8,
		scale:                 scaleF64AVX512,
		axpy:                  axpyF64AVX512,
		dot:                   dotF64AVX512,
		sum:                   sumF64AVX512,
		sumSquares:            sumSquaresF64AVX512,
		fromBytes:             fromBytesF64AVX512,
		sgd:                   sgdF64AVX512,
		reLU:                  reLUF64AVX512,
		reLUBackward:          reLUBackwardF64AVX512,
		normalize:             normalizeF64AVX512,
		normalizeSums:         normalizeSumsF64AVX512,
		normalizeBackward:     normalizeBackwardF64AVX512,
		normalizeReLU:         normalizeReLUF64AVX512,
		normalizeReLUSums:     normalizeReLUSumsF64AVX512,
		normalizeReLUBackward: normalizeReLUBackwardF64AVX512,
	},
}
