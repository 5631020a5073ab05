//go:build arm64 && !noasm

package gemm

import "pnclab/pnc/internal/gemm/isa"

var kernels32 = [isa.Paths]kernels[float32]{
	isa.Portable: portable[float32](),
	isa.NEON: {
		lanes:     4,
		heights:   []int{8, 4, 2, 1},
		byRows:    [2]tileFunc[float32]{tile8x1F32NEON, tile8x2F32NEON},
		byColumns: [2]tileFunc[float32]{tile8x1F32NEON, tile8x2F32NEON},
		short: [][2]tileFunc[float32]{
			{tile4x1F32NEON, tile4x2F32NEON},
			{tile2x1F32NEON, tile2x2F32NEON},
			{tile1x1F32NEON, tile1x2F32NEON},
		},
		copyRows:  copyRows[float32],
		transpose: transpose[float32], run: 4,
	},
}

var kernels64 = [isa.Paths]kernels[float64]{
	isa.Portable: portable[float64](),
	isa.NEON: {
		lanes:     2,
		heights:   []int{8, 4, 2, 1},
		byRows:    [2]tileFunc[float64]{tile8x1F64NEON, tile8x2F64NEON},
		byColumns: [2]tileFunc[float64]{tile8x1F64NEON, tile8x2F64NEON},
		short: [][2]tileFunc[float64]{
			{tile4x1F64NEON, tile4x2F64NEON},
			{tile2x1F64NEON, tile2x2F64NEON},
			{tile1x1F64NEON, tile1x2F64NEON},
		},
		copyRows:  copyRows[float64],
		transpose: transpose[float64], run: 4,
	},
}
