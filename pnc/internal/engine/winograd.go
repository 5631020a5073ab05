//go:build !js

package engine

import (
	"unsafe"

	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// winograd computes convolutions with a kernel of 3×3 and stride 1, and their gradients,
// by Winograd's algorithm F(4×4, 3×3), see [vec.WinogradInput]: a quarter of the
// multiplications. Tiles of 6×6 pixels of the image, for each channel, are turned into 36
// planes,
//
//	V_t[c, columns]   t < 36, one column per tile and sample
//
// and Z's tiles of 4×4 pixels follow from the products U_t V_t with the transformed
// kernels U_t, O×C. The gradient of the image is a convolution of dZ with the kernel
// turned by 180°. That of the weights follows, with the planes of dZ, from
//
//	dU_t = Σ_columns dZ_t V_tᵀ
//
// Tiles reach beyond the image where its sides are no multiples of 4. A pixel that is not
// finite makes all pixels of its tiles NaN or infinite.
//
// The columns are cut into blocks whose planes stay in the cache, so that nothing but
// images is read from memory, and only once.
type winograd[T gemm.Float] struct {
	*convolution[T]
	down, across int // tiles
	ld           int // of the rows of U_t
}

// winogradSide is the side of the tiles of the result. Those of the image overlap by two.
const winogradSide = 4

// planes is the number of planes.
const planes = (winogradSide + 2) * (winogradSide + 2)

// newWinograd returns the algorithm for a convolution, or nil if it does not apply or
// does not pay.
func newWinograd[T gemm.Float](c *convolution[T]) *winograd[T] {
	if c.Kernel != 3 || c.Stride != 1 {
		return nil
	}
	tiles := func(n int) int { return (n + winogradSide - 1) / winogradSide }
	return &winograd[T]{convolution: c, down: tiles(c.In.Height), across: tiles(c.In.Width), ld: gemm.Stride[T](c.In.Channels)}
}

// step returns the distance between two U_t.
func (w *winograd[T]) step() int { return w.shape.Channels * w.ld }

// winogradPass is one of the passes of the algorithm.
type winogradPass[T gemm.Float] struct {
	of       *winograd[T]
	do       winogradTask
	dst, src []T
	w        []T
	turned   bool // w are the weights of the gradient of the image
	beta     T
	batch    int
	from, to Shape // of src and dst
	blocks   blocks
	sections int
}

// winogradTask says what a pass does.
type winogradTask int

const (
	kernelRows       winogradTask = iota // transform rows of W
	imageBlocks                          // convolve blocks of columns
	gradientSections                     // add up the gradient of U over blocks of columns
	gradientPlanes                       // add up its sections
	gradientRows                         // transform rows of it back to the gradient of W
)

// Do performs tasks.
func (p *winogradPass[T]) Do(from, to, worker int) {
	for i := from; i < to; i++ {
		switch p.do {
		case kernelRows:
			p.kernelRow(i, p.of.work.scratch[worker])
		case imageBlocks:
			p.imageBlock(i, p.of.work.scratch[worker])
		case gradientSections:
			p.gradientSection(i, p.of.work.scratch[worker])
		case gradientPlanes:
			p.addSections(i)
		case gradientRows:
			p.gradientRow(i, p.of.work.scratch[worker])
		}
	}
}

// blocks cuts the columns of planes into blocks of a few tiles and samples.
type blocks struct {
	tiles, perBlock int // all, and those of a block
	batch, samples  int // all, and those of a block
}

// blocksOf returns blocks of about the given number of columns.
func (w *winograd[T]) blocksOf(batch, columns int) blocks {
	b := blocks{tiles: w.down * w.across, batch: batch}
	parts := (batch + columns - 1) / columns
	b.samples = (batch + parts - 1) / parts
	b.perBlock = min(b.tiles, max(1, columns/b.samples))
	return b
}

// count returns the number of blocks.
func (b *blocks) count() int { return b.groups() * ((b.batch + b.samples - 1) / b.samples) }

// groups returns the number of groups of tiles.
func (b *blocks) groups() int { return (b.tiles + b.perBlock - 1) / b.perBlock }

// block returns tiles [tile,tile+tiles) and samples [sample,sample+samples) of block i.
func (b *blocks) block(i int) (tile, tiles, sample, samples int) {
	tile, sample = i%b.groups()*b.perBlock, i/b.groups()*b.samples
	return tile, min(b.perBlock, b.tiles-tile), sample, min(b.samples, b.batch-sample)
}

// planeBytes bounds the memory of the planes of a block, as far as there are enough
// columns for the products to be fast.
const planeBytes, fewestColumns = 3 << 18, 64

// columnsFor returns the number of columns of a block for planes with the given number
// of rows in all.
func columnsFor[T gemm.Float](rows int) int {
	var x T
	return max(fewestColumns, planeBytes/(planes*rows*int(unsafe.Sizeof(x))))
}

func (w *winograd[T]) run(n, grain int, p winogradPass[T]) {
	p.of = w
	pass := w.work.winograds.take(p)
	w.work.crew.Run(n, grain, pass)
	w.work.winograds.give(pass)
}

// image computes dst = β dst + the convolution of src, an image of the result if turned
// is set.
func (w *winograd[T]) image(dst, src, weights []T, turned bool, beta T, b int) {
	w.work.kernels = grown(w.work.kernels, planes*w.step())
	w.work.room()
	w.run(w.shape.Channels, 4, winogradPass[T]{do: kernelRows, w: weights, turned: turned})
	p := winogradPass[T]{do: imageBlocks, dst: dst, src: src, turned: turned, beta: beta, batch: b, from: w.In, to: w.shape}
	if turned {
		p.from, p.to = p.to, p.from
	}
	p.blocks = w.blocksOf(b, columnsFor[T](w.In.Channels+w.shape.Channels))
	w.run(p.blocks.count(), 1, p)
}

// weights computes the gradient dw from that of the result, dy, and the image z.
func (w *winograd[T]) weights(dw, dy, z []T, b int) {
	size := planes * w.step()
	p := winogradPass[T]{do: gradientSections, dst: dy, src: z, batch: b, from: w.In, to: w.shape}
	p.blocks = w.blocksOf(b, columnsFor[T](w.In.Channels+w.shape.Channels))
	p.sections = min(sections, p.blocks.count())
	w.work.partial = grown(w.work.partial, p.sections*size)
	w.work.room()
	w.run(p.sections, 1, p)
	if p.sections > 1 {
		w.run(planes, 1, winogradPass[T]{do: gradientPlanes, sections: p.sections})
	}
	w.run(w.shape.Channels, 4, winogradPass[T]{do: gradientRows, dst: dw})
}

// kernelRow transforms row o of the weights, U = G g Gᵀ.
func (p *winogradPass[T]) kernelRow(o int, s *scratch[T]) {
	w := p.of
	channels, step := w.In.Channels, w.step()
	row := p.w[o*9*channels : (o+1)*9*channels]
	for i := range 3 {
		for j := range 3 {
			from := (3*j + i) * channels
			if p.turned {
				from = 8*channels - from
			}
			s.tile.kernel[3*i+j] = &row[from]
		}
	}
	vec.WinogradKernel(w.work.kernels[o*w.ld:], step, &s.tile.kernel, channels)
}

// addSections adds the sections of plane t of the gradient of U.
func (p *winogradPass[T]) addSections(t int) {
	w := p.of
	step := w.step()
	size := planes * step
	total := w.work.partial[t*step : (t+1)*step]
	for i := 1; i < p.sections; i++ {
		vec.Axpy(1, w.work.partial[i*size+t*step:][:step], total)
	}
}

// gradientRow computes row o of the gradient of W, Gᵀ dU G.
func (p *winogradPass[T]) gradientRow(o int, s *scratch[T]) {
	w := p.of
	channels := w.In.Channels
	dw := p.dst[o*9*channels : (o+1)*9*channels]
	for i := range 3 {
		for j := range 3 {
			s.tile.kernel[3*i+j] = &dw[(3*j+i)*channels]
		}
	}
	vec.WinogradKernelGradient(&s.tile.kernel, w.work.partial[o*w.ld:], w.step(), channels)
}

// winogradTile is what a goroutine needs for the tiles of a block, beside the planes.
type winogradTile[T gemm.Float] struct {
	blank  []T // zeros outside the image
	waste  []T // what is computed outside the image
	pixels vec.Pixels36[T]
	square vec.Pixels16[T]
	kernel vec.Pixels9[T]
	where  [planes]int
	ld     int // of the rows of planes
}

// reserve provides memory for blocks of some columns of at most a batch of samples, and
// planes of the given numbers of rows.
func (s *scratch[T]) reserve(columns, batch, rowsV, rowsM int) (stepV, stepM int) {
	width := gemm.Columns[T]()
	s.tile.ld = (columns+width-1)/width*width + 16 // room for the excess, and no power of two
	stepV, stepM = rowsV*s.tile.ld+16, rowsM*s.tile.ld+16
	s.v = grown(s.v, planes*stepV)
	s.m = grown(s.m, planes*stepM)
	s.tile.blank, s.tile.waste = grown(s.tile.blank, batch), grown(s.tile.waste, batch)
	return stepV, stepM
}

// imageBlock convolves a block of columns.
func (p *winogradPass[T]) imageBlock(i int, s *scratch[T]) {
	w := p.of
	tile, tiles, sample, n := p.blocks.block(i)
	stepV, stepM := s.reserve(tiles*n, n, p.from.Channels, p.to.Channels)
	p.input(s, stepV, tile, tiles, sample, n)
	width := gemm.Columns[T]()
	columns := (tiles*n + width - 1) / width * width
	gemm.MulStacks(p.turned, planes, p.to.Channels, columns, p.from.Channels,
		gemm.Stack[T]{Data: w.work.kernels, LD: w.ld, Step: w.step()},
		gemm.Stack[T]{Data: s.v, LD: s.tile.ld, Step: stepV}, gemm.Stack[T]{Data: s.m, LD: s.tile.ld, Step: stepM})
	for q := range tiles {
		p.locate(s, p.to, tile+q, 4, 0)
		for o := range p.to.Channels {
			base := o*p.to.area()*p.batch + sample
			for k, at := range s.tile.where[:16] {
				if at < 0 {
					s.tile.square[k] = &s.tile.waste[0]
				} else {
					s.tile.square[k] = &p.dst[base+at]
				}
			}
			vec.WinogradOutput(&s.tile.square, s.m[o*s.tile.ld+q*n:], stepM, p.beta, n, p.ahead(p.to, o, q, tiles))
		}
	}
}

// input computes the planes of the image.
func (p *winogradPass[T]) input(s *scratch[T], step, tile, tiles, sample, n int) {
	for q := range tiles {
		p.locate(s, p.from, tile+q, 6, -1)
		for c := range p.from.Channels {
			base := c*p.from.area()*p.batch + sample
			for k, at := range s.tile.where {
				if at < 0 {
					s.tile.pixels[k] = &s.tile.blank[0]
				} else {
					s.tile.pixels[k] = &p.src[base+at]
				}
			}
			vec.WinogradInput(s.v[c*s.tile.ld+q*n:], step, &s.tile.pixels, n, p.ahead(p.from, c, q, tiles))
		}
	}
}

// ahead returns the distance from a tile of a channel of an image to the one that is
// processed next.
func (p *winogradPass[T]) ahead(of Shape, channel, tile, tiles int) int {
	switch next := of.area() * p.batch; {
	case channel+1 < of.Channels:
		return next
	case tile+1 < tiles:
		return winogradSide*p.batch - channel*next
	}
	return 0
}

// locate writes the indices of the side×side pixels of a tile of an image to where, or
// -1 for those outside.
func (p *winogradPass[T]) locate(s *scratch[T], of Shape, tile, side, shift int) {
	y0, x0 := tile/p.of.across*winogradSide+shift, tile%p.of.across*winogradSide+shift
	for i := range side {
		for j := range side {
			y, x := y0+i, x0+j
			at := -1
			if y >= 0 && x >= 0 && y < of.Height && x < of.Width {
				at = (y*of.Width + x) * p.batch
			}
			s.tile.where[i*side+j] = at
		}
	}
}

// gradientSection adds up dU over a share of the blocks.
func (p *winogradPass[T]) gradientSection(section int, s *scratch[T]) {
	w := p.of
	outs, channels := w.shape.Channels, w.In.Channels
	size := planes * w.step()
	partial := w.work.partial[section*size : (section+1)*size]
	count := p.blocks.count()
	first := section * count / p.sections
	for i := first; i < (section+1)*count/p.sections; i++ {
		tile, tiles, sample, n := p.blocks.block(i)
		stepV, stepM := s.reserve(tiles*n, n, channels, outs)
		p.input(s, stepV, tile, tiles, sample, n)
		for q := range tiles {
			p.locate(s, p.to, tile+q, 4, 0)
			for o := range outs {
				base := o*p.to.area()*p.batch + sample
				for k, at := range s.tile.where[:16] {
					if at < 0 {
						s.tile.square[k] = &s.tile.blank[0]
					} else {
						s.tile.square[k] = &p.dst[base+at]
					}
				}
				vec.WinogradGradient(s.m[o*s.tile.ld+q*n:], stepM, &s.tile.square, n, p.ahead(p.to, o, q, tiles))
			}
		}
		var beta T = 1
		if i == first {
			beta = 0
		}
		for t := range planes {
			gemm.Mul(false, true, outs, channels, tiles*n, 1, s.m[t*stepM:], s.tile.ld, s.v[t*stepV:], s.tile.ld, beta, partial[t*w.step():], w.ld)
		}
	}
}
