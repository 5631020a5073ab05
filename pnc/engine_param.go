package pnc

import "pnclab/pnc/internal/gemm"

// param is a parameter array with its gradient and its momentum.
type param[T gemm.Float] struct {
	value, grad, velocity []T

	// fused says that training updates the array while its gradient is computed,
	// which it does not keep: grad is made when it is asked for.
	fused bool
}

// newParam returns a parameter with the given values, or an empty one. Only
// training needs gradient and momentum.
func newParam[T gemm.Float](values []float64, training bool) param[T] {
	if values == nil {
		return param[T]{}
	}
	p := param[T]{value: make([]T, len(values))}
	convert(p.value, values)
	if training {
		p.grad, p.velocity = make([]T, len(values)), make([]T, len(values))
	}
	return p
}

// newMatrix returns a fused parameter with the given values.
func newMatrix[T gemm.Float](values []float64, training bool) param[T] {
	p := param[T]{value: make([]T, len(values)), fused: true}
	convert(p.value, values)
	if training {
		p.velocity = make([]T, len(values))
	}
	return p
}

// gradient returns the array for the gradient.
func (p *param[T]) gradient() []T {
	if p.grad == nil {
		p.grad = make([]T, len(p.value))
	}
	return p.grad
}
