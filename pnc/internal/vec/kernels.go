package vec

import "pnclab/pnc/internal/gemm/isa"

// kernels are the loops of one path for one element type, over n >= 1 elements. The
// exported functions say what they compute.
type kernels[T Float] struct {
	lanes int // elements in a vector

	scale      func(n int, alpha T, x *T)
	axpy       func(n int, alpha T, x, y *T)
	dot        func(n int, x, y *T) T
	sum        func(n int, x *T) T
	sumSquares func(n int, x *T, center T) T
	fromBytes  func(vectors int, dst *T, src *uint8, scale, offset T)
	sgd        func(n int, w, v, g *T, rate, momentum, decay T)
	descend    func(n int, w, v *T, rate, decay T)
	adam       func(n int, w, m, v, g *T, newest1, keep2, newest2, rate, eps, decay, shrink T)

	reLU         func(n int, dst, x *T, bias T)
	reLUBackward func(n int, dst, dy, y *T) T

	larger         func(n int, dst, x *T)
	largerBackward func(n int, dx, dy, x, y *T)

	normalize         func(n int, xhat, y, x *T, mean, inv, gamma, beta T)
	normalizeSums     func(n int, dy, xhat *T) (sum, sumXhat T)
	normalizeBackward func(n int, dx, dy, xhat *T, a, b, c T)

	normalizeReLU         func(n int, xhat, y, x *T, mean, inv, gamma, beta T)
	normalizeReLUSums     func(n int, dy, y, xhat *T) (sum, sumXhat T)
	normalizeReLUBackward func(n int, dx, dy, y, xhat *T, a, b, c T)
}

// kernelsOf returns the kernels of the path in use.
func kernelsOf[T Float]() *kernels[T] {
	path := isa.Current()
	if k, ok := any(&kernels32[path]).(*kernels[T]); ok {
		return k
	}
	return any(&kernels64[path]).(*kernels[T])
}
