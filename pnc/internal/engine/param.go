package engine

import (
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/gemm"
)

// param is a parameter array with its gradient and the averages that steps keep.
type param[T gemm.Float] struct {
	value, grad []T
	velocity    []T // momentum, or m of Adam
	squares     []T // v of Adam; nil without it

	// fused says that training updates the array while its gradient is computed and
	// does not store the gradient: grad is allocated on demand. The array is a
	// matrix, whose rows of cols elements are stride apart, padded with zeros.
	fused        bool
	cols, stride int
}

// newParam returns a parameter with the given values, or an empty one. Only
// training needs gradient and momentum.
func newParam[T gemm.Float](values []float64, training bool) param[T] {
	if values == nil {
		return param[T]{}
	}
	p := param[T]{value: make([]T, len(values)), cols: len(values), stride: len(values)}
	convert(p.value, values)
	if training {
		p.grad, p.velocity = make([]T, len(values)), make([]T, len(values))
	}
	return p
}

// newMatrix returns a fused parameter with the values of w.
func newMatrix[T gemm.Float](w *mat.Dense, training bool) param[T] {
	rows, cols := w.Dims()
	p := param[T]{fused: true, cols: cols, stride: gemm.Stride[T](cols)}
	p.value = make([]T, rows*p.stride)
	for i := range rows {
		convert(p.value[i*p.stride:][:cols], w.RawRowView(i))
	}
	if training {
		p.velocity = make([]T, len(p.value))
	}
	return p
}

// storeMatrix copies the values to w.
func (p *param[T]) storeMatrix(w *mat.Dense) {
	if !p.fused {
		convert(w.RawMatrix().Data, p.value)
		return
	}
	rows, cols := w.Dims()
	for i := range rows {
		convert(w.RawRowView(i), p.value[i*p.stride:][:cols])
	}
}

// eachState calls f for every array of the parameter that training changes.
func (p *param[T]) eachState(f func([]T)) {
	f(p.value)
	f(p.velocity)
	if p.squares != nil {
		f(p.squares)
	}
}

// gradient returns the array for the gradient.
func (p *param[T]) gradient() []T {
	if p.grad == nil {
		p.grad = make([]T, len(p.value))
	}
	return p.grad
}
