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

// cut cuts all parameters that are not fused into spans.
func (e *engine[T]) cut() []span[T] {
	var spans []span[T]
	e.eachParam(func(p *param[T]) {
		for from := 0; from < len(p.value) && !p.fused; from += spanLength {
			spans = append(spans, span[T]{p, from, min(from+spanLength, len(p.value))})
		}
	})
	return spans
}

// rates are what a step of gradient descent takes beside the gradient.
type rates[T gemm.Float] struct{ learning, momentum, decay T }

// descend is backward with a step of gradient descent with momentum m and weight
// decay λ on every parameter p with gradient g, as torch.optim.SGD does:
//
//	v ← m v + g + λ p,   p ← p - η v
//
// For a matrix, the product that computes g adds it to m v. The rest is done to
// rows of v as soon as they are there: the arrays of a large network do not stay
// in the cache until the next pass over them.
func (e *engine[T]) descend(lr, momentum, decay float64) {
	e.rates = rates[T]{T(lr), T(momentum), T(decay)}
	e.backwardWith(&e.rates)
	e.crew.run(len(e.spans), 16, e.task.update)
}

func (e *engine[T]) updateSpans(from, to, _ int) {
	for _, s := range e.spans[from:to] {
		p := s.of
		vec.SGD(p.value[s.from:s.to], p.velocity[s.from:s.to], p.grad[s.from:s.to], e.rates.learning, e.rates.momentum, e.rates.decay)
	}
}

// descendRows updates rows of W, the velocity of which holds m v + g.
func (l *engineLayer[T]) descendRows(from, to int) {
	from, to = from*l.w.stride, to*l.w.stride
	vec.Descend(l.w.value[from:to], l.w.velocity[from:to], l.rates.learning, l.rates.decay)
}
