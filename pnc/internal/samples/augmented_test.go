package samples

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestAugmented moves images pixel by pixel, beyond their borders too.
func TestAugmented(t *testing.T) {
	const seed, n, channels, height, width = 5, 3, 2, 5, 7
	rnd := rand.New(rand.NewPCG(seed, 0))
	bytes := make([]uint8, n*channels*height*width)
	for i := range bytes {
		bytes[i] = uint8(rnd.IntN(256))
	}
	p := NewPixels(bytes, channels, height, width).Normalized([]float64{0.4, 0.5}, []float64{0.2, 0.25})
	a := NewAugmented(p)
	_, d := p.Dims()
	source, got, got32 := make([]float64, d), make([]float64, d), make([]float32, d)
	for down := int16(-6); down <= 6; down++ {
		for right := int16(-9); right <= 9; right++ {
			for _, mirror := range []bool{false, true} {
				i := rnd.IntN(n)
				m := Move{down, right, mirror}
				a.Set(i, m)
				p.Row(source, i)
				a.Row(got, i)
				a.Row32(got32, i)
				for c := range channels {
					for y := range height {
						for x := range width {
							sx := x
							if mirror {
								sx = width - 1 - x
							}
							sx, sy := sx-int(right), y-int(down)
							want := []float64{-0.4 / 0.2, -0.5 / 0.25}[c] // black
							if sx >= 0 && sx < width && sy >= 0 && sy < height {
								want = source[(c*height+sy)*width+sx]
							}
							// A product of at most 5 less an offset of at most 2, whose
							// product is rounded or not, depending on where a row begins:
							// less than 7ε. In float32 the factors are rounded as well.
							at := (c*height+y)*width + x
							if math.Abs(got[at]-want) > 7*0x1p-52 || math.Abs(float64(got32[at])-want) > 3*7*0x1p-23 {
								t.Fatalf("seed %d: image %d, move %+v: pixel %d %d %d is %v and %v, want %v", seed, i, m, c, y, x, got[at], got32[at], want)
							}
						}
					}
				}
			}
		}
	}
}
