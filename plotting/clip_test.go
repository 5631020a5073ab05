package plotting

import (
	"bytes"
	"image/color"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
)

// blot draws a square, a circle and a line far beyond the axes, in pure red.
type blot struct{}

func (blot) Plot(c draw.Canvas, p *plot.Plot) {
	red := color.NRGBA{R: 255, A: 255}
	trX, trY := p.Transforms(&c)
	c.SetColor(red)
	c.FillPolygon(red, []vg.Point{{X: trX(-100), Y: trY(-100)}, {X: trX(1), Y: trY(-100)}, {X: trX(1), Y: trY(100)}, {X: trX(-100), Y: trY(100)}})
	var circle vg.Path
	at := vg.Point{X: trX(2), Y: trY(0)}
	circle.Move(vg.Point{X: at.X + 1000, Y: at.Y})
	circle.Arc(at, 1000, 0, 2*math.Pi)
	circle.Close()
	c.SetLineStyle(draw.LineStyle{Color: red, Width: 3})
	c.Stroke(circle)
	c.StrokeLine2(draw.LineStyle{Color: red, Width: 3}, trX(-50), trY(0.5), trX(50), trY(0.5))
}

// TestForeignPlotters checks that nothing of a plotter of another package is outside the
// axes, and that what is inside is there.
func TestForeignPlotters(t *testing.T) {
	f := Layers(CompressionOf, Series("a", []float64{1, 0.5, 0.25})).Add(blot{})
	grid := f.layout()
	w, h := f.Size()
	var rec recorder.Canvas
	c := draw.Crop(draw.NewCanvas(&rec, w, h), margin, -margin, margin, -margin)
	_, lh := grid.legend.size()
	c.Min.Y += lh
	v := grid.views[0][0]
	data := v.dataCanvas(grid.place(c)[0][0])

	img := f.Image(72) // a pixel is a point
	inside := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			if r < 0xf000 || g > 0x2000 || b > 0x2000 {
				continue
			}
			at := vg.Point{X: vg.Length(x) + 0.5, Y: h - vg.Length(y) - 0.5}
			const pen = 3 // half of a line's width may be outside, and rounding
			if at.X < data.Min.X-pen || at.X > data.Max.X+pen || at.Y < data.Min.Y-pen || at.Y > data.Max.Y+pen {
				t.Fatalf("red at %v, outside of %v", at, data.Rectangle)
			}
			inside++
		}
	}
	if inside < 500 {
		t.Errorf("%d red pixels inside", inside)
	}
	p := plotter.NewFunction(func(x float64) float64 { return x })
	if _, ok := f.Add(p).panels[0][0].marks[len(f.panels[0][0].marks)-1].(clipped); !ok {
		t.Error("a plotter of gonum is not clipped")
	}
}

// TestFlattened checks circles and curves as lines.
func TestFlattened(t *testing.T) {
	var p vg.Path
	p.Move(vg.Point{X: 3})
	p.Arc(vg.Point{}, 3, 0, 2*math.Pi)
	p.Close()
	p.Move(vg.Point{})
	p.CubeTo(vg.Point{X: 1}, vg.Point{X: 2}, vg.Point{X: 3})
	lines := flattened(p)
	if len(lines) != 2 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, pt := range lines[0] {
		if r := math.Hypot(float64(pt.X), float64(pt.Y)); math.Abs(r-3) > 1e-9 {
			t.Errorf("a point of the circle at distance %g", r)
		}
	}
	if end := lines[1][len(lines[1])-1]; end.X != 3 || end.Y != 0 || math.Abs(float64(lines[1][10].X)-1.5) > 1e-9 {
		t.Errorf("curve %v", lines[1])
	}
}

// TestManyPoints checks that very many points make a small SVG and PDF with an image,
// and few ones do not.
func TestManyPoints(t *testing.T) {
	scatter := func(n int) *Figure {
		x, labels := mat.NewDense(n, 2, nil), make([]int, n)
		for i := range n {
			x.Set(i, 0, math.Sin(float64(i)))
			x.Set(i, 1, math.Cos(1.3*float64(i)))
			labels[i] = i % 3
		}
		p := newPanel("", "x", "y")
		p.add(NewClassScatter(x, labels))
		p.fit(0.05, 0.05)
		return newFigure("scatter", "", p)
	}
	for _, format := range []string{"svg", "pdf"} {
		var many, few bytes.Buffer
		if err := scatter(100_000).write(&many, format); err != nil {
			t.Fatal(err)
		}
		if err := scatter(100).write(&few, format); err != nil {
			t.Fatal(err)
		}
		if many.Len() > 2_000_000 {
			t.Errorf("%s of 100,000 points has %d bytes", format, many.Len())
		}
		if format == "svg" && (!strings.Contains(many.String(), "<image") || strings.Contains(few.String(), "<image")) {
			t.Error("an image where there should be none, or none where there should be one")
		}
	}
}

// TestMissingGlyph checks that characters without a glyph are mentioned, once.
func TestMissingGlyph(t *testing.T) {
	withFonts(t, "")
	said := noticesOf(func() {
		for _, label := range []string{"网络", "🙂", "plain"} {
			LossCurve(Curve{Label: label, Y: []float64{1, 2}}).Size()
		}
	})
	if len(said) != 1 || !strings.Contains(said[0], "no glyph for '网'") {
		t.Errorf("said %q", said)
	}
}
