package samples

import (
	"fmt"
	"hash"
	"math"

	"pnclab/pnc/internal/vec"
)

// Pixels stores images as bytes, one sample after the other, and normalises them
// when they are read: value = scale[c]·byte + offset[c] for the channel c of the
// pixel. Channels are stored one after the other within an image (all red pixels,
// then all green, then all blue).
type Pixels struct {
	bytes                   []uint8
	channels, height, width int
	scale, offset           []float64 // one per channel
}

// NewPixels returns images of channels×height×width values in 0..1. It panics if the
// bytes are not a whole number of images.
func NewPixels(bytes []uint8, channels, height, width int) Pixels {
	p := Pixels{bytes: bytes, channels: channels, height: height, width: width}
	if d := channels * p.area(); d <= 0 || len(bytes)%d != 0 {
		panic(fmt.Sprintf("pnc: %d bytes are not a whole number of images of %d×%d×%d values", len(bytes), channels, height, width))
	}
	for range channels {
		p.scale = append(p.scale, 1./255)
		p.offset = append(p.offset, 0)
	}
	return p
}

// Shape returns the shape of an image.
func (p Pixels) Shape() (channels, height, width int) { return p.channels, p.height, p.width }

// area returns the number of pixels of a channel.
func (p Pixels) area() int { return p.height * p.width }

// Bytes returns the bytes of all images, which must not be modified.
func (p Pixels) Bytes() []uint8 { return p.bytes }

// Dims returns the number of images and of values in each.
func (p Pixels) Dims() (n, d int) {
	d = p.channels * p.area()
	return len(p.bytes) / d, d
}

// image returns the bytes of image i.
func (p Pixels) image(i int) []uint8 {
	_, d := p.Dims()
	return p.bytes[i*d : (i+1)*d]
}

// Row writes the values of image i to dst.
func (p Pixels) Row(dst []float64, i int) { normalize(dst, p, i) }

// Row32 writes the values of image i to dst.
func (p Pixels) Row32(dst []float32, i int) { normalize(dst, p, i) }

func normalize[T float32 | float64](dst []T, p Pixels, i int) {
	img, area := p.image(i), p.area()
	for c := range p.channels {
		scale, offset := T(p.scale[c]), T(p.offset[c])
		vec.FromBytes(dst[c*area:(c+1)*area], img[c*area:(c+1)*area], scale, offset)
	}
}

// Subset returns a copy of the images with the given indices.
func (p Pixels) Subset(index []int) Set {
	_, d := p.Dims()
	q := p
	q.bytes = make([]uint8, 0, len(index)*d)
	for _, i := range index {
		q.bytes = append(q.bytes, p.image(i)...)
	}
	return q
}

// Standardized returns the images with mean 0 and, unless it is constant, variance 1
// in every channel. The sums are over integers and exact.
func (p Pixels) Standardized() Pixels {
	q := p
	q.scale, q.offset = make([]float64, p.channels), make([]float64, p.channels)
	n, _ := p.Dims()
	area := p.area()
	for c := range p.channels {
		var sum, squares uint64
		for i := range n {
			for _, b := range p.image(i)[c*area : (c+1)*area] {
				sum += uint64(b)
				squares += uint64(b) * uint64(b)
			}
		}
		count := float64(n * area)
		mean := float64(sum) / count
		std := math.Sqrt(max(0, float64(squares)/count-mean*mean))
		if std == 0 {
			std = 1
		}
		q.scale[c], q.offset[c] = 1/std, -mean/std
	}
	return q
}

// Normalized returns the images with (v - mean[c])/std[c] for the values v in 0..1 of
// channel c.
func (p Pixels) Normalized(mean, std []float64) Pixels {
	q := p
	q.scale, q.offset = make([]float64, p.channels), make([]float64, p.channels)
	for c := range p.channels {
		q.scale[c], q.offset[c] = 1/(255*std[c]), -mean[c]/std[c]
	}
	return q
}

// Hash writes all images and how they are normalised to h.
func (p Pixels) Hash(h hash.Hash) {
	hashHeader(h, "pixels", p.channels, p.height, p.width)
	hashFloats(h, p.scale)
	hashFloats(h, p.offset)
	h.Write(p.bytes)
}
