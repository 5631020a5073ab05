package plotting

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"
)

// lab returns a colour in CIE L*a*b* with the white point of sRGB, as seen with a
// form of colour blindness if that is not nil.
func lab(c color.Color, blindness *[3][3]float64) [3]float64 {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	var lin [3]float64
	for i, v := range []uint8{n.R, n.G, n.B} {
		if s := float64(v) / 255; s <= 0.04045 {
			lin[i] = s / 12.92
		} else {
			lin[i] = math.Pow((s+0.055)/1.055, 2.4)
		}
	}
	multiply := func(m [3][3]float64, v [3]float64) (r [3]float64) {
		for i := range r {
			for j := range v {
				r[i] += m[i][j] * v[j]
			}
		}
		return r
	}
	if blindness != nil {
		lin = multiply(*blindness, lin)
	}
	xyz := multiply([3][3]float64{{0.4124, 0.3576, 0.1805}, {0.2126, 0.7152, 0.0722}, {0.0193, 0.1192, 0.9505}}, lin)
	f := func(t float64) float64 {
		if t > 216./24389 {
			return math.Cbrt(t)
		}
		return (24389./27*t + 16) / 116
	}
	x, y, z := f(xyz[0]/0.9505), f(xyz[1]), f(xyz[2]/1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

func distance(a, b [3]float64) (d float64) {
	for i := range a {
		d += (a[i] - b[i]) * (a[i] - b[i])
	}
	return math.Sqrt(d)
}

// The complete forms of common colour blindness (Machado, Oliveira,
// Fernandes 2009).
var blindnesses = map[string]*[3][3]float64{
	"none":         nil,
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
}

// Any two colours of a palette must be distinguishable with every form of colour
// blindness. 2.3 is the smallest noticeable difference between large areas; between
// points it is several times that.
func TestPalettesAreColorBlindSafe(t *testing.T) {
	for name, palette := range map[string][]color.Color{"series": SeriesColors, "classes": ClassColors} {
		for kind, m := range blindnesses {
			for i, a := range palette {
				for j, b := range palette[:i] {
					if d := distance(lab(a, m), lab(b, m)); d < 10 {
						t.Errorf("%s, %s: colours %d and %d are only %.1f apart", name, kind, i, j, d)
					}
				}
			}
		}
	}
}

// The lightness of the map must rise evenly, so that its order is visible in grey and
// no step looks larger than others. Viridis is uniform in the lightness of CAM02-UCS,
// from which L* differs by up to 40 % per step in dark colours.
func TestColorMapIsUniform(t *testing.T) {
	const steps = 50
	total := lab(colorMap(1), nil)[0] - lab(colorMap(0), nil)[0]
	for i := range steps {
		step := lab(colorMap((float64(i)+1)/steps), nil)[0] - lab(colorMap(float64(i)/steps), nil)[0]
		if even := total / steps; step < 0.6*even || step > 1.4*even {
			t.Errorf("lightness rises by %.2f at %d/%d, on average by %.2f", step, i, steps, even)
		}
	}
	if colorMap(-1) != colorMap(0) || colorMap(2) != colorMap(1) {
		t.Error("values beyond the scale do not have the colours of its ends")
	}
}

func TestFewColors(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		img.Set(i%64, i/64, color.RGBA{uint8(i), uint8(i / 16), uint8(i * 7), 0xFF})
	}
	blue := color.RGBA{0x00, 0x72, 0xB2, 0xFF}
	for y := range 64 {
		for x := range 20 {
			img.Set(x, y, blue)
		}
	}
	got := fewColors(img)
	if len(got.Palette) > 256 {
		t.Fatalf("%d colours", len(got.Palette))
	}
	if got.At(5, 5) != color.Color(blue) {
		t.Errorf("the main colour became %v", got.At(5, 5))
	}
	for y := range 64 {
		for x := range 64 {
			want, have := img.RGBAAt(x, y), color.RGBAModel.Convert(got.At(x, y)).(color.RGBA)
			for _, d := range []int{int(want.R) - int(have.R), int(want.G) - int(have.G), int(want.B) - int(have.B)} {
				if d < -96 || d > 96 { // this image has all colours, far more than a figure
					t.Fatalf("%v at (%d, %d) became %v", want, x, y, have)
				}
			}
		}
	}
	few := image.NewRGBA(image.Rect(0, 0, 2, 1))
	few.Set(0, 0, blue)
	if got := fewColors(few); got.At(0, 0) != color.Color(blue) || len(got.Palette) != 2 {
		t.Errorf("two colours became %v", got.Palette)
	}
}

// A frame of an animation, laid over the first, must look as before.
func TestClearSame(t *testing.T) {
	first, second := Compression(Series("a", []float64{8, 4, 2})).Image(48), Compression(Series("a", []float64{8, 3, 1})).Image(48)
	want := toRGBA(second)
	rest := toRGBA(second)
	clearSame(rest, toRGBA(first))
	clear := 0
	got := toRGBA(first)
	for i := 0; i < len(rest.Pix); i += 4 {
		if rest.Pix[i+3] == 0 {
			clear++
		} else {
			copy(got.Pix[i:i+4], rest.Pix[i:i+4])
		}
	}
	if !bytes.Equal(got.Pix, want.Pix) {
		t.Error("the frame over the first is another image")
	}
	if share := float64(clear) / float64(len(rest.Pix)/4); share < 0.5 {
		t.Errorf("only %.0f %% of the frame are left out", 100*share)
	}
}
