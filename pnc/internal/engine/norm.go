package engine

import (
	"math"

	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// norm is the batch normalisation of a layer inside an engine.
type norm[T gemm.Float] struct {
	gamma, beta param[T]
	mean, vari  []T     // running statistics
	eps, newest float64 // ε and the weight of the newest batch
	normalized  []T     // out×B: z, then (z - m)/√(v + ε) of the batch
	inverseStd  []T     // 1/√(v + ε) of the batch
}

// newNorm returns the normalisation with memory for the normalised values.
func newNorm[T gemm.Float](b *Norm, normalized []T, training bool) *norm[T] {
	n := &norm[T]{
		gamma: newParam[T](b.Gamma, training), beta: newParam[T](b.Beta, training),
		mean: make([]T, len(b.Gamma)), vari: make([]T, len(b.Gamma)),
		eps: b.Eps, newest: b.StatMomentum,
		normalized: normalized, inverseStd: make([]T, len(b.Gamma)),
	}
	convert(n.mean, b.RunningMean)
	convert(n.vari, b.RunningVar)
	return n
}

func (n *norm[T]) store(b *Norm) {
	convert(b.Gamma, n.gamma.value)
	convert(b.Beta, n.beta.value)
	convert(b.RunningMean, n.mean)
	convert(b.RunningVar, n.vari)
}

// standardization is what normalisation does to a row.
type standardization[T gemm.Float] struct{ mean, inverse, gamma, beta T }

// standardize returns what to do to row r, the values z, and in training records their
// statistics.
func (n *norm[T]) standardize(z []T, r int, training bool) standardization[T] {
	mean, inverse := n.mean[r], T(1/math.Sqrt(float64(n.vari[r])+n.eps))
	if training {
		mean, inverse = n.batchStatistics(r, z)
	}
	return standardization[T]{mean, inverse, n.gamma.value[r], n.beta.value[r]}
}

// forward normalises a part of the row, z, in place and writes the result, after a ReLU if
// relu is set, to y.
func (s standardization[T]) forward(y, z []T, relu bool) {
	if relu {
		vec.NormalizeReLU(z, y, z, s.mean, s.inverse, s.gamma, s.beta)
	} else {
		vec.Normalize(z, y, z, s.mean, s.inverse, s.gamma, s.beta)
	}
}

// batchStatistics returns the mean of a row and 1/√(v + ε) with its biased
// variance v, and updates the running statistics, which use the unbiased variance.
func (n *norm[T]) batchStatistics(r int, row []T) (mean, inverse T) {
	count := float64(len(row))
	mean = T(vec.LongSum(row) / count)
	squares := vec.LongSumSquares(row, mean)
	n.mean[r] += T(n.newest * float64(mean-n.mean[r]))
	n.vari[r] += T(n.newest * (squares/(count-1) - float64(n.vari[r])))
	inverse = T(1 / math.Sqrt(squares/count+n.eps))
	n.inverseStd[r] = inverse
	return mean, inverse
}

// normSums are the gradients of β and γ of a row.
type normSums struct{ beta, gamma float64 }

// add adds a run of dz, the gradient of the run y of a row, which begins at element i of
// all rows:
//
//	dβ = Σ dz,  dγ = Σ dz x̂
//
// where, if relu is set, dz counts only where y > 0.
func (n *norm[T]) add(sums *normSums, dz, y []T, i int, relu bool) {
	xhat := n.normalized[i : i+len(dz)]
	var a, b T
	if relu {
		a, b = vec.NormalizeReLUSums(dz, y, xhat)
	} else {
		a, b = vec.NormalizeSums(dz, xhat)
	}
	sums.beta += float64(a)
	sums.gamma += float64(b)
}

// backward turns dz, the gradient of y of row r, into that of the row before
// normalisation, and sets the gradients of γ and β:
//
//	dx = γ/√(v+ε) (dz - dβ/B - x̂ dγ/B)
//
// where, if relu is set, dz counts only where y > 0.
func (n *norm[T]) backward(sums normSums, dz, y []T, r int, relu bool) {
	xhat := n.normalized[r*len(dz) : (r+1)*len(dz)]
	dbeta, dgamma := T(sums.beta), T(sums.gamma)
	n.beta.grad[r], n.gamma.grad[r] = dbeta, dgamma
	if relu {
		vec.NormalizeReLUBackward(dz, dz, y, xhat, n.gamma.value[r], n.inverseStd[r], dbeta, dgamma)
	} else {
		vec.NormalizeBackward(dz, dz, xhat, n.gamma.value[r], n.inverseStd[r], dbeta, dgamma)
	}
}
