package plotting

import (
	"fmt"
	"image/color"
	"io"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"

	"pnclab/internal/atomicfile"
)

// Resolutions in dots per inch: of a screen, and of images in files and notebooks,
// which are twice as fine.
const (
	screenDPI = 96
	imageDPI  = 2 * screenDPI
)

// Save writes a figure to a file, as PNG, SVG or PDF depending on its extension. The
// file is replaced as a whole, or left as it was if there is an error.
func Save(f *Figure, path string) error {
	ext := strings.ToLower(filepath.Ext(path))
	switch ext {
	case ".png", ".svg", ".pdf":
	default:
		return fmt.Errorf("%s: cannot save a figure as %q; use .png, .svg or .pdf", path, ext)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return f.write(w, ext[1:]) })
}

// write encodes the figure as png, svg or pdf.
func (f *Figure) write(w io.Writer, format string) error {
	width, height := f.Size()
	var c vg.CanvasWriterTo
	switch format {
	case "png":
		return f.writePNG(w, imageDPI)
	case "svg":
		c = vgsvg.New(width, height)
	case "pdf":
		c = &pdfCanvas{vgpdf.New(width, height)}
	default:
		panic("plotting: no format " + format)
	}
	f.Draw(draw.New(c))
	_, err := c.WriteTo(w)
	return err
}

// pdfCanvas is the PDF canvas of gonum with the right transparent colours: that one takes
// the components of [color.Color.RGBA], which are multiplied by the opacity, for those of
// the colour, so that a light blue band is grey.
type pdfCanvas struct{ *vgpdf.Canvas }

// SetColor sets the colour of what is drawn next.
func (c *pdfCanvas) SetColor(clr color.Color) {
	if clr == nil {
		clr = color.Black
	}
	c.Canvas.SetColor(straight(color.NRGBAModel.Convert(clr).(color.NRGBA)))
}

// straight is a colour with an RGBA method that does not multiply by the opacity.
type straight color.NRGBA

// RGBA returns the components as vgpdf reads them.
func (c straight) RGBA() (r, g, b, a uint32) {
	return 0x101 * uint32(c.R), 0x101 * uint32(c.G), 0x101 * uint32(c.B), 0x101 * uint32(c.A)
}
