package engine

import (
	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// pooling computes a [Pool] and its gradient.
type pooling[T gemm.Float] struct {
	Pool
	from, to Shape
	work     *workshop[T]
}

func newPooling[T gemm.Float](p *Pool, from Shape, work *workshop[T]) *pooling[T] {
	return &pooling[T]{Pool: *p, from: from, to: p.out(from), work: work}
}

// forward computes a, the smaller images, from y.
func (p *pooling[T]) forward(a, y []T, b int) {
	p.run(poolPass[T]{pooling: p, a: a, y: y, batch: b})
}

// backward computes dy, the gradient of y, from da, that of the result a, which it
// overwrites. Of equal largest values, the first receives the gradient.
func (p *pooling[T]) backward(dy, da, y, a []T, b int) {
	p.run(poolPass[T]{pooling: p, a: a, y: y, da: da, dy: dy, batch: b})
}

// run runs a pass over all rows of the smaller images of all channels.
func (p *pooling[T]) run(v poolPass[T]) {
	pass := p.work.pools.take(v)
	p.work.crew.Run(p.to.Channels*p.to.Height, crew.Grain(p.Height*p.from.Width*v.batch), pass)
	p.work.pools.give(pass)
}

// poolPass is a pass forward or, with da, backward.
type poolPass[T gemm.Float] struct {
	*pooling[T]
	a, y, da, dy []T
	batch        int
}

// Do processes rows of the smaller images.
func (p *poolPass[T]) Do(from, to, _ int) {
	for row := from; row < to; row++ {
		if p.da == nil {
			p.forwardRow(row)
		} else {
			p.backwardRow(row)
		}
	}
}

// pixel returns pixel x of a row of images of the given width; rows are numbered
// consecutively through all channels.
func (p *poolPass[T]) pixel(images []T, width, row, x int) []T {
	return images[(row*width+x)*p.batch : (row*width+x+1)*p.batch]
}

// source returns the i-th pixel of those reduced to pixel x of a row.
func (p *poolPass[T]) source(images []T, row, x, i int) []T {
	return p.pixel(images, p.from.Width, row*p.Height+i/p.Width, x*p.Width+i%p.Width)
}

func (p *poolPass[T]) forwardRow(row int) {
	for x := range p.to.Width {
		a := p.pixel(p.a, p.to.Width, row, x)
		for i := range p.Height * p.Width {
			y := p.source(p.y, row, x, i)
			switch {
			case i == 0:
				copy(a, y)
			case p.Max:
				vec.Larger(a, y)
			default:
				vec.Axpy(1, y, a)
			}
		}
		if !p.Max {
			vec.Scale(1/T(p.Height*p.Width), a)
		}
	}
}

func (p *poolPass[T]) backwardRow(row int) {
	for x := range p.to.Width {
		da, a := p.pixel(p.da, p.to.Width, row, x), p.pixel(p.a, p.to.Width, row, x)
		if !p.Max {
			vec.Scale(1/T(p.Height*p.Width), da)
		}
		for i := range p.Height * p.Width {
			dy := p.source(p.dy, row, x, i)
			if p.Max {
				vec.LargerBackward(dy, da, p.source(p.y, row, x, i), a)
			} else {
				copy(dy, da)
			}
		}
	}
}
