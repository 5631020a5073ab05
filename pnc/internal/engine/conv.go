package engine

import (
	"unsafe"

	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// convolution computes a [Conv] and its gradients as matrix products. With the k×k
// kernel cut into its k columns W_j (channels × kC),
//
//	Z[:, y, x..x+n] = Σ_j W_j G_j
//
// where G_j holds the k rows of the image that y needs, from column x+j-(k-1)/2 on:
// kC rows of n pixels of B samples each. All G_j are windows into one gathered
// block, so that a pixel is copied k times and not k² times as for a matrix of
// patches. The gradients use the same blocks:
//
//	dW_jᵀ = Σ_y G_j dZ[:, y, :]ᵀ
//
// and the gradient of the image is, for stride 1, a convolution of dZ with the kernel turned
// by 180°. For other strides see stridedPass. Where it applies, Winograd's algorithm takes
// the place of all this.
type convolution[T gemm.Float] struct {
	Conv
	shape   Shape // of the result
	work    *workshop[T]
	scratch [][]T        // one for each goroutine
	turned  []T          // k × kO × C, the kernel for the gradient of the image
	partial []T          // sections × k × kC × O, sums of gradients of the weights
	quick   *winograd[T] // nil where it does not apply
}

// convPass is a pass over pieces of rows of the target or, with weights, over
// sections of the gradient of the weights.
type convPass[T gemm.Float] struct {
	stencil
	of          *convolution[T]
	dst, src, w []T
	transposed  bool // the columns of w are stored as kC × channels
	beta        T
	batch       int
	pieces      int // of a row of the target
	width       int // of a piece, in pixels
	weights     bool
}

// Do processes pieces, or sections.
func (p *convPass[T]) Do(from, to, worker int) {
	if p.weights {
		p.weightRows(from, to, worker)
	} else {
		p.imageRows(from, to, worker)
	}
}

// sections is the number of partial sums of the gradients of weights. It is the same
// for any number of goroutines, and so is the order of summation.
const sections = 8

func newConvolution[T gemm.Float](c *Conv, shape Shape, work *workshop[T]) *convolution[T] {
	conv := &convolution[T]{Conv: *c, shape: shape, work: work}
	conv.quick = newWinograd(conv)
	return conv
}

// stencil says which pixels of a source image a pixel of the target depends on: in
// every direction, pixel p depends on stride·p + i - pad for 0 ≤ i < size.
type stencil struct {
	from, to          Shape
	size, stride, pad int
}

func (c *convolution[T]) stencil() stencil {
	return stencil{from: c.In, to: c.shape, size: c.Kernel, stride: c.Stride, pad: c.Kernel / 2}
}

// turnedStencil is the stencil of the gradient of the image for stride 1.
func (c *convolution[T]) turnedStencil() stencil {
	return stencil{from: c.shape, to: c.In, size: c.Kernel, stride: 1, pad: c.Kernel - 1 - c.Kernel/2}
}

// forward computes Z = W z.
func (c *convolution[T]) forward(dst, src, w []T, b int) {
	if c.quick != nil {
		c.quick.image(dst, src, w, false, 0, b)
		return
	}
	c.run(convPass[T]{stencil: c.stencil(), dst: dst, src: src, w: w, batch: b})
}

// backward computes dz = β dz + the gradient of z, from the gradient of W z.
func (c *convolution[T]) backward(dz []T, beta T, dy, w []T, b int) {
	switch {
	case c.quick != nil:
		c.quick.image(dz, dy, w, true, beta, b)
		return
	case c.Stride > 1:
		c.backwardStrided(dz, beta, dy, w, b)
		return
	}
	k, channels, o := c.Kernel, c.In.Channels, c.shape.Channels
	if c.turned == nil {
		c.turned = make([]T, len(w))
	}
	for r := range o {
		for t := range k * k { // t = jk + i
			to := (k*k-1-t)*o + r
			copy(c.turned[to*channels:(to+1)*channels], w[(r*k*k+t)*channels:])
		}
	}
	c.run(convPass[T]{stencil: c.turnedStencil(), dst: dz, src: dy, w: c.turned, transposed: true, beta: beta, batch: b})
}

// backwardWeights computes the gradient of W from that of W z.
func (c *convolution[T]) backwardWeights(dw, dy, z []T, b int) {
	if c.quick != nil {
		c.quick.weights(dw, dy, z, b)
		return
	}
	if c.partial == nil {
		c.partial = make([]T, sections*len(dw))
	}
	c.run(convPass[T]{stencil: c.stencil(), dst: dy, src: z, batch: b, weights: true})
	total := c.partial[:len(dw)]
	for s := 1; s < sections; s++ {
		vec.Axpy(1, c.partial[s*len(dw):(s+1)*len(dw)], total)
	}
	o := c.shape.Channels
	cols := len(dw) / o
	for r := range o {
		for i := range cols {
			dw[r*cols+i] = total[i*o+r]
		}
	}
}

// blockBytes bounds the memory of a gathered block, which shares the L2 cache of a
// core with what the product reads and writes.
const blockBytes = 1 << 18

// run cuts the rows of the target into pieces and runs a pass over them.
func (c *convolution[T]) run(p convPass[T]) {
	var x T
	column := p.size * p.from.Channels * p.batch * int(unsafe.Sizeof(x))
	p.width = min(p.to.Width, max(1, blockBytes/column-p.size/2*2))
	p.pieces = (p.to.Width + p.width - 1) / p.width
	p.width = (p.to.Width + p.pieces - 1) / p.pieces
	p.of = c
	for len(c.scratch) < c.work.crew.Size() {
		c.scratch = append(c.scratch, nil)
	}
	tasks := p.to.Height * p.pieces
	if p.weights {
		tasks = sections
	}
	pass := c.work.convs.take(p)
	c.work.crew.Run(tasks, 1, pass)
	c.work.convs.give(pass)
}

// imageRows computes pieces of rows of the target.
func (p *convPass[T]) imageRows(from, to, worker int) {
	rows, o, area := p.size*p.from.Channels, p.to.Channels, p.to.area()*p.batch
	ldw := p.size * rows
	if p.transposed {
		ldw = o
	}
	for piece := from; piece < to; piece++ {
		y, x := piece/p.pieces, piece%p.pieces*p.width
		n := min(p.width, p.to.Width-x)
		g := p.gather(y, x, n, worker)
		dst := p.dst[(y*p.to.Width+x)*p.batch:]
		beta := p.beta
		for j := range p.size {
			w := p.w[j*rows:]
			if p.transposed {
				w = p.w[j*rows*o:]
			}
			gemm.Mul(p.transposed, false, o, n*p.batch, rows, 1, w, ldw, g.column(j), g.stride, beta, dst, area)
			beta = 1
		}
	}
}

// weightRows computes sections of the gradient of the weights: the sums over a
// share of the rows of the result.
func (p *convPass[T]) weightRows(from, to, worker int) {
	rows, o, area := p.size*p.from.Channels, p.to.Channels, p.to.area()*p.batch
	for s := from; s < to; s++ {
		partial := p.of.partial[s*p.size*rows*o : (s+1)*p.size*rows*o]
		clear(partial)
		last := (s + 1) * p.to.Height / sections * p.pieces
		for piece := s * p.to.Height / sections * p.pieces; piece < last; piece++ {
			y, x := piece/p.pieces, piece%p.pieces*p.width
			n := min(p.width, p.to.Width-x)
			g := p.gather(y, x, n, worker)
			dy := p.dst[(y*p.to.Width+x)*p.batch:]
			for j := range p.size {
				gemm.Mul(false, true, rows, o, n*p.batch, 1, g.column(j), g.stride, dy, area, 1, partial[j*rows*o:], o)
			}
		}
	}
}

// gathered is a block of pixels: the channels of size rows of the source. Each
// channel of each row is a row of the block. A row has one part per unit of stride,
// over which its pixels are distributed in turn.
type gathered[T gemm.Float] struct {
	data              []T
	stride            int // of a row of the block
	phases, part, one int // number and length of parts, length of a pixel
}

// column returns the block as seen by the j-th column of the kernel.
func (g gathered[T]) column(j int) []T { return g.data[j%g.phases*g.part+j/g.phases*g.one:] }

// gather copies the pixels on which the n pixels from x on in row y of the target
// depend.
func (p *convPass[T]) gather(y, x, n, worker int) gathered[T] {
	b := p.batch
	g := gathered[T]{phases: p.stride, part: (n + (p.size-1)/p.stride) * b, one: b}
	g.stride = p.stride*g.part + 16 // rows a power of two apart compete for the same cache sets
	rows := p.size * p.from.Channels
	scratch := p.of.scratch
	if len(scratch[worker]) < rows*g.stride {
		scratch[worker] = make([]T, rows*g.stride)
	}
	g.data = scratch[worker]
	for i := range p.size {
		sy := p.stride*y + i - p.pad
		for channel := range p.from.Channels {
			row := g.data[(i*p.from.Channels+channel)*g.stride:][:g.stride]
			if sy < 0 || sy >= p.from.Height {
				clear(row)
				continue
			}
			p.gatherRow(row, channel*p.from.Height+sy, x, g)
		}
	}
	return g
}

// gatherRow copies the pixels of one row of one channel, numbered consecutively
// through all channels of the source.
func (p *convPass[T]) gatherRow(dst []T, line, x int, g gathered[T]) {
	src := p.src[line*p.from.Width*g.one : (line+1)*p.from.Width*g.one]
	first := p.stride*x - p.pad
	for phase := range g.phases {
		part := dst[phase*g.part : (phase+1)*g.part]
		for u := 0; u < len(part); u += g.one {
			to := part[u : u+g.one]
			if q := first + u/g.one*p.stride + phase; q >= 0 && q < p.from.Width {
				copy(to, src[q*g.one:])
			} else {
				clear(to)
			}
		}
	}
}
