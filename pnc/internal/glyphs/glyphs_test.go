package glyphs

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

func TestOutlines(t *testing.T) {
	for i, digits := range outlines() {
		for digit, o := range digits {
			lo, hi := math.Inf(1), math.Inf(-1)
			for _, contour := range o {
				if first, last := contour[0], contour[len(contour)-1]; math.Hypot(first.x-last.x, first.y-last.y) > 0.5 {
					t.Errorf("face %d, digit %d: a contour is open", i, digit)
				}
				for _, p := range contour {
					lo, hi = min(lo, p.y), max(hi, p.y)
				}
			}
			if math.Abs(lo+0.5) > 1e-12 || math.Abs(hi-0.5) > 1e-12 {
				t.Errorf("face %d, digit %d: height from %v to %v, want -0.5 to 0.5", i, digit, lo, hi)
			}
		}
	}
}

// The images are those that versions up to 0.4 drew with the fonts themselves. Where
// the compiler fuses multiplications and additions, last bits are others.
func TestSameImages(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "wasm" {
		t.Skip("the digest is of amd64 without fused operations")
	}
	h := sha256.New()
	rnd := rand.New(rand.NewPCG(5, 6))
	var img [Size * Size]uint8
	for i := range 2000 {
		Draw(img[:], i%10, 1, rnd)
		h.Write(img[:])
	}
	const want = "4e630b56bffe341245e4c833f653f4b9b817898d656545c7c282524b940f6963"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}

// Without variation a digit fills the height it is meant to have, up to what
// the blur adds, and is in the middle.
func TestDrawPlain(t *testing.T) {
	var img [Size * Size]uint8
	for digit := range 10 {
		Draw(img[:], digit, 0, rand.New(rand.NewPCG(1, uint64(digit))))
		top, bottom := Size, 0
		for i, v := range img {
			if v > 127 {
				top, bottom = min(top, i/Size), max(bottom, i/Size)
			}
		}
		if h := float64(bottom - top + 1); math.Abs(h-height) > 2 {
			t.Errorf("digit %d is %v pixels high, want about %v", digit, h, height)
		}
		if middle := float64(top+bottom+1) / 2; math.Abs(middle-Size/2) > 1 {
			t.Errorf("digit %d has its middle at row %v", digit, middle)
		}
	}
}

// A one in a face without serifs covers less of the image than an eight.
func TestDrawInk(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	ink := func(digit int) (sum int) {
		var img [Size * Size]uint8
		for range 200 {
			Draw(img[:], digit, 1, rnd)
			for _, v := range img {
				sum += int(v)
			}
		}
		return sum
	}
	if one, eight := ink(1), ink(8); 10*one > 9*eight {
		t.Errorf("ones have %d ink, eights %d", one, eight)
	}
}

// The blur is linear and keeps the sum of an image whose ink is far from the
// border; its variance along x is that of the sampled Gaussian.
func TestBlur(t *testing.T) {
	img := make([]float64, Size*Size)
	img[14*Size+14] = 1
	const std = 0.8
	out := blur(img, std)
	var sum, second float64
	for i, v := range out {
		d := float64(i%Size - 14)
		sum += v
		second += v * d * d
	}
	// The sampled Gaussian, cut at ±3, has a variance 2e-3 below std².
	if math.Abs(sum-1) > 1e-12 || math.Abs(second-std*std) > 5e-3 {
		t.Errorf("sum %v, variance %v, want 1 and %v", sum, second, std*std)
	}
}

func BenchmarkDraw(b *testing.B) {
	var img [Size * Size]uint8
	rnd := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		Draw(img[:], 8, 1, rnd)
	}
}
