package plotting

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"image"
	"image/draw"
	"image/png"
)

// frameDPI is the resolution of frames. It is lower than that of single figures
// because there are many.
const frameDPI = 120

// frames encodes images that are shown in one place, of which the first is behind all
// others, so that these need to hold only what is different.
type frames struct {
	first *image.RGBA
}

// encode returns an image as a PNG, and whether it needs the first image behind it.
func (f *frames) encode(i image.Image) (encoded []byte, over bool, err error) {
	img := toRGBA(i)
	if f.first == nil {
		f.first = toRGBA(i)
	} else if over = img.Rect == f.first.Rect; over {
		clearSame(img, f.first)
	}
	var buf bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&buf, fewColors(img))
	return buf.Bytes(), over, err
}

// dataURL returns a PNG as an address that holds it.
func dataURL(png []byte) template.URL {
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))
}

// clearSame makes the pixels that two images share transparent: axes and labels
// need not be in every frame. A margin around pixels that differ is kept, because a
// browser that scales the images blends neighbouring pixels.
func clearSame(img, other *image.RGBA) {
	const rim = 2
	keep := image.NewAlpha(img.Rect)
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if img.RGBAAt(x, y) != other.RGBAAt(x, y) {
				around := image.Rect(x-rim, y-rim, x+rim+1, y+rim+1)
				draw.Draw(keep, around, image.Opaque, image.Point{}, draw.Src)
			}
		}
	}
	for i, kept := range keep.Pix {
		if kept == 0 {
			copy(img.Pix[4*i:4*i+4], []uint8{0, 0, 0, 0})
		}
	}
}
