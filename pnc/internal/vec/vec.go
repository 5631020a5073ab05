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

// AdamRates are what [Adam] multiplies by. With the learning rate η, the rates β₁ and β₂
// of the averages, ε and weight decay λ, step t = 1, 2, … of Adam has
//
//	Newest1 = 1-β₁,  Keep2 = β₂,  Newest2 = 1-β₂
//	Rate = η √(1-β₂ᵗ)/(1-β₁ᵗ),  Eps = ε √(1-β₂ᵗ)
//
// and Decay = λ, Shrink = 1, or Decay = 0, Shrink = 1-ηλ for AdamW.
type AdamRates[T Float] struct {
	Newest1, Keep2, Newest2, Rate, Eps, Decay, Shrink T
}

// Adam takes a step of Adam (Kingma, Ba 2015), where w are the weights, m and v the
// averages of gradients and of their squares, and g the gradient:
//
//	g' = g + Decay·w
//	m = m + Newest1·(g' - m)
//	v = Keep2·v + Newest2·g'²
//	w = Shrink·w - Rate·m/(√v + Eps)
//
// g is left as it is.
func Adam[T Float](w, m, v, g []T, r AdamRates[T]) {
	if same(len(w), len(m), len(v), len(g)) > 0 {
		kernelsOf[T]().adam(len(w), &w[0], &m[0], &v[0], &g[0], r.Newest1, r.Keep2, r.Newest2, r.Rate, r.Eps, r.Decay, r.Shrink)
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
