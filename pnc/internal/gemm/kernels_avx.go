//go:build amd64 && !noasm

package gemm

import "pnclab/pnc/internal/gemm/isa"

var kernels32 = [isa.Paths]kernels[float32]{
	isa.Portable: portable[float32](),
	isa.AVX2: {
		lanes:     8,
		heights:   []int{6, 4, 3, 2, 1},
		byRows:    [2]tileFunc[float32]{rows6x1F32AVX2, rows6x2F32AVX2},
		byColumns: [2]tileFunc[float32]{columns6x1F32AVX2, columns6x2F32AVX2},
		short: [][2]tileFunc[float32]{
			{tile4x1F32AVX2, tile4x2F32AVX2},
			{tile3x1F32AVX2, tile3x2F32AVX2},
			{tile2x1F32AVX2, tile2x2F32AVX2},
			{tile1x1F32AVX2, tile1x2F32AVX2},
		},
		copyRows:  copyRowsF32AVX2,
		transpose: transposeF32AVX2, run: 8,
	},
	isa.AVX512: {
		lanes:     16,
		heights:   []int{12, 6, 4, 3, 2, 1},
		byRows:    [2]tileFunc[float32]{rows12x1F32AVX512, rows12x2F32AVX512},
		byColumns: [2]tileFunc[float32]{columns12x1F32AVX512, columns12x2F32AVX512},
		short: [][2]tileFunc[float32]{
			{tile6x1F32AVX512, tile6x2F32AVX512},
			{tile4x1F32AVX512, tile4x2F32AVX512},
			{tile3x1F32AVX512, tile3x2F32AVX512},
			{tile2x1F32AVX512, tile2x2F32AVX512},
			{tile1x1F32AVX512, tile1x2F32AVX512},
		},
		masked:   true,
		copyRows: copyRowsF32AVX512,
		packTall: packTallF32AVX512, tallRows: 4,
		transpose: transposeF32AVX512, run: 16,
	},
}

var kernels64 = [isa.Paths]kernels[float64]{
	isa.Portable: portable[float64](),
	isa.AVX2: {
		lanes:     4,
		heights:   []int{6, 4, 3, 2, 1},
		byRows:    [2]tileFunc[float64]{rows6x1F64AVX2, rows6x2F64AVX2},
		byColumns: [2]tileFunc[float64]{columns6x1F64AVX2, columns6x2F64AVX2},
		short: [][2]tileFunc[float64]{
			{tile4x1F64AVX2, tile4x2F64AVX2},
			{tile3x1F64AVX2, tile3x2F64AVX2},
			{tile2x1F64AVX2, tile2x2F64AVX2},
			{tile1x1F64AVX2, tile1x2F64AVX2},
		},
		copyRows:  copyRowsF64AVX2,
		transpose: transposeF64AVX2, run: 4,
	},
	isa.AVX512: {
		lanes:     8,
		heights:   []int{12, 6, 4, 3, 2, 1},
		byRows:    [2]tileFunc[float64]{rows12x1F64AVX512, rows12x2F64AVX512},
		byColumns: [2]tileFunc[float64]{columns12x1F64AVX512, columns12x2F64AVX512},
		short: [][2]tileFunc[float64]{
			{tile6x1F64AVX512, tile6x2F64AVX512},
			{tile4x1F64AVX512, tile4x2F64AVX512},
			{tile3x1F64AVX512, tile3x2F64AVX512},
			{tile2x1F64AVX512, tile2x2F64AVX512},
			{tile1x1F64AVX512, tile1x2F64AVX512},
		},
		masked:   true,
		copyRows: copyRowsF64AVX512,
		packTall: packTallF64AVX512, tallRows: 2,
		transpose: transposeF64AVX512, run: 8,
	},
}
