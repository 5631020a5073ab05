package vec

// Float is the type of an element.
type Float interface{ float32 | float64 }

// Scale computes x = α·x.
func Scale[T Float](alpha T, x []T) {
	if len(x) > 0 {
		kernelsOf[T]().scale(len(x), alpha, &x[0])
	}
}

// Axpy computes y = y + α·x.
func Axpy[T Float](alpha T, x, y []T) {
	if same(len(x), len(y)) > 0 {
		kernelsOf[T]().axpy(len(x), alpha, &x[0], &y[0])
	}
}

// Dot returns Σ xᵢ·yᵢ.
func Dot[T Float](x, y []T) T {
	if same(len(x), len(y)) == 0 {
		return 0
	}
	return kernelsOf[T]().dot(len(x), &x[0], &y[0])
}

// Sum returns Σ xᵢ.
func Sum[T Float](x []T) T {
	if len(x) == 0 {
		return 0
	}
	return kernelsOf[T]().sum(len(x), &x[0])
}

// SumSquares returns Σ (xᵢ - center)². With the mean as the center this is the
// variance times the number of elements.
func SumSquares[T Float](x []T, center T) T {
	if len(x) == 0 {
		return 0
	}
	return kernelsOf[T]().sumSquares(len(x), &x[0], center)
}

// FromBytes computes dst = scale·src + offset. With scale = 1/σ and offset = -μ/σ,
// pixels of mean μ and standard deviation σ come out with mean 0 and deviation 1.
func FromBytes[T Float](dst []T, src []uint8, scale, offset T) {
	n := same(len(dst), len(src))
	k := kernelsOf[T]()
	whole := n / k.lanes * k.lanes
	if whole > 0 {
		k.fromBytes(whole/k.lanes, &dst[0], &src[0], scale, offset)
	}
	for i := whole; i < n; i++ {
		dst[i] = scale*T(src[i]) + offset
	}
}

// SGD takes a step of gradient descent with momentum and weight decay, where w are
// the weights, v their velocity and g the gradient:
//
//	v = momentum·v + g + decay·w
//	w = w - rate·v
//
// This is PyTorch's SGD with neither dampening nor Nesterov momentum.
func SGD[T Float](w, v, g []T, rate, momentum, decay T) {
	if same(len(w), len(v), len(g)) > 0 {
		kernelsOf[T]().sgd(len(w), &w[0], &v[0], &g[0], rate, momentum, decay)
	}
}

// Descend is the rest of SGD if v already holds momentum·v + g:
//
//	v = v + decay·w
//	w = w - rate·v
func Descend[T Float](w, v []T, rate, decay T) {
	if same(len(w), len(v)) > 0 {
		kernelsOf[T]().descend(len(w), &w[0], &v[0], rate, decay)
	}
}

// same returns n and panics if another length differs from it.
func same(n int, others ...int) int {
	for _, m := range others {
		if m != n {
			panic("vec: lengths differ")
		}
	}
	return n
}
