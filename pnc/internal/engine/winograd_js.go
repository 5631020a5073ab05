package engine

import "pnclab/pnc/internal/gemm"

// A page trains no convolutions and has a limit to its size: it does without Winograd's
// algorithm.

type (
	winograd[T gemm.Float]     struct{}
	winogradPass[T gemm.Float] struct{}
	winogradTile[T gemm.Float] struct{}
)

func newWinograd[T gemm.Float](*convolution[T]) *winograd[T] { return nil }

func (*winograd[T]) image(dst, src, weights []T, turned bool, beta T, b int) {}

func (*winograd[T]) weights(dw, dy, z []T, b int) {}
