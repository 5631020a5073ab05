package pnc

import (
	"fmt"

	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// engineLayer is one layer of an engine with its parameters and features.
type engineLayer[T gemm.Float] struct {
	in, out int // features that it takes and makes
	maps    int // rows of W: features, or channels of a convolution
	area    int // values of a map before pooling: 1, or pixels
	w, bias param[T]
	conv    *convolution[T] // nil if W is a matrix
	norm    *engineNorm[T]
	skip    *engineSkip[T]
	relu    bool
	pool    *pooling[T]
	y       []T // features before pooling
	a       []T // out×B, the features; y if nothing is pooled

	// In networks with skips, the gradient of the features that came by a skip, and
	// whether there is any yet.
	extra  []T
	marked bool

	crew *crew
	pass layerPass[T]
	add  []T // what a skip adds to y in the pass at hand
	task struct {
		finish, finishBackward, descend func(from, to int)
		share, shareBackward            func(from, to, worker int) // the first two for a crew
	}
	rates rates[T] // of the update at hand
}

// layerPass is what the goroutines of a pass need to know.
type layerPass[T gemm.Float] struct {
	length   int // of a row
	training bool
	dz       []T
}

// engineSkip is the way around a layer.
type engineSkip[T gemm.Float] struct {
	from  int
	layer *engineLayer[T] // nil for the identity
	dz    []T             // gradient of what the skip adds
}

// features returns how many features the skip adds, coming from so many.
func (s *engineSkip[T]) features(source int) int {
	if s.layer == nil {
		return source
	}
	if s.layer.in != source {
		return -1
	}
	return s.layer.out
}

// newEngineLayer returns the layer for batches of at most room samples. If it is
// not for training, layers share BatchNorm's scratch.
func newEngineLayer[T gemm.Float](l *Layer, room int, training bool, shared []T) engineLayer[T] {
	shape := l.mapShape()
	e := engineLayer[T]{
		in: l.In(), out: l.Out(), maps: shape.Channels, area: shape.area(), relu: l.ReLU,
		bias: newParam[T](l.Bias, training),
		y:    make([]T, shape.Dim()*room),
	}
	e.a = e.y
	if l.Conv == nil {
		e.w = newMatrix[T](l.W, training)
	} else {
		e.w = newParam[T](l.W.RawMatrix().Data, training)
		l.Conv.check(l.W)
		e.conv = newConvolution[T](l.Conv, shape)
	}
	if l.Norm != nil {
		xhat := shared
		if training {
			xhat = make([]T, len(e.y))
		}
		e.norm = newEngineNorm[T](l.Norm, xhat, training)
	}
	if l.Pool != nil {
		e.pool = newPooling[T](l.Pool, shape)
		e.a = make([]T, e.out*room)
	}
	if l.Skip != nil {
		e.skip = &engineSkip[T]{from: l.Skip.From}
		if training {
			e.skip.dz = make([]T, len(e.y))
		}
		if l.Skip.Map != nil {
			m := newEngineLayer[T](l.Skip.Map, room, training, shared)
			if m.skip != nil || m.pool != nil || m.relu {
				panic(fmt.Sprintf("pnc: the map of the skip of layer %s is more than linear with BatchNorm", l.Name))
			}
			e.skip.layer = &m
		}
	}
	return e
}

// largestNorm returns the number of values that BatchNorm works on.
func (l *Layer) largestNorm() int {
	n := 0
	if l.Norm != nil {
		n = l.mapShape().Dim()
	}
	if l.Skip != nil && l.Skip.Map != nil {
		n = max(n, l.Skip.Map.largestNorm())
	}
	return n
}

// setUp prepares the layer, at its final place in memory, for passes by a crew.
func (l *engineLayer[T]) setUp(c *crew) {
	l.crew = c
	l.task.finish, l.task.finishBackward, l.task.descend = l.finishRows, l.finishRowsBackward, l.descendRows
	l.task.share = func(from, to, _ int) { l.finishRows(from, to) }
	l.task.shareBackward = func(from, to, _ int) { l.finishRowsBackward(from, to) }
	if l.conv != nil {
		l.conv.setUp(c)
	}
	if l.pool != nil {
		l.pool.setUp(c)
	}
}

// store copies the weights and statistics into to.
func (l *engineLayer[T]) store(to *Layer) {
	l.w.store(to.W)
	convert(to.Bias, l.bias.value)
	if l.norm != nil {
		l.norm.store(to.Norm)
	}
	if l.skip != nil && l.skip.layer != nil {
		l.skip.layer.store(to.Skip.Map)
	}
}

// eachParam calls f for every parameter array of the layer.
func (l *engineLayer[T]) eachParam(f func(*param[T])) {
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
func (l *engineLayer[T]) eachState(f func([]T)) {
	for _, p := range []*param[T]{&l.w, &l.bias} {
		f(p.value)
		f(p.velocity)
	}
	if n := l.norm; n != nil {
		for _, v := range [][]T{n.gamma.value, n.gamma.velocity, n.beta.value, n.beta.velocity, n.mean, n.vari} {
			f(v)
		}
	}
	if l.skip != nil && l.skip.layer != nil {
		l.skip.layer.eachState(f)
	}
}

// rows returns the number of features before pooling.
func (l *engineLayer[T]) rows() int { return l.maps * l.area }

// forward computes the features of b samples from those of the layer before,
// which are in×B, or B×in if rows is set.
func (l *engineLayer[T]) forward(z []T, rows bool, b int, training bool) {
	to := l.y
	if l.norm != nil {
		to = l.norm.normalized
	}
	finish := l.norm != nil || l.relu || l.add != nil || l.bias.value != nil
	l.pass = layerPass[T]{length: l.area * b, training: training}
	if l.conv != nil {
		l.conv.forward(to, z, l.w.value, b)
		if finish {
			l.crew.run(l.maps, grainFor(l.pass.length), l.task.share)
		}
	} else {
		ldz := b
		if rows {
			ldz = l.in
		}
		var then func(from, to int)
		if finish {
			then = l.task.finish
		}
		gemm.MulThen(false, rows, l.out, b, l.in, 1, l.w.value, l.w.stride, z, ldz, 0, to, b, then)
	}
	if l.pool != nil {
		l.pool.forward(l.a, l.y, b)
	}
}

// finishRows takes W z of the given rows to the features before pooling.
func (l *engineLayer[T]) finishRows(from, to int) {
	n := l.pass.length
	for r := from; r < to; r++ {
		y := l.y[r*n : (r+1)*n]
		z := y
		if l.norm != nil {
			z = l.norm.normalized[r*n : (r+1)*n]
		}
		if l.bias.value != nil {
			addConst(l.bias.value[r], z)
		}
		if l.norm != nil {
			l.norm.forward(y, r, l.relu && l.add == nil, l.pass.training)
		}
		if l.add != nil {
			vec.Axpy(1, l.add[r*n:(r+1)*n], y)
		}
		if l.relu && (l.norm == nil || l.add != nil) {
			vec.ReLU(y, y, 0)
		}
	}
}

// finishBackward turns dz, the gradient of the features before pooling, into
// that of W z, hands its part to the skip, and sets the gradients of bias and
// BatchNorm.
func (l *engineLayer[T]) finishBackward(dz []T, b int) {
	if l.finishing(dz, b) != nil {
		l.crew.run(l.maps, grainFor(l.pass.length), l.task.shareBackward)
	}
}

// finishing returns the function that does finishBackward for rows of dz, or nil
// if there is nothing to do.
func (l *engineLayer[T]) finishing(dz []T, b int) func(from, to int) {
	if l.norm == nil && !l.relu && l.skip == nil && l.bias.value == nil {
		return nil
	}
	l.pass = layerPass[T]{length: l.area * b, dz: dz}
	return l.task.finishBackward
}

func (l *engineLayer[T]) finishRowsBackward(from, to int) {
	n := l.pass.length
	for r := from; r < to; r++ {
		dz, y := l.pass.dz[r*n:(r+1)*n], l.y[r*n:(r+1)*n]
		if l.relu && (l.norm == nil || l.skip != nil) {
			vec.ReLUBackward(dz, dz, y)
		}
		if l.skip != nil {
			copy(l.skip.dz[r*n:], dz)
		}
		if l.norm != nil {
			l.norm.backward(dz, y, r, l.relu && l.skip == nil)
		}
		if l.bias.value != nil {
			l.bias.grad[r] = T(sum(dz))
		}
	}
}

// mapBackward computes the gradient of W from dz, that of W z, and adds β times
// da to the gradient of z, which becomes da. There is no gradient of z if da is
// nil. With rates, a matrix is updated at once. It does finishBackward of the layer
// below, if given, on the rows of da while they are in the cache, and reports
// whether it did: not where it takes more than them.
func (l *engineLayer[T]) mapBackward(da []T, beta T, dz, z []T, rows bool, b int, r *rates[T], below *engineLayer[T]) (finished bool) {
	if l.conv != nil {
		l.conv.backwardWeights(l.w.grad, dz, z, b)
		if da != nil {
			l.conv.backward(da, beta, dz, l.w.value, b)
		}
		return false
	}
	if da != nil { // before W changes
		var then func(from, to int)
		if below != nil && below.conv == nil && below.pool == nil && !below.marked {
			then, finished = below.finishing(da, b), true
		}
		gemm.MulThen(true, false, l.in, b, l.out, 1, l.w.value, l.w.stride, dz, b, beta, da, b, then)
	}
	ldz := b
	if rows {
		ldz = l.in
	}
	if r == nil {
		gemm.Mul(false, !rows, l.out, l.in, b, 1, dz, b, z, ldz, 0, l.w.gradient(), l.w.stride)
		return finished
	}
	l.rates = *r
	gemm.MulThen(false, !rows, l.out, l.in, b, 1, dz, b, z, ldz, r.momentum, l.w.velocity, l.w.stride, l.task.descend)
	return finished
}

func addConst[T gemm.Float](c T, x []T) {
	for i := range x {
		x[i] += c
	}
}

// sumLength is the number of values that are summed in the precision of the
// engine before sums go on in float64.
const sumLength = 1 << 12

// sum returns the sum of x.
func sum[T gemm.Float](x []T) (s float64) {
	for len(x) > sumLength {
		s += float64(vec.Sum(x[:sumLength]))
		x = x[sumLength:]
	}
	return s + float64(vec.Sum(x))
}

// sumSquares returns the sum of (x - center)².
func sumSquares[T gemm.Float](x []T, center T) (s float64) {
	for len(x) > sumLength {
		s += float64(vec.SumSquares(x[:sumLength], center))
		x = x[sumLength:]
	}
	return s + float64(vec.SumSquares(x, center))
}
