package engine

import (
	"fmt"

	"pnclab/pnc/internal/elementary"
	"pnclab/pnc/internal/gemm"
)

// Loss is a loss function of scaled logits.
type Loss int

// The losses, see pnc.Loss.
const (
	MSE Loss = iota
	CrossEntropy
)

// Loss returns the loss of the current batch, with logits scaled by alpha, after a
// forward pass, and the number of samples whose largest logit is that of their
// class. It stores the gradient with respect to the output for Backward.
func (e *Engine[T]) Loss(kind Loss, alpha float64) (loss float64, correct int) {
	b, scale := e.size, T(alpha)
	out := e.Features(len(e.layers))
	var gradient func([]T, int) float64
	switch kind {
	case MSE:
		gradient = lossMSE[T]
	case CrossEntropy:
		gradient = lossCrossEntropy[T]
	default:
		panic(fmt.Sprintf("pnc: no loss %d", kind))
	}
	for i, y := range e.labels {
		best := 0
		for k := range e.column {
			v := out[k*b+i]
			if v > out[best*b+i] {
				best = k
			}
			e.column[k] = scale * v
		}
		if best == y {
			correct++
		}
		loss += gradient(e.column, y)
		for k, g := range e.column {
			e.dout[k*b+i] = scale * g / T(b)
		}
	}
	return loss / float64(b), correct
}

// lossMSE returns ‖z - e_y‖² and replaces z by its gradient 2(z - e_y).
func lossMSE[T gemm.Float](z []T, y int) float64 {
	z[y]--
	var sum float64
	for k, v := range z {
		sum += float64(v) * float64(v)
		z[k] = 2 * v
	}
	return sum
}

// lossCrossEntropy returns log Σ exp(z_k) - z_y and replaces z by its gradient
// softmax(z) - e_y. The largest entry is subtracted first, so nothing overflows.
func lossCrossEntropy[T gemm.Float](z []T, y int) float64 {
	largest := z[0]
	for _, v := range z {
		largest = max(largest, v)
	}
	var sum float64
	for _, v := range z {
		sum += elementary.Exp(float64(v - largest))
	}
	loss := elementary.Log(sum) - float64(z[y]-largest)
	for k, v := range z {
		z[k] = T(elementary.Exp(float64(v-largest)) / sum)
	}
	z[y]--
	return loss
}

// Predict writes the class with the largest output for every sample of the current
// batch to classes, after a forward pass. Of equal outputs, the first counts.
func (e *Engine[T]) Predict(classes []int) {
	ArgmaxColumns(classes[:e.size], e.Features(len(e.layers)))
}

// ArgmaxColumns writes to best, for every column of a matrix with len(best) columns,
// the row of its largest element, the first of equal ones.
func ArgmaxColumns[T gemm.Float](best []int, m []T) {
	cols := len(best)
	for i := range best {
		best[i] = 0
		for r := 1; r < len(m)/cols; r++ {
			if m[r*cols+i] > m[best[i]*cols+i] {
				best[i] = r
			}
		}
	}
}
