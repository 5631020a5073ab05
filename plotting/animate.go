package plotting

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/draw"
	"image/png"
)

// Animation is a sequence of figures that a reader can step through with a
// slider or play. All frames are drawn beforehand: it needs no running program,
// works in an exported page, and shows its first frame where scripts are disabled.
type Animation struct {
	Name    string
	Caption string
	labels  []string
	frames  []*Figure
}

// Animate returns an animation of n frames. frame(i) returns the i-th figure and
// its label on the slider, such as "epoch 20". Frames should share their axes. It
// panics if n is less than 1.
func Animate(n int, frame func(i int) (*Figure, string)) *Animation {
	if n < 1 {
		panic(fmt.Sprintf("plotting: an animation of %d frames", n))
	}
	a := &Animation{}
	for i := range n {
		f, label := frame(i)
		a.frames, a.labels = append(a.frames, f), append(a.labels, plain(label))
	}
	a.Name = a.frames[0].Name + "-animation"
	a.Caption = fmt.Sprintf("Animation of %d frames, from %s to %s. %s", n, a.labels[0], a.labels[n-1], a.frames[0].Caption)
	return a
}

// frameDPI is the resolution of frames. It is lower than that of single figures
// because there are many.
const frameDPI = 120

//go:embed animate.html
var animationPage string

var animationTemplate = template.Must(template.New("animation").Parse(animationPage))

// HTML returns the animation as a self-contained fragment of HTML.
func (a *Animation) HTML() (string, error) {
	var images []template.URL
	hash := sha256.New()
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	first := toRGBA(a.frames[0].Image(frameDPI))
	for i, f := range a.frames {
		img := toRGBA(f.Image(frameDPI))
		if i > 0 {
			clearSame(img, first) // the first is behind all others
		}
		var buf bytes.Buffer
		if err := encoder.Encode(&buf, fewColors(img)); err != nil {
			return "", err
		}
		hash.Write(buf.Bytes())
		images = append(images, template.URL("data:image/png;base64,"+base64.StdEncoding.EncodeToString(buf.Bytes())))
	}
	w, h := a.frames[0].Size()
	var page bytes.Buffer
	err := animationTemplate.Execute(&page, map[string]any{
		"ID":      fmt.Sprintf("pnc-%x", hash.Sum(nil)[:6]), // the same output for the same frames
		"Labels":  a.labels,
		"First":   images[0],
		"Changes": images[1:], // drawn over the first
		"Caption": a.Caption,
		"Last":    len(images) - 1,
		"Pause":   max(60, min(400, 6000/len(images))), // ms per frame: about six seconds in all
		"Width":   int(w.Dots(screenDPI)),
		"Height":  int(h.Dots(screenDPI)),
	})
	return page.String(), err
}

// clearSame makes the pixels that two images share transparent: axes and labels
// need not be in every frame. A margin around pixels that differ is kept, because a
// browser that scales the images blends neighbouring pixels. Images of different
// sizes share nothing.
func clearSame(img, other *image.RGBA) {
	if img.Rect != other.Rect {
		return
	}
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
