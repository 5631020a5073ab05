//go:build !openblas || !cgo

package gemm

const useOpenBLAS = false

func mulOpenBLAS[T Float](_, _ bool, _, _, _ int, _ T, _ []T, _ int, _ []T, _ int, _ T, _ []T, _ int) {
}
