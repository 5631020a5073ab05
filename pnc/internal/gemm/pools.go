//go:build !js

package gemm

var pools32 = newPools[float32]()

// poolsOf returns the memory of products in the precision T.
func poolsOf[T Float]() *pools[T] {
	if p, ok := any(pools32).(*pools[T]); ok {
		return p
	}
	return any(pools64).(*pools[T])
}
