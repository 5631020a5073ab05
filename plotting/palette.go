package plotting

import (
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"maps"
	"slices"
)

// fewColors returns an image in at most 256 colours, which takes a third of the
// space as PNG. The colours that lines and areas are drawn in are among them
// exactly; of the shades at their edges, which are many and take few pixels,
// some are replaced by the nearest that is kept.
func fewColors(img image.Image) *image.Paletted {
	b := img.Bounds()
	opaque := image.NewRGBA(b)
	draw.Draw(opaque, b, img, b.Min, draw.Src)
	runs := runsOf(opaque.Pix)
	counts := map[rgbColor]int{}
	for _, r := range runs {
		counts[r.color] += r.length
	}
	kept := commonColors(counts)
	index := make(map[rgbColor]uint8, len(counts))
	for c := range counts {
		index[c] = uint8(nearest(kept, c))
	}
	palette := make(color.Palette, len(kept))
	for i, c := range kept {
		palette[i] = color.RGBA{c[0], c[1], c[2], 0xFF}
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

// run is a number of adjacent pixels of one colour.
type run struct {
	color  rgbColor
	length int
}

// runsOf returns the runs of pixels of four bytes; figures are mostly white.
func runsOf(pix []uint8) []run {
	var runs []run
	for i := 0; i < len(pix); i += 4 {
		c := rgbColor(pix[i : i+3])
		if n := len(runs); n > 0 && runs[n-1].color == c {
			runs[n-1].length++
		} else {
			runs = append(runs, run{c, 1})
		}
	}
	return runs
}

// rgbColor is an opaque colour.
type rgbColor [3]uint8

// commonColors returns at most 256 colours: all, or the most frequent one of each
// of the most frequent cells of a grid of 16 steps a channel.
func commonColors(counts map[rgbColor]int) []rgbColor {
	byCount := func(counts map[rgbColor]int) func(a, b rgbColor) int {
		return func(a, b rgbColor) int { // ties by value, so that the result is always the same
			return cmp.Or(cmp.Compare(counts[b], counts[a]), slices.Compare(a[:], b[:]))
		}
	}
	all := slices.SortedFunc(maps.Keys(counts), byCount(counts))
	if len(all) <= 256 {
		return all
	}
	cells, first := map[rgbColor]int{}, map[rgbColor]rgbColor{}
	for _, c := range all {
		cell := rgbColor{c[0] / 16, c[1] / 16, c[2] / 16}
		if cells[cell] == 0 {
			first[cell] = c
		}
		cells[cell] += counts[c]
	}
	var kept []rgbColor
	for _, cell := range slices.SortedFunc(maps.Keys(cells), byCount(cells)) {
		kept = append(kept, first[cell])
		if len(kept) == 256 {
			return kept
		}
	}
	for _, c := range all { // what room is left goes to the most frequent of the others
		if len(kept) < 256 && !slices.Contains(kept, c) {
			kept = append(kept, c)
		}
	}
	return kept
}

// nearest returns the index of the colour at the least distance from c.
func nearest(palette []rgbColor, c rgbColor) int {
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
