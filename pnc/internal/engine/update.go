package engine

import (
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// SGD is a step of gradient descent with momentum and weight decay.
type SGD struct{ LearningRate, Momentum, WeightDecay float64 }

// Adam is a step of Adam (Kingma, Ba 2015), or of AdamW (Loshchilov, Hutter 2019) if
// Decoupled is set.
type Adam struct {
	LearningRate, Beta1, Beta2, Eps, WeightDecay float64
	Decoupled                                    bool
	Step                                         int // t, from 1
}

// rates holds the rates of an SGD in the precision of an engine.
type rates[T gemm.Float] struct{ learning, momentum, decay T }

// Descend is Backward with a step of gradient descent with momentum m and weight
// decay λ on every parameter p with gradient g, as torch.optim.SGD does:
//
//	v ← m v + g + λ p,   p ← p - η v
//
// For a matrix, the product that computes g adds it to m v. The rest is applied to
// rows of v as soon as they are computed, because the arrays of a large network do
// not stay in the cache until the next pass over them.
//
// [Engine.DescendAdam] is the same for Adam.
func (e *Engine[T]) Descend(s SGD) {
	r := rates[T]{T(s.LearningRate), T(s.Momentum), T(s.WeightDecay)}
	e.backward(func(l *layer[T], dz []T, z features[T]) {
		if l.w.fused {
			l.descend(dz, z, e.size, r)
		} else {
			l.weightGradient(dz, z, e.size)
		}
	})
	p := e.steps.take(update[T]{e.spans, r})
	e.work.crew.Run(len(e.spans), 16, p)
	e.steps.give(p)
}

// descend takes the step for the matrix W from dz, the gradient of W z for b
// samples.
func (l *layer[T]) descend(dz []T, z features[T], b int, r rates[T]) {
	p := l.work.descents.take(descent[T]{&l.w, r})
	gemm.MulThen(false, !z.rows, l.out, l.in, b, 1, dz, b, z.z, z.stride(l.in, b), r.momentum, l.w.velocity, l.w.stride, p.rows)
	l.work.descents.give(p)
}

// descent updates rows of a matrix, the velocity of which holds m v + g.
type descent[T gemm.Float] struct {
	w     *param[T]
	rates rates[T]
}

func (p *descent[T]) do(from, to int) {
	from, to = from*p.w.stride, to*p.w.stride
	vec.Descend(p.w.value[from:to], p.w.velocity[from:to], p.rates.learning, p.rates.decay)
}

// span is a piece of a parameter array.
type span[T gemm.Float] struct {
	of       *param[T]
	from, to int
}

// spanLength is the number of parameters that are updated together: three arrays of
// that length fit into the L1 cache.
const spanLength = 1 << 11

// cut cuts all parameters that are not fused into spans.
func (e *Engine[T]) cut() []span[T] {
	var spans []span[T]
	for i := range e.layers {
		e.layers[i].eachParam(func(p *param[T]) {
			for from := 0; from < len(p.value) && !p.fused; from += spanLength {
				spans = append(spans, span[T]{p, from, min(from+spanLength, len(p.value))})
			}
		})
	}
	return spans
}

// update takes the step for spans.
type update[T gemm.Float] struct {
	spans []span[T]
	rates rates[T]
}

// Do updates spans from ≤ i < to.
func (u *update[T]) Do(from, to, _ int) {
	for _, s := range u.spans[from:to] {
		p := s.of
		vec.SGD(p.value[s.from:s.to], p.velocity[s.from:s.to], p.grad[s.from:s.to], u.rates.learning, u.rates.momentum, u.rates.decay)
	}
}
