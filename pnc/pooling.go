package pnc

import (
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// pooling computes a [Pool] and its gradient in an engine.
type pooling[T gemm.Float] struct {
	Pool
	from, to Shape
	crew     *crew
	pass     struct {
		a, y, da, dy []T
		batch        int
	}
	task struct{ forward, backward func(from, to, worker int) }
}

func newPooling[T gemm.Float](p *Pool, from Shape) *pooling[T] {
	return &pooling[T]{Pool: *p, from: from, to: p.out(from)}
}

// setUp prepares the pooling for passes by a crew.
func (p *pooling[T]) setUp(crew *crew) {
	p.crew = crew
	p.task.forward, p.task.backward = p.forwardLines, p.backwardLines
}

// forward computes a, the smaller images, from y.
func (p *pooling[T]) forward(a, y []T, b int) {
	p.pass.a, p.pass.y, p.pass.batch = a, y, b
	p.run(p.task.forward)
}

// backward computes dy, the gradient of y, from da, that of the result a, which it
// overwrites. Of equal largest values, the first has the gradient.
func (p *pooling[T]) backward(dy, da, y, a []T, b int) {
	p.pass.dy, p.pass.da, p.pass.y, p.pass.a, p.pass.batch = dy, da, y, a, b
	p.run(p.task.backward)
}

// run calls task for all rows of the smaller images, of all channels.
func (p *pooling[T]) run(task func(from, to, worker int)) {
	p.crew.run(p.to.Channels*p.to.Height, grainFor(p.Height*p.from.Width*p.pass.batch), task)
}

// pixel returns pixel x of a row, counted through all channels, of images of the
// given width.
func (p *pooling[T]) pixel(images []T, width, row, x int) []T {
	b := p.pass.batch
	return images[(row*width+x)*b : (row*width+x+1)*b]
}

func (p *pooling[T]) forwardLines(from, to, _ int) {
	for row := from; row < to; row++ {
		for x := range p.to.Width {
			a := p.pixel(p.pass.a, p.to.Width, row, x)
			for i := range p.Height * p.Width {
				y := p.pixel(p.pass.y, p.from.Width, row*p.Height+i/p.Width, x*p.Width+i%p.Width)
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
}

func (p *pooling[T]) backwardLines(from, to, _ int) {
	for row := from; row < to; row++ {
		for x := range p.to.Width {
			da, a := p.pixel(p.pass.da, p.to.Width, row, x), p.pixel(p.pass.a, p.to.Width, row, x)
			if !p.Max {
				vec.Scale(1/T(p.Height*p.Width), da)
			}
			for i := range p.Height * p.Width {
				line, column := row*p.Height+i/p.Width, x*p.Width+i%p.Width
				dy := p.pixel(p.pass.dy, p.from.Width, line, column)
				if p.Max {
					vec.LargerBackward(dy, da, p.pixel(p.pass.y, p.from.Width, line, column), a)
				} else {
					copy(dy, da)
				}
			}
		}
	}
}
