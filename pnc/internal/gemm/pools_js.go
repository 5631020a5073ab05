package gemm

// poolsOf returns the memory of products. A page computes in float64 only, so that its
// program need not hold products in float32, for which it panics.
func poolsOf[T Float]() *pools[T] { return any(pools64).(*pools[T]) }
