package plotting

import (
	"encoding/base64"
	"fmt"
	"html"

	"pnclab/plotting/internal/gonb"
)

// darkStyle turns the lightness of images of class pnc-figure around where a notebook is
// dark: white becomes JupyterLab's dark background, and hues stay. Its attribute is also
// that of pages that nbconvert makes.
const darkStyle = `<style>[data-jp-theme-light="false"] img.pnc-figure{filter:invert(0.93) hue-rotate(180deg)}</style>`

// darkBelow does the same to images in the outputs below, which have no class: those
// that controls replace with every move.
const darkBelow = `<span class="pnclab-above" hidden></span><style>[data-jp-theme-light="false"] .jp-OutputArea-child:has(.pnclab-above)~.jp-OutputArea-child .jp-RenderedImage img{filter:invert(0.93) hue-rotate(180deg)}</style>`

// imageHTML returns the image of an output as HTML, for which frontends have one place
// more than for images: a description, and a style for dark pages. A notebook that is
// not trusted shows the image without that style.
func imageHTML(o gonb.Output) string {
	return darkStyle + fmt.Sprintf(`<img class="pnc-figure" alt="%s" width="%d" height="%d" style="max-width:100%%;height:auto" src="data:image/png;base64,%s">`,
		html.EscapeString(o.Alt), o.Width, o.Height, base64.StdEncoding.EncodeToString(o.PNG))
}
