package plotting

import (
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"maps"
	"slices"
)

// fewColors returns an image with at most 256 colours, which makes a PNG a third of
// the size. The exact colours of lines and areas are kept; of the many shades along
// their edges, which cover few pixels, some are replaced by the nearest kept colour.
func fewColors(img image.Image) *image.Paletted {
	b := img.Bounds()
	runs := runsOf(toRGBA(img).Pix)
	counts := map[pixel]int{}
	for _, r := range runs {
		counts[r.color] += r.length
	}
	kept := commonColors(counts)
	index := make(map[pixel]uint8, len(counts))
	for c := range counts {
		index[c] = uint8(nearest(kept, c))
	}
	palette := make(color.Palette, len(kept))
	for i, c := range kept {
		palette[i] = color.RGBA{c[0], c[1], c[2], c[3]}
	}
	out := image.NewPaletted(b, palette)
	i := 0
	for _, r := range runs {
		for end, c := i+r.length, index[r.color]; i < end; i++ {
			out.Pix[i] = c
		}
	}
	return out
}

// run is a sequence of adjacent pixels of one colour.
type run struct {
	color  pixel
	length int
}

// runsOf splits pixels into runs, which are long: figures are mostly white.
func runsOf(pix []uint8) []run {
	var runs []run
	for i := 0; i < len(pix); i += 4 {
		c := pixel(pix[i : i+4])
		if n := len(runs); n > 0 && runs[n-1].color == c {
			runs[n-1].length++
		} else {
			runs = append(runs, run{c, 1})
		}
	}
	return runs
}

// pixel is a colour as an image.RGBA holds it.
type pixel [4]uint8

// toRGBA returns a copy of an image.
func toRGBA(img image.Image) *image.RGBA {
	c := image.NewRGBA(img.Bounds())
	draw.Draw(c, c.Rect, img, c.Rect.Min, draw.Src)
	return c
}

// commonColors returns at most 256 colours: all of them, or the most frequent colour
// of each of the most frequent cells of a grid of 16 steps per channel.
func commonColors(counts map[pixel]int) []pixel {
	byCount := func(counts map[pixel]int) func(a, b pixel) int {
		return func(a, b pixel) int { // equal counts by value, so that the result is deterministic
			return cmp.Or(cmp.Compare(counts[b], counts[a]), slices.Compare(a[:], b[:]))
		}
	}
	all := slices.SortedFunc(maps.Keys(counts), byCount(counts))
	if len(all) <= 256 {
		return all
	}
	cells, first := map[pixel]int{}, map[pixel]pixel{}
	for _, c := range all {
		cell := pixel{c[0] / 16, c[1] / 16, c[2] / 16, c[3]}
		if cells[cell] == 0 {
			first[cell] = c
		}
		cells[cell] += counts[c]
	}
	var kept []pixel
	for _, cell := range slices.SortedFunc(maps.Keys(cells), byCount(cells)) {
		kept = append(kept, first[cell])
		if len(kept) == 256 {
			return kept
		}
	}
	for _, c := range all { // the rest are the most frequent of the others
		if len(kept) < 256 && !slices.Contains(kept, c) {
			kept = append(kept, c)
		}
	}
	return kept
}

// nearest returns the index of the colour nearest to c.
func nearest(palette []pixel, c pixel) int {
	best, least := 0, 1<<30
	for i, p := range palette {
		d := 0
		for k := range p {
			diff := int(p[k]) - int(c[k])
			d += diff * diff
		}
		if d < least {
			best, least = i, d
		}
	}
	return best
}
