package plotting

import (
	"image"
	"image/color"
)

// fewColors returns an image with at most 256 colours, which takes a third of
// the space as PNG: the image itself, or what is left of it when the last bits
// of its colours are dropped.
func fewColors(img image.Image) *image.Paletted {
	b := img.Bounds()
	out := image.NewPaletted(b, nil)
	for drop := 0; ; drop++ {
		index := map[color.RGBA]uint8{}
		out.Palette = nil
		if paint(out, img, drop, index) {
			return out
		}
	}
}

// paint fills dst with the colours of src short of their last bits. It reports
// false if they are too many.
func paint(dst *image.Paletted, src image.Image, drop int, index map[color.RGBA]uint8) bool {
	b := dst.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := color.RGBAModel.Convert(src.At(x, y)).(color.RGBA)
			c = color.RGBA{shorten(c.R, drop), shorten(c.G, drop), shorten(c.B, drop), 0xFF}
			i, ok := index[c]
			if !ok {
				if len(dst.Palette) == 256 {
					return false
				}
				i = uint8(len(dst.Palette))
				index[c] = i
				dst.Palette = append(dst.Palette, c)
			}
			dst.SetColorIndex(x, y, i)
		}
	}
	return true
}

// shorten rounds v to a multiple of 2^drop, with white kept white.
func shorten(v uint8, drop int) uint8 {
	if drop == 0 {
		return v
	}
	levels := 1<<(8-drop) - 1
	return uint8((int(v)*levels + 127) / 255 * 255 / levels)
}
