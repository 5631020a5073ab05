package plotting

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image/png"
)

// Animation is a sequence of figures that a reader can step through with a
// slider or play. All frames are drawn beforehand: it needs no running program,
// works in an exported page, and shows its first frame where scripts are off.
type Animation struct {
	Name    string
	Caption string
	labels  []string
	frames  []*Figure
}

// Animate returns the animation of n frames, of which frame(i) returns the i-th
// and what the slider says there, such as "epoch 20". Frames should share their
// axes. It panics if there are none.
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

// frameDPI is the resolution of frames, lower than that of single figures as
// there are many.
const frameDPI = 120

//go:embed animate.html
var animationPage string

var animationTemplate = template.Must(template.New("animation").Parse(animationPage))

// HTML returns the animation as a piece of HTML that holds everything it needs.
func (a *Animation) HTML() (string, error) {
	var images []template.URL
	hash := sha256.New()
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	for _, f := range a.frames {
		var buf bytes.Buffer
		if err := encoder.Encode(&buf, fewColors(f.Image(frameDPI))); err != nil {
			return "", err
		}
		hash.Write(buf.Bytes())
		images = append(images, template.URL("data:image/png;base64,"+base64.StdEncoding.EncodeToString(buf.Bytes())))
	}
	w, h := a.frames[0].Size()
	var page bytes.Buffer
	err := animationTemplate.Execute(&page, map[string]any{
		"ID":      fmt.Sprintf("pnc-%x", hash.Sum(nil)[:6]), // the same output for the same frames
		"Images":  images,
		"Labels":  a.labels,
		"First":   images[0],
		"Caption": a.Caption,
		"Last":    len(images) - 1,
		"Pause":   max(60, min(400, 6000/len(images))), // ms a frame: about six seconds in all
		"Width":   int(w.Dots(screenDPI)),
		"Height":  int(h.Dots(screenDPI)),
	})
	return page.String(), err
}
