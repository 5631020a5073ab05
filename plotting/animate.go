package plotting

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"html/template"
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

// HTML returns the animation as a self-contained fragment of HTML.
func (a *Animation) HTML() (string, error) {
	var images []template.URL
	hash := sha256.New()
	var all frames
	for _, f := range a.frames {
		png, _, err := all.encode(f.Image(frameDPI))
		if err != nil {
			return "", err
		}
		hash.Write(png)
		images = append(images, dataURL(png))
	}
	w, h := a.frames[0].Size()
	var page bytes.Buffer
	err := pageTemplates.ExecuteTemplate(&page, "animate.html", map[string]any{
		"Style":   template.HTML(darkStyle),
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
