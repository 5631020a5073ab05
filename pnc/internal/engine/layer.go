package engine

import (
	"fmt"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// layer is one layer of an engine with its parameters and features.
type layer[T gemm.Float] struct {
	in, out int // features that it takes and outputs
	maps    int // rows of W: features, or channels of a convolution
	area    int // values of a map before pooling: 1, or pixels
	w, bias param[T]
	conv    *convolution[T] // nil if W is a matrix
	norm    *norm[T]
	skip    *skip[T]
	relu    bool
	pool    *pooling[T]
	y       []T // features before pooling
	a       []T // out×B, the features; y without pooling
	extra   []T // gradient of the features from the skips that use them; nil without such skips

	work *workshop[T]
}

// skip is a connection around a layer.
type skip[T gemm.Float] struct {
	from  int
	layer *layer[T] // nil for the identity
	dz    []T       // gradient of what the layer adds; nil without one
	extra []T       // of the layer that the skip is from, to which the gradient is added
	first bool      // the first skip from these features in the backward pass
}

// features returns the number of features that the skip adds if it starts from
// source features, or -1 if it does not fit them.
func (s *skip[T]) features(source int) int {
	if s.layer == nil {
		return source
	}
	if s.layer.in != source {
		return -1
	}
	return s.layer.out
}

// pass passes the gradient of a run of what the skip adds on, from element i: to the map, or
// to the features that the skip is from.
func (s *skip[T]) pass(dz []T, i int) {
	switch {
	case s.layer != nil:
		copy(s.dz[i:], dz)
	case s.first:
		copy(s.extra[i:], dz)
	default:
		vec.Axpy(1, dz, s.extra[i:i+len(dz)])
	}
}

// newLayer returns the layer for batches of at most room samples. If it is not for
// training, layers share the scratch of BatchNorm.
func newLayer[T gemm.Float](spec *Layer, work *workshop[T], room int, training bool, shared []T) layer[T] {
	shape := spec.mapShape()
	l := layer[T]{
		in: spec.in(), out: spec.shape().Dim(), maps: shape.Channels, area: shape.area(), relu: spec.ReLU,
		bias: newParam[T](spec.Bias, training),
		y:    make([]T, shape.Dim()*room),
		work: work,
	}
	l.a = l.y
	if spec.Conv == nil {
		l.w = newMatrix[T](spec.W, training)
	} else {
		l.w = newParam[T](spec.W.RawMatrix().Data, training)
		spec.Conv.check(spec.W)
		l.conv = newConvolution(spec.Conv, shape, work)
	}
	if spec.Norm != nil {
		xhat := shared
		if training {
			xhat = make([]T, len(l.y))
		}
		l.norm = newNorm(spec.Norm, xhat, training)
	}
	if spec.Pool != nil {
		l.pool = newPooling(spec.Pool, shape, work)
		l.a = make([]T, l.out*room)
	}
	if spec.Skip != nil {
		l.skip = &skip[T]{from: spec.Skip.From}
		if spec.Skip.Map != nil {
			if training {
				l.skip.dz = make([]T, len(l.y))
			}
			m := newLayer(spec.Skip.Map, work, room, training, shared)
			if m.skip != nil || m.pool != nil || m.relu {
				panic(fmt.Sprintf("pnc: the map of the skip of layer %s must be linear, with BatchNorm at most", spec.Name))
			}
			l.skip.layer = &m
		}
	}
	return l
}

// store copies the weights and statistics into to.
func (l *layer[T]) store(to *Layer) {
	l.w.storeMatrix(to.W)
	convert(to.Bias, l.bias.value)
	if l.norm != nil {
		l.norm.store(to.Norm)
	}
	if l.skip != nil && l.skip.layer != nil {
		l.skip.layer.store(to.Skip.Map)
	}
}

// eachParam calls f for every parameter array of the layer.
func (l *layer[T]) eachParam(f func(*param[T])) {
	f(&l.w)
	f(&l.bias)
	if l.norm != nil {
		f(&l.norm.gamma)
		f(&l.norm.beta)
	}
	if l.skip != nil && l.skip.layer != nil {
		l.skip.layer.eachParam(f)
	}
}

// eachState calls f for every array that training changes.
func (l *layer[T]) eachState(f func([]T)) {
	l.w.eachState(f)
	l.bias.eachState(f)
	if n := l.norm; n != nil {
		n.gamma.eachState(f)
		n.beta.eachState(f)
		f(n.mean)
		f(n.vari)
	}
	if l.skip != nil && l.skip.layer != nil {
		l.skip.layer.eachState(f)
	}
}

// rows returns the number of features before pooling.
func (l *layer[T]) rows() int { return l.maps * l.area }

// forward computes the features of b samples from those of the layer before. add is
// what a skip adds, or nil.
func (l *layer[T]) forward(z features[T], add []T, b int, training bool) {
	to := l.y
	if l.norm != nil {
		to = l.norm.normalized
	}
	var finish *rowPass[forwardPass[T]]
	if l.norm != nil || l.relu || add != nil || l.bias.value != nil {
		finish = l.work.forwards.take(forwardPass[T]{l, l.area * b, add, training})
	}
	if l.conv != nil {
		l.conv.forward(to, z.z, l.w.value, b)
		if finish != nil {
			l.work.crew.Run(l.maps, crew.Grain(l.area*b), finish)
		}
	} else {
		gemm.MulThen(false, z.rows, l.out, b, l.in, 1, l.w.value, l.w.stride, z.z, z.stride(l.in, b), 0, to, b, finish.function())
	}
	l.work.forwards.give(finish)
	if l.pool != nil {
		l.pool.forward(l.a, l.y, b)
	}
}

// forwardPass turns rows of W z into the features before pooling.
type forwardPass[T gemm.Float] struct {
	layer    *layer[T]
	length   int // of a row
	add      []T // what a skip adds, or nil
	training bool
}

func (p *forwardPass[T]) do(from, to int) {
	l, n := p.layer, p.length
	for r := from; r < to; r++ {
		y := l.y[r*n : (r+1)*n]
		z := y
		if l.norm != nil {
			z = l.norm.normalized[r*n : (r+1)*n]
		}
		if l.bias.value != nil {
			addConst(l.bias.value[r], z)
		}
		var apply standardization[T]
		if l.norm != nil {
			apply = l.norm.standardize(z, r, p.training)
		}
		// Run by run, so that what follows finds a run in the cache.
		vec.LongRuns(n, func(i, j int) {
			if l.norm != nil {
				apply.forward(y[i:j], z[i:j], l.relu && p.add == nil)
			}
			if p.add != nil {
				vec.Axpy(1, p.add[r*n+i:r*n+j], y[i:j])
			}
			if l.relu && (l.norm == nil || p.add != nil) {
				vec.ReLU(y[i:j], y[i:j], 0)
			}
		})
	}
}

// finishBackward turns dz, the gradient of the features of b samples before
// pooling, into that of W z, passes the gradient on to the skip, and sets the
// gradients of bias and BatchNorm.
func (l *layer[T]) finishBackward(dz []T, b int) {
	p := l.finishing(dz, b)
	if p != nil {
		l.work.crew.Run(l.maps, crew.Grain(l.area*b), p)
	}
	l.work.backwards.give(p)
}

// finishing returns the pass that performs finishBackward for rows of dz, or nil if
// there is nothing to do.
func (l *layer[T]) finishing(dz []T, b int) *rowPass[backwardPass[T]] {
	if l.norm == nil && !l.relu && l.skip == nil && l.bias.value == nil {
		return nil
	}
	return l.work.backwards.take(backwardPass[T]{l, l.area * b, dz})
}

// backwardPass performs finishBackward.
type backwardPass[T gemm.Float] struct {
	layer  *layer[T]
	length int // of a row
	dz     []T
}

func (p *backwardPass[T]) do(from, to int) {
	l, n := p.layer, p.length
	for r := from; r < to; r++ {
		dz, y := p.dz[r*n:(r+1)*n], l.y[r*n:(r+1)*n]
		var sums normSums
		vec.LongRuns(n, func(i, j int) { // as in forwardPass
			if l.relu && (l.norm == nil || l.skip != nil) {
				vec.ReLUBackward(dz[i:j], dz[i:j], y[i:j])
			}
			if l.skip != nil {
				l.skip.pass(dz[i:j], r*n+i)
			}
			if l.norm != nil {
				l.norm.add(&sums, dz[i:j], y[i:j], r*n+i, l.relu && l.skip == nil)
			}
		})
		if l.norm != nil {
			l.norm.backward(sums, dz, y, r, l.relu && l.skip == nil)
		}
		if l.bias.value != nil {
			l.bias.grad[r] = T(vec.LongSum(dz))
		}
	}
}

// inputGradientThen computes da, the gradient of the features z of b samples that
// the layer takes, from dz, that of W z. It performs finishBackward of the layer
// below on the rows of da while they are in the cache, and reports whether it did:
// it does not where finishBackward needs more than these rows.
func (l *layer[T]) inputGradientThen(below *layer[T], da, dz []T, b int) (finished bool) {
	if l.conv != nil || below.conv != nil || below.pool != nil {
		l.inputGradient(da, 0, dz, b)
		return false
	}
	p := below.finishing(da, b)
	gemm.MulThen(true, false, l.in, b, l.out, 1, l.w.value, l.w.stride, dz, b, 0, da, b, p.function())
	l.work.backwards.give(p)
	return true
}

// inputGradient computes da ← β da + the gradient of the features z of b samples
// that the layer takes, from dz, that of W z.
func (l *layer[T]) inputGradient(da []T, beta T, dz []T, b int) {
	if l.conv != nil {
		l.conv.backward(da, beta, dz, l.w.value, b)
		return
	}
	gemm.Mul(true, false, l.in, b, l.out, 1, l.w.value, l.w.stride, dz, b, beta, da, b)
}

// weightGradient computes the gradient of W from dz, that of W z for b samples.
func (l *layer[T]) weightGradient(dz []T, z features[T], b int) {
	if l.conv != nil {
		l.conv.backwardWeights(l.w.grad, dz, z.z, b)
		return
	}
	gemm.Mul(false, !z.rows, l.out, l.in, b, 1, dz, b, z.z, z.stride(l.in, b), 0, l.w.gradient(), l.w.stride)
}

func addConst[T gemm.Float](c T, x []T) {
	for i := range x {
		x[i] += c
	}
}
