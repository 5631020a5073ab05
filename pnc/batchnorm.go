package pnc

import (
	"math"

	"pnclab/pnc/internal/gemm"
)

// engineNorm is the batch normalisation of a layer inside an engine.
type engineNorm[T gemm.Float] struct {
	gamma, beta param[T]
	mean, vari  []T // running statistics
	eps, newest T   // ε and the weight of the newest batch
	normalized  []T // out×B, (z - m)/√(v + ε) of the batch
	inverseStd  []T // 1/√(v + ε) of the batch
}

func newEngineNorm[T gemm.Float](b *BatchNorm, room int) *engineNorm[T] {
	n := &engineNorm[T]{
		gamma: newParam[T](b.Gamma), beta: newParam[T](b.Beta),
		mean: make([]T, len(b.Gamma)), vari: make([]T, len(b.Gamma)),
		eps: T(b.Eps), newest: T(b.StatMomentum),
		normalized: make([]T, len(b.Gamma)*room), inverseStd: make([]T, len(b.Gamma)),
	}
	convert(n.mean, b.RunningMean)
	convert(n.vari, b.RunningVar)
	return n
}

func (n *engineNorm[T]) store(b *BatchNorm) {
	convert(b.Gamma, n.gamma.value)
	convert(b.Beta, n.beta.value)
	convert(b.RunningMean, n.mean)
	convert(b.RunningVar, n.vari)
}

// forward normalises the rows of the features×batch matrix z in place.
func (n *engineNorm[T]) forward(z []T, b int, training bool) {
	for r := range n.mean {
		row := z[r*b : (r+1)*b]
		mean, inverse := n.mean[r], 1/sqrt(n.vari[r]+n.eps)
		if training {
			mean, inverse = n.batchStatistics(r, row)
		}
		gamma, beta := n.gamma.value[r], n.beta.value[r]
		xhat := n.normalized[r*b : (r+1)*b]
		for i, v := range row {
			x := (v - mean) * inverse
			xhat[i] = x
			row[i] = gamma*x + beta
		}
	}
}

// batchStatistics returns the mean of a row and 1/√(v + ε) with its biased
// variance v, and updates the running statistics, which take the unbiased one.
func (n *engineNorm[T]) batchStatistics(r int, row []T) (mean, inverse T) {
	count := T(len(row))
	for _, v := range row {
		mean += v
	}
	mean /= count
	var squares T
	for _, v := range row {
		squares += (v - mean) * (v - mean)
	}
	n.mean[r] += n.newest * (mean - n.mean[r])
	n.vari[r] += n.newest * (squares/(count-1) - n.vari[r])
	inverse = 1 / sqrt(squares/count+n.eps)
	n.inverseStd[r] = inverse
	return mean, inverse
}

// backward turns dz, the gradient of the normalised features, into that of the
// features before normalisation, and sets the gradients of γ and β:
//
//	dβ = Σ dz,  dγ = Σ dz x̂,  dx = γ/√(v+ε) (dz - dβ/B - x̂ dγ/B)
func (n *engineNorm[T]) backward(dz []T, b int) {
	count := T(b)
	for r := range n.mean {
		row, xhat := dz[r*b:(r+1)*b], n.normalized[r*b:(r+1)*b]
		var dbeta, dgamma T
		for i, v := range row {
			dbeta += v
			dgamma += v * xhat[i]
		}
		n.beta.grad[r], n.gamma.grad[r] = dbeta, dgamma
		scale := n.gamma.value[r] * n.inverseStd[r]
		dbeta, dgamma = dbeta/count, dgamma/count
		for i, v := range row {
			row[i] = scale * (v - dbeta - xhat[i]*dgamma)
		}
	}
}

func sqrt[T gemm.Float](x T) T { return T(math.Sqrt(float64(x))) }
