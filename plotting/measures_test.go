package plotting

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"pnclab/pnc"
)

// exported returns the evaluation of a network of another framework, undefined at its
// first layer.
func exported(name string) *pnc.Evaluation {
	ev := &pnc.Evaluation{Name: name}
	for l, layer := range []string{"embed_tokens", "block_0.mlp", "block_1.mlp", "block_2.mlp", "fc"} {
		c := 4 * math.Pow(0.4, float64(l))
		m := pnc.LayerMeasures{Layer: l, Name: layer, C: c, NC1: c / 5, D: 0.2 * float64(l)}
		m.Intervals = map[string][2]float64{"C": {0.7 * c, 1.4 * c}}
		if l == 0 {
			m.C, m.NC1, m.D, m.Intervals = math.NaN(), math.NaN(), math.NaN(), nil
		}
		ev.Layers = append(ev.Layers, m)
	}
	return ev
}

// TestMeasuresFigure checks that the figure has a plot for each quantity, names of
// layers, a band for intervals, and draws in every format.
func TestMeasuresFigure(t *testing.T) {
	f := Measures([]*pnc.Evaluation{exported("train_a.npz"), exported("test.npz")})
	if n := len(f.Plots()); n != 3 {
		t.Fatalf("%d plots", n)
	}
	p := f.panels[0][0]
	ticks := p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max)
	if len(ticks) != 5 || plain(ticks[0].Label) != "embed_tokens" || p.X.Tick.Label.Rotation == 0 {
		t.Errorf("ticks %v", ticks)
	}
	bands := 0
	for _, m := range p.marks {
		if _, ok := m.(*Band); ok {
			bands++
		}
	}
	if bands != 2 || p.Y.Max < 2.2 {
		t.Errorf("%d bands, axis up to %g", bands, p.Y.Max)
	}
	for _, format := range []string{"png", "svg", "pdf"} {
		var b bytes.Buffer
		if err := f.write(&b, format); err != nil || b.Len() == 0 {
			t.Errorf("%s: %v", format, err)
		}
	}
	// The first layer is left out of the fit of the others, which is exact.
	found := false
	for _, e := range p.legend.entries {
		found = found || strings.Contains(e.label, "fit of layers 1 to 4") && strings.Contains(e.label, "0.4$")
	}
	if !found {
		t.Errorf("no fit of the defined layers in %v", p.legend.entries)
	}
	// Networks with other layers keep numbers.
	other := exported("b")
	other.Layers[1].Name = "conv1"
	q := Measures([]*pnc.Evaluation{exported("a"), other}).panels[0][0]
	if _, ok := q.X.Tick.Marker.(layerNames); ok {
		t.Error("layers of two networks share names that differ")
	}
}

// TestText checks that names from outside are typeset as they are, and formulas between
// dollars as formulas.
func TestText(t *testing.T) {
	for _, name := range []string{"block_1", `C:\net\x`, "a^b{c}", "plain", `50 $ and_more`, `\alpha`, ""} {
		if got := plain(Text(name)); got != name {
			t.Errorf("%q is typeset as %q", name, got)
		}
	}
	nodes := parseMath(Text("block_1"))
	for _, n := range nodes {
		if n.sub != nil {
			t.Error("an underscore makes a subscript")
		}
	}
	if got := plain(Text(`net_a, $\alpha_1$ = 2`)); got != "net_a, α_1 = 2" {
		t.Errorf("a formula is typeset as %q", got)
	}
}

// colouredPixels counts the dark pixels of a figure.
func colouredPixels(f *Figure) (n int) {
	img := f.Image(screenDPI)
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			if r+g+b < 3*0xb000 && !(r == g && g == b) { // coloured: not an axis or its labels
				n++
			}
		}
	}
	return n
}

// TestZeroOnLogAxis checks that a curve that reaches exactly zero, and points alone
// between values that cannot be drawn, stay visible.
func TestZeroOnLogAxis(t *testing.T) {
	y, with := make([]float64, 20_000), make([]float64, 20_000)
	for i := range y {
		y[i] = math.Exp(-float64(i) / 2000)
		with[i] = y[i]
		if i%5 == 0 {
			with[i] = 0
		}
	}
	whole, zeros := colouredPixels(LossCurve(Curve{Y: y})), colouredPixels(LossCurve(Curve{Y: with}))
	if zeros < whole/2 {
		t.Errorf("a curve with zeros has %d pixels, without them %d", zeros, whole)
	}
	// Of the few points of a short curve, zero is the least.
	whole = colouredPixels(LossCurve(Curve{Y: []float64{1, 0.1, 0.01, 0.001}}))
	for i, y := range [][]float64{{1, 0.1, 0.01, 0.001, 0}, {0, 1, 0.1, 0.01, 0.001}} {
		if zeros = colouredPixels(LossCurve(Curve{Y: y})); zeros < whole/2 {
			t.Errorf("curve %d of five points has %d pixels, without its zero %d", i, zeros, whole)
		}
	}
	y = []float64{1, 0.1, 0.01, 0.001, 0}
	f := Compression(Series("a", y), Series("b", []float64{2, 0.2, 0.02, 0.002, 0}, []float64{4, 0.4, 0.04, 0, 0}))
	if p := f.Plots()[0]; p.Y.Min > 0.001 || p.Y.Max < 3 {
		t.Errorf("the axis is from %g to %g", p.Y.Min, p.Y.Max)
	}
	ev := exported("a")
	ev.Layers[4].Intervals = map[string][2]float64{"C": {0, 1}}
	if p := Measures([]*pnc.Evaluation{ev}).Plots()[0]; !(p.Y.Min > 0 && p.Y.Min < ev.Layers[4].C) {
		t.Errorf("with an interval from zero on, the axis begins at %g", p.Y.Min)
	}
	lone := colouredPixels(LossCurve(Curve{Y: []float64{math.NaN(), 1, math.NaN(), 2, 0}}))
	if none := colouredPixels(LossCurve(Curve{Y: []float64{math.NaN(), math.NaN()}})); lone <= none {
		t.Errorf("lone points have %d pixels, an empty plot %d", lone, none)
	}
	if one := colouredPixels(LossCurve(Curve{Y: []float64{3}})); one == 0 {
		t.Error("a curve of one epoch is invisible")
	}
}

// TestLegendOfTwoLines checks that a label of two lines takes the space of two.
func TestLegendOfTwoLines(t *testing.T) {
	height := func(label string) float64 {
		var l legend
		l.add(label, NewLine(nil, nil))
		l.add("b", NewLine(nil, nil))
		_, h := l.layout(10).size()
		return float64(h)
	}
	if one, two := height("a"), height("a\nb"); two < one+2*float64(legendSize) {
		t.Errorf("a legend of one line is %g high, one of two lines %g", one, two)
	}
}

// TestLegendKeepsPairs checks that columns of a legend do not part a prediction from its
// measurement, nor a fitted line from what it is fitted to.
func TestLegendKeepsPairs(t *testing.T) {
	y := []float64{4, 2, 1}
	pair := func(name string) []Trace {
		return []Trace{Series(name+" with a label so long that two columns fit", y).NoFit(), Expected(name+" by theory", y)}
	}
	three := slices.Concat(pair("a"), pair("b"), pair("c"))
	floor := Bound("floor", y)
	for name, test := range map[string]struct {
		traces []Trace
		want   []int // entries of each column
	}{
		"three pairs":                  {three, []int{4, 2}},
		"two pairs":                    {three[:4], []int{2, 2}},
		"two pairs and a bound":        {append(slices.Clone(three[:4]), floor), []int{2, 3}},
		"a bound between":              {append([]Trace{three[0], three[1], floor}, three[2:4]...), []int{3, 2}},
		"measurements first, no pairs": {[]Trace{three[0], three[2], three[4], three[1], three[3]}, []int{3, 2}},
		"one pair in one row of two":   {three[:2], []int{1, 1}},
	} {
		f := Layers(CompressionOf, test.traces...)
		var got []int
		for _, column := range f.all()[0].legend.layout(500).columns {
			got = append(got, len(column))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: columns of %v entries, want %v", name, got, test.want)
		}
	}
	long := legend{entries: []legendEntry{{label: "a"}, {label: "b", joined: true}, {label: "c", joined: true}}}
	if got := long.fill(2); len(got) != 2 || len(got[0]) != 2 || len(got[1]) != 1 {
		t.Errorf("three joined entries in columns of two: %v", got)
	}
}

// TestCaptionWithoutLabels checks that lines without a label leave no gap in captions.
func TestCaptionWithoutLabels(t *testing.T) {
	y := []float64{4, 2, 1}
	for _, test := range []struct {
		f    *Figure
		want string
	}{
		{Layers(CompressionOf, Bound("", y), Series("a", y), Bound("", y), Bound("law", y)), "compression over layers: a; law."},
		{Layers(CompressionOf, Bound("", y)), "compression over layers."},
		{Over(Axes{Title: "T", X: "x", Y: "y"}, Series("", y), Bound("law", y)), ": law."},
		{LossCurve(Curve{Y: y}, Curve{Label: "a", Y: y}, Curve{Y: y}), "over epochs: a."},
	} {
		if !strings.HasSuffix(test.f.Caption, test.want) || strings.Contains(test.f.Caption, ";;") || strings.Contains(test.f.Caption, "; ;") {
			t.Errorf("caption %q, want … %q", test.f.Caption, test.want)
		}
	}
}
