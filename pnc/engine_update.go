package pnc

import (
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// span is a piece of a parameter array.
type span[T gemm.Float] struct {
	of       *param[T]
	from, to int
}

// spanLength is the number of parameters that are updated together: three arrays
// of so many fit the first cache.
const spanLength = 1 << 11

// cut cuts all parameters into spans.
func (e *engine[T]) cut() []span[T] {
	var spans []span[T]
	e.eachParam(func(p *param[T]) {
		for from := 0; from < len(p.value); from += spanLength {
			spans = append(spans, span[T]{p, from, min(from+spanLength, len(p.value))})
		}
	})
	return spans
}

// update takes one step of gradient descent with momentum m and weight decay λ
// on every parameter p with gradient g, as torch.optim.SGD does:
//
//	v ← m v + g + λ p,   p ← p - η v
func (e *engine[T]) update(lr, momentum, decay float64) {
	e.rates.learning, e.rates.momentum, e.rates.decay = T(lr), T(momentum), T(decay)
	e.crew.run(len(e.spans), 16, e.task.update)
}

func (e *engine[T]) updateSpans(from, to, _ int) {
	for _, s := range e.spans[from:to] {
		s.of.updateRange(s.from, s.to, e.rates.learning, e.rates.momentum, e.rates.decay)
	}
}

func (p *param[T]) update(lr, momentum, decay T) { p.updateRange(0, len(p.value), lr, momentum, decay) }

func (p *param[T]) updateRange(from, to int, lr, momentum, decay T) {
	vec.SGD(p.value[from:to], p.velocity[from:to], p.grad[from:to], lr, momentum, decay)
}
