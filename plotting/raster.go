package plotting

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// rasterFrom is the number of marks from which they are an image in formats that would
// store every one of them: 100,000 points are an SVG of 12 MB.
const rasterFrom = 5000

// isVector reports whether a canvas stores every mark.
func isVector(c draw.Canvas) bool {
	switch inner := c.Canvas.(type) {
	case *vgsvg.Canvas, *vgpdf.Canvas, *pdfCanvas:
		return true
	case draw.Canvas: // what is cropped holds what it was cropped from
		return isVector(inner)
	}
	return false
}

// rasterized calls plot with a canvas of pixels of the size of c, and puts the image,
// which is transparent where nothing was drawn, on c.
func rasterized(c draw.Canvas, plot func(draw.Canvas)) {
	size := c.Size()
	img := vgimg.NewWith(vgimg.UseWH(size.X, size.Y), vgimg.UseDPI(imageDPI), vgimg.UseBackgroundColor(color.Transparent))
	plot(draw.New(img))
	// Pixels are whole: the image may be a fraction of one larger than the canvas.
	w, h := img.Size()
	c.DrawImage(vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: c.Max.Y - h}, Max: vg.Point{X: c.Min.X + w, Y: c.Max.Y}}, img.Image())
}
