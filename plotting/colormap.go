package plotting

import (
	"image/color"
	"math"
)

// viridis holds eleven equally spaced colours of the viridis map of van der Walt
// and Smith (2015): perceptually uniform, and readable with every common form of
// colour blindness and in grey.
var viridis = []color.NRGBA{
	rgb(0x440154), rgb(0x482576), rgb(0x414487), rgb(0x35608D), rgb(0x2A788E), rgb(0x21908C),
	rgb(0x22A884), rgb(0x43BF71), rgb(0x7AD151), rgb(0xBBDF27), rgb(0xFDE725),
}

// colorMap returns the colour at t in [0, 1]: dark blue at 0, yellow at 1.
func colorMap(t float64) color.Color {
	t = math.Min(1, math.Max(0, t)) * float64(len(viridis)-1)
	i := min(int(t), len(viridis)-2)
	a, b, f := viridis[i], viridis[i+1], t-float64(i)
	mix := func(x, y uint8) uint8 { return uint8(math.Round(float64(x) + f*(float64(y)-float64(x)))) }
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xFF}
}

// stepColor returns the colour of the i-th of n steps. The darkest colours of the map
// are left out, on which lines would not stand out.
func stepColor(i, n int) color.Color {
	if n < 2 {
		return colorMap(0.35)
	}
	return colorMap(0.35 + 0.65*float64(i)/float64(n-1))
}

// ordered returns the colour of the i-th of n ordered things, such as layers: from
// dark to light, stopping short of the yellow, which is too pale for a line. Up to
// three have the colours of a series.
func ordered(i, n int) color.Color {
	if n <= 3 {
		return seriesColor(i)
	}
	return colorMap(0.88 * float64(i) / float64(n-1))
}
