package plotting

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// SeriesColors are the colours of lines and points, in the order of use. They are
// those of Okabe and Ito (2008), which can be told apart with every common form of
// colour blindness, without the yellow, which is too pale for a line.
var SeriesColors = []color.Color{
	rgb(0x0072B2), // blue
	rgb(0xD55E00), // vermillion
	rgb(0x009E73), // bluish green
	rgb(0xCC79A7), // reddish purple
	rgb(0xE69F00), // orange
	rgb(0x56B4E9), // sky blue
	rgb(0x000000), // black
}

// ClassColors are the colours of ten classes: the muted scheme of Tol (2021), which
// is safe for colour-blind readers, with black in place of its grey.
var ClassColors = []color.Color{
	rgb(0x332288), // indigo
	rgb(0xCC6677), // rose
	rgb(0x117733), // green
	rgb(0xDDCC77), // sand
	rgb(0x88CCEE), // cyan
	rgb(0x882255), // wine
	rgb(0x44AA99), // teal
	rgb(0x999933), // olive
	rgb(0xAA4499), // purple
	rgb(0x000000), // black
}

// Colours of the parts of a figure that are not data.
var (
	ink      = rgb(0x222222) // text
	axisGrey = rgb(0x444444) // axes and ticks
	gridGrey = rgb(0xE4E4E4)
	midGrey  = rgb(0x777777)
)

// Sizes of text and lines.
const (
	titleSize  = vg.Length(10.5)
	labelSize  = vg.Length(10)
	tickSize   = vg.Length(8.5)
	legendSize = vg.Length(8.5)

	axisWidth = vg.Length(0.8)
	lineWidth = vg.Length(1.4)
	thinWidth = vg.Length(0.9)
	tickLen   = vg.Length(4)
	pointSize = vg.Length(3) // radius
)

// Dash patterns: of a prediction, and of a bound.
var (
	dashed = []vg.Length{5, 2.5}
	dotted = []vg.Length{1.2, 2.4}
)

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xFF}
}

// seriesColor returns the colour of the i-th series.
func seriesColor(i int) color.Color { return SeriesColors[i%len(SeriesColors)] }

// classColor returns the colour of class k.
func classColor(k int) color.Color { return ClassColors[k%len(ClassColors)] }

// transparent returns c with the given opacity.
func transparent(c color.Color, opacity float64) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = uint8(math.Round(opacity * float64(n.A)))
	return n
}

// darker returns c mixed with black.
func darker(c color.Color) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	for _, v := range []*uint8{&n.R, &n.G, &n.B} {
		*v = uint8(float64(*v) * 0.62)
	}
	return n
}

// textStyle returns the style of the text of a figure.
func textStyle(size vg.Length) text.Style {
	return text.Style{
		Color:   ink,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		Handler: MathText{fonts},
	}
}

// NewPlot returns an empty gonum plot in the style of this package: its fonts
// and text handler, thin grey axes on the left and below, and a light grid.
func NewPlot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil // the figure fills its whole area
	p.TextHandler = MathText{fonts}
	p.Title.TextStyle = textStyle(titleSize)
	p.Title.TextStyle.XAlign, p.Title.TextStyle.YAlign = draw.XCenter, draw.YTop
	p.Legend.TextStyle = textStyle(legendSize)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		styleAxis(a, axisGrey)
		a.Label.TextStyle.Color = ink
		a.Tick.Label.Color = ink
		a.Tick.Marker = LinearTicks{}
	}
	p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XCenter, draw.YTop
	p.Y.Tick.Label.XAlign, p.Y.Tick.Label.YAlign = draw.XRight, draw.YCenter
	return p
}

// styleAxis sets the fonts and lines of an axis, all in one colour.
func styleAxis(a *plot.Axis, c color.Color) {
	a.Padding = 0
	a.LineStyle = draw.LineStyle{Color: c} // without a width: panels draw it
	a.Label.Padding = 3
	a.Label.TextStyle = textStyle(labelSize)
	a.Label.TextStyle.Color = c
	a.Label.TextStyle.XAlign = draw.XCenter
	label := textStyle(tickSize)
	label.Color = c
	label.XAlign, label.YAlign = a.Tick.Label.XAlign, a.Tick.Label.YAlign
	a.Tick.Label = label
	a.Tick.LineStyle = draw.LineStyle{Color: c, Width: axisWidth}
	a.Tick.Length = tickLen
}
