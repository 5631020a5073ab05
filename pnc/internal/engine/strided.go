package engine

import (
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// stridedPass computes the gradient of the image of a convolution with Stride > 1. A
// pixel of the image at row sy + i - k/2, for the row y of the result and of the kernel i,
// depends on every s-th row of the kernel only, and likewise for columns. So the pixels
// of a row fall into s classes, and those of a class receive
//
//	dz[class] = Σ_{i,j} W_ijᵀ dy[row y, columns of the class]
//
// from the few i and j that reach them. Columns of dy lie side by side; dz's are computed
// side by side and then distributed.
type stridedPass[T gemm.Float] struct {
	of        *convolution[T]
	dz, dy, w []T
	beta      T
	batch     int
}

// backwardStrided computes dz = β dz + the gradient of z, from the gradient of W z.
func (c *convolution[T]) backwardStrided(dz []T, beta T, dy, w []T, b int) {
	c.work.room()
	pass := c.work.strideds.take(stridedPass[T]{c, dz, dy, w, beta, b})
	c.work.crew.Run(c.In.Height*c.Stride, 1, pass)
	c.work.strideds.give(pass)
}

// Do processes classes of pixels of rows.
func (p *stridedPass[T]) Do(from, to, worker int) {
	s := p.of.Stride
	for i := from; i < to; i++ {
		p.class(i/s, i%s, p.of.work.scratch[worker])
	}
}

// class computes the pixels first, first+s, ... of row y of the image.
func (p *stridedPass[T]) class(y, first int, memory *scratch[T]) {
	c, b := p.of, p.batch
	k, s, channels, outs := c.Kernel, c.Stride, c.In.Channels, c.shape.Channels
	n := (c.In.Width - first + s - 1) / s
	if n <= 0 {
		return
	}
	ld := n*b + 16
	memory.v = grown(memory.v, channels*ld)
	sum := memory.v[:channels*ld]
	clear(sum)
	for i := range k {
		row, ok := reached(y+k/2-i, s, c.shape.Height)
		if !ok {
			continue
		}
		for j := range k {
			// Pixel first + s q depends on column (first + k/2 - j)/s + q of dy.
			shift := first + k/2 - j
			if shift%s != 0 {
				continue
			}
			shift /= s
			q0, q1 := max(0, -shift), min(n, c.shape.Width-shift)
			if q0 >= q1 {
				continue
			}
			gemm.Mul(true, false, channels, (q1-q0)*b, outs, 1, p.w[(j*k+i)*channels:], k*k*channels,
				p.dy[(row*c.shape.Width+q0+shift)*b:], c.shape.area()*b, 1, sum[q0*b:], ld)
		}
	}
	for channel := range channels {
		for q := range n {
			to := p.dz[((channel*c.In.Height+y)*c.In.Width+first+s*q)*b:][:b]
			from := sum[channel*ld+q*b:][:b]
			if p.beta == 0 {
				copy(to, from)
				continue
			}
			if p.beta != 1 {
				vec.Scale(p.beta, to)
			}
			vec.Axpy(1, from, to)
		}
	}
}

// reached returns the pixel of the result, along an axis of n pixels, for position q of the
// image, of which those that are multiples of the stride belong to a pixel.
func reached(q, stride, n int) (pixel int, ok bool) {
	if q < 0 || q%stride != 0 || q/stride >= n {
		return 0, false
	}
	return q / stride, true
}
