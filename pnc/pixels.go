package pnc

import (
	"fmt"

	"pnclab/pnc/internal/vec"
)

// pixelSamples stores images as bytes, one sample after the other, and
// normalises them when they are read: value = scale[c]·byte + offset[c] for the
// channel c of the pixel. Channels are stored one after the other within an
// image (all red pixels, then all green, then all blue).
type pixelSamples struct {
	bytes         []uint8
	shape         Shape
	scale, offset []float64 // one a channel
}

func newPixelSamples(bytes []uint8, shape Shape) pixelSamples {
	if shape.Dim() <= 0 || len(bytes)%shape.Dim() != 0 {
		panic(fmt.Sprintf("pnc: %d bytes are no images of %v values", len(bytes), shape))
	}
	p := pixelSamples{bytes: bytes, shape: shape}
	for range shape.Channels {
		p.scale = append(p.scale, 1./255)
		p.offset = append(p.offset, 0)
	}
	return p
}

func (p pixelSamples) dims() (n, d int) { return len(p.bytes) / p.shape.Dim(), p.shape.Dim() }

// image returns the bytes of sample i.
func (p pixelSamples) image(i int) []uint8 {
	dim := p.shape.Dim()
	return p.bytes[i*dim : (i+1)*dim]
}

func (p pixelSamples) row(dst []float64, i int)   { normalizePixels(dst, p, i) }
func (p pixelSamples) row32(dst []float32, i int) { normalizePixels(dst, p, i) }

func normalizePixels[T float32 | float64](dst []T, p pixelSamples, i int) {
	img, area := p.image(i), p.shape.area()
	for c := range p.shape.Channels {
		scale, offset := T(p.scale[c]), T(p.offset[c])
		vec.FromBytes(dst[c*area:(c+1)*area], img[c*area:(c+1)*area], scale, offset)
	}
}

func (p pixelSamples) subset(index []int) samples {
	q := p
	q.bytes = make([]uint8, 0, len(index)*p.shape.Dim())
	for _, i := range index {
		q.bytes = append(q.bytes, p.image(i)...)
	}
	return q
}
