//go:build !js

package engine

import (
	"math"

	"pnclab/pnc/internal/elementary"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// AdamRates returns what a step multiplies by, computed in float64. A relative error of
// t·2⁻⁵² of β₂ᵗ changes 1-β₂ᵗ by at most 2⁻⁵²/(1-β₂) times itself, since t β₂ᵗ ≤ t/(1+t(1-β₂)).
func AdamRates[T gemm.Float](a Adam) vec.AdamRates[T] {
	t := float64(a.Step)
	root := math.Sqrt(1 - elementary.Pow(a.Beta2, t))
	r := vec.AdamRates[T]{
		Newest1: T(1 - a.Beta1), Keep2: T(a.Beta2), Newest2: T(1 - a.Beta2),
		Rate: T(a.LearningRate * root / (1 - elementary.Pow(a.Beta1, t))), Eps: T(a.Eps * root),
		Decay: T(a.WeightDecay), Shrink: 1,
	}
	if a.Decoupled {
		r.Decay, r.Shrink = 0, T(1-a.LearningRate*a.WeightDecay)
	}
	return r
}

// PrepareAdam allocates what DescendAdam keeps: averages of squares, which are a part
// of the state from then on.
func (e *Engine[T]) PrepareAdam() {
	largest := 0
	for i := range e.layers {
		e.layers[i].eachParam(func(p *param[T]) {
			if len(p.value) > 0 {
				p.squares = make([]T, len(p.value))
			}
			if p.fused {
				largest = max(largest, len(p.value))
			}
		})
	}
	e.adam.gradient = make([]T, largest)
	e.adam.rows.rows = (*adamRows[T]).do
}

// DescendAdam is Backward with a step of Adam on every parameter p with gradient g:
//
//	g ← g + λ p
//	m ← β₁ m + (1-β₁) g,   v ← β₂ v + (1-β₂) g²
//	p ← p - η m/(1-β₁ᵗ) / (√(v/(1-β₂ᵗ)) + ε)
//
// as torch.optim.Adam does, or, if Decoupled is set, with p ← (1-ηλ) p in place of the
// first line, as torch.optim.AdamW does. As in [Engine.Descend], rows of a matrix are
// updated as soon as their gradient is computed, which is not kept. It panics without
// PrepareAdam.
func (e *Engine[T]) DescendAdam(a Adam) {
	r := AdamRates[T](a)
	e.backward(func(l *layer[T], dz []T, z features[T]) {
		if l.w.fused {
			e.descendAdam(l, dz, z, r)
		} else {
			l.weightGradient(dz, z, e.size)
		}
	})
	p := e.adam.spans.take(adamSpans[T]{e.spans, r})
	e.work.crew.Run(len(e.spans), 16, p)
	e.adam.spans.give(p)
}

// descendAdam takes the step for the matrix W of a layer from dz, the gradient of W z.
func (e *Engine[T]) descendAdam(l *layer[T], dz []T, z features[T], r vec.AdamRates[T]) {
	g, b := e.adam.gradient[:len(l.w.value)], e.size
	p := e.adam.rows.take(adamRows[T]{&l.w, g, r})
	gemm.MulThen(false, !z.rows, l.out, l.in, b, 1, dz, b, z.z, z.stride(l.in, b), 0, g, l.w.stride, p.rows)
	e.adam.rows.give(p)
}

// adamMemory is what the steps of an engine share.
type adamMemory[T gemm.Float] struct {
	gradient []T // of one matrix
	rows     rowPasses[adamRows[T]]
	spans    recycled[adamSpans[T]]
}

// adamRows updates rows of a matrix. What is between the rows of the gradient belongs to
// other matrices.
type adamRows[T gemm.Float] struct {
	w        *param[T]
	gradient []T
	rates    vec.AdamRates[T]
}

func (p *adamRows[T]) do(from, to int) {
	w := p.w
	for r := from; r < to; r++ {
		i, j := r*w.stride, r*w.stride+w.cols
		vec.Adam(w.value[i:j], w.velocity[i:j], w.squares[i:j], p.gradient[i:j], p.rates)
	}
}

// adamSpans takes the step for spans.
type adamSpans[T gemm.Float] struct {
	spans []span[T]
	rates vec.AdamRates[T]
}

// Do updates spans from ≤ i < to.
func (u *adamSpans[T]) Do(from, to, _ int) {
	for _, s := range u.spans[from:to] {
		p := s.of
		vec.Adam(p.value[s.from:s.to], p.velocity[s.from:s.to], p.squares[s.from:s.to], p.grad[s.from:s.to], u.rates)
	}
}
