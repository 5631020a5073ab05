// Package glyphs draws digits from fonts, each distorted at random, as small
// grey images in the manner of scanned handwriting.
package glyphs

import (
	"image"
	"math"
	"math/rand/v2"

	"golang.org/x/image/vector"
)

// Size is the width and height of an image in pixels.
const Size = 28

// The sizes of the distortions at variation 1. They were chosen so that the
// images are about as hard for a linear classifier, and as spread out within
// the classes, as those of MNIST.
const (
	height      = 19.0 // of a digit, in pixels
	scaleSpread = 0.06 // standard deviation of the logarithm of the height
	widthSpread = 0.14 // the same for the width relative to the height
	rotation    = 0.11 // standard deviation in radians
	shear       = 0.20 // standard deviation of dx/dy
	shift       = 0.5  // standard deviation in pixels
	wobble      = 0.8  // standard deviation of the bending in pixels
	noise       = 0.03 // standard deviation of the grey value, white being 1
)

// Draw draws a digit, 0 to 9, into dst, which has length Size², with random
// distortions from rnd whose size is proportional to variation. The background is 0
// and the ink up to 255. It returns the index in Faces of the font, which is random.
func Draw(dst []uint8, digit int, variation float64, rnd *rand.Rand) (face int) {
	all := outlines()
	face = rnd.IntN(len(all))
	glyph := all[face][digit]
	ink := rasterize(glyph, newWarp(variation, rnd))
	ink = blur(ink, 0.45+0.35*rnd.Float64())
	// A gain above 1 with a random threshold makes the blurred strokes thicker or
	// thinner with soft edges, like different pens.
	threshold := 0.12 + variation*0.10*(2*rnd.Float64()-1)
	for i, v := range ink {
		v = 1.6*(v-threshold) + variation*noise*rnd.NormFloat64()
		dst[i] = uint8(math.Round(255 * min(max(v, 0), 1)))
	}
	return face
}

// warp is a random affine map followed by a smooth bending.
type warp struct {
	xx, xy, yx, yy, dx, dy float64
	waves                  [3]wave
}

// wave is a displacement of the plane along (ax, ay) that varies as a sine with
// the phase kx·x + ky·y + phase.
type wave struct{ ax, ay, kx, ky, phase float64 }

func newWarp(variation float64, rnd *rand.Rand) warp {
	normal := func(std float64) float64 { return variation * std * rnd.NormFloat64() }
	h := height * math.Exp(normal(scaleSpread))
	w := h * math.Exp(normal(widthSpread))
	sin, cos := math.Sincos(normal(rotation))
	lean := normal(shear)
	m := warp{
		xx: w * cos, xy: h * (lean*cos - sin),
		yx: w * sin, yy: h * (lean*sin + cos),
		dx: Size/2 + normal(shift), dy: Size/2 + normal(shift),
	}
	for i := range m.waves {
		// Half a period to one period over the height of the digit, so that strokes
		// bend but do not ripple.
		k := math.Pi * (1 + rnd.Float64()) / height
		ksin, kcos := math.Sincos(2 * math.Pi * rnd.Float64())
		// A sine has variance 1/2, and the variances of the waves add up.
		std := wobble * math.Sqrt(2/float64(len(m.waves)))
		m.waves[i] = wave{
			ax: normal(std), ay: normal(std),
			kx: k * kcos, ky: k * ksin,
			phase: 2 * math.Pi * rnd.Float64(),
		}
	}
	return m
}

func (m *warp) apply(p point) point {
	q := point{m.xx*p.x + m.xy*p.y + m.dx, m.yx*p.x + m.yy*p.y + m.dy}
	out := q
	for _, w := range m.waves {
		s := math.Sin(w.kx*q.x + w.ky*q.y + w.phase)
		out.x += w.ax * s
		out.y += w.ay * s
	}
	return out
}

// rasterize returns the share of every pixel that the warped glyph covers.
func rasterize(glyph outline, m warp) []float64 {
	z := vector.NewRasterizer(Size, Size)
	for _, contour := range glyph {
		for i, p := range contour {
			q := m.apply(p)
			if i == 0 {
				z.MoveTo(float32(q.x), float32(q.y))
			} else {
				z.LineTo(float32(q.x), float32(q.y))
			}
		}
		z.ClosePath()
	}
	mask := image.NewAlpha(image.Rect(0, 0, Size, Size))
	z.Draw(mask, mask.Bounds(), image.Opaque, image.Point{})
	ink := make([]float64, Size*Size)
	for i, a := range mask.Pix {
		ink[i] = float64(a) / 255
	}
	return ink
}

// blur convolves an image with a Gaussian of the given standard deviation in
// pixels, up to about 1; pixels outside the image count as empty.
func blur(img []float64, std float64) []float64 {
	const radius = 3
	var kernel [2*radius + 1]float64
	var sum float64
	for i := range kernel {
		d := float64(i-radius) / std
		kernel[i] = math.Exp(-d * d / 2)
		sum += kernel[i]
	}
	for range 2 { // along rows; both passes transpose, so the second is along columns
		out := make([]float64, len(img))
		for y := range Size {
			for x := range Size {
				var v float64
				for i, weight := range kernel {
					if j := x + i - radius; j >= 0 && j < Size {
						v += weight * img[y*Size+j]
					}
				}
				out[x*Size+y] = v / sum
			}
		}
		img = out
	}
	return img
}
