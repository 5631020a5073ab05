package plotting

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

func TestMathTextParse(t *testing.T) {
	for _, tt := range []struct{ txt, want, html string }{
		{"", "", ""},
		{"plain text", "plain text", "plain text"},
		{"x_i", "x_i", "x<sub>i</sub>"},
		{"C_{l+1}/C_l", "C_l+1/C_l", "C<sub>l+1</sub>/C<sub>l</sub>"},
		{"10^{-3}", "10^-3", "10<sup>-3</sup>"},
		{"10⁻³", "10^−3", "10<sup>−3</sup>"},
		{"x²", "x^2", "x<sup>2</sup>"},
		{"W_{l+1}^T", "W_l+1^T", "W<sub>l+1</sub><sup>T</sup>"},
		{`\xi = 0.3`, "ξ = 0.3", "ξ = 0.3"},
		{`\Sigma_W, \mu, \ell, \leq, \infty`, "Σ_W, μ, ℓ, ≤, ∞", "Σ<sub>W</sub>, μ, ℓ, ≤, ∞"},
		{`$C_\ell$`, "C_ℓ", "<i>C</i><sub>ℓ</sub>"},
		{`$a-\mathrm{tr} 1$`, "a−tr 1", "<i>a</i>−tr 1"},
		{`\log x`, "log x", "log x"},
		{`$\tan\varphi_\ell$`, "tan\u2009φ_ℓ", "tan\u2009<i>φ</i><sub>ℓ</sub>"},
		{`\log2, \log(x), \log_2, \log`, "log\u20092, log(x), log_2, log", "log\u20092, log(x), log<sub>2</sub>, log"},
		{`train\_loss`, "train_loss", "train_loss"},
		{`\$5 and \{\}\\`, `$5 and {}\`, `$5 and {}\`},
		{"cost $5", "cost $5", "cost $5"}, // an unmatched dollar
		{"a < b & c", "a < b & c", "a &lt; b &amp; c"},
		{"{a{b}c}_d", "abc_d", "abc<sub>d</sub>"},
		{"_x", "_x", "<sub>x</sub>"},
		{"x__i", "x__i", ""}, // meaningless, but typeset
		{"{unclosed", "unclosed", "unclosed"},
		{"closed}", "closed", "closed"},
		{`\`, `\`, `\`},
		{"x^", "x^", ""},
	} {
		nodes := parseMath(tt.txt)
		if tt.html != "" {
			if got := mathHTML(tt.txt); got != tt.html {
				t.Errorf("mathHTML(%q) = %q, want %q", tt.txt, got, tt.html)
			}
		}
		if got := plain(tt.txt); got != tt.want && tt.html != "" {
			t.Errorf("plain(%q) = %q, want %q (%v)", tt.txt, got, tt.want, nodes)
		}
	}
}

func TestEscape(t *testing.T) {
	for _, txt := range []string{"", "auto_mobile", `a\b^c{d}$e$`, "50 %"} {
		if got := plain(escape(txt)); got != txt {
			t.Errorf("plain(escape(%q)) = %q", txt, got)
		}
	}
}

var sans = textStyle(10)

func TestMathTextBox(t *testing.T) {
	h := MathText{fonts}
	width := func(txt string) vg.Length { w, _, _ := h.Box(txt, sans.Font); return w }
	small := sans.Font
	small.Size *= scriptScale
	x, _, _ := h.Box("x", sans.Font)
	i, _, _ := h.Box("i", small)
	approx := func(got, want vg.Length) bool { return math.Abs(float64(got-want)) < 1e-9 } // rounding
	if got, want := width("x_i"), x+i+2*scriptKern*10; !approx(got, want) {
		t.Errorf("width of x_i %v, want %v", got, want)
	}
	if width("x_i^i") != width("x_i") {
		t.Error("sub- and superscript are not above each other")
	}
	face := fonts.Lookup(sans.Font, 10)
	if got, want := width("AV To"), face.Width("AV To"); !approx(got, want) {
		t.Errorf("width of kerned text %v, want %v", got, want)
	}
	_, height, depth := h.Box("10", sans.Font)
	if _, h2, d2 := h.Box("10^{-3}", sans.Font); h2 != height || d2 != depth {
		t.Error("a superscript on a digit exceeds the height of the line, which would shift tick labels")
	}
	if _, _, d := h.Box("C_l", sans.Font); d <= depth {
		t.Error("a subscript does not increase the depth")
	}
}

// inkOf returns the extent of the pixels that a text covers, in points.
func inkOf(t *testing.T, sty text.Style, txt string) vg.Rectangle {
	t.Helper()
	const size, dpi = 200, 288
	c := vgimg.NewWith(vgimg.UseWH(size, size), vgimg.UseDPI(dpi))
	MathText{fonts}.Draw(c, txt, sty, vg.Point{X: size / 2, Y: size / 2})
	img := toRGBA(c.Image())
	r := vg.Rectangle{Min: vg.Point{X: size, Y: size}}
	for y := range img.Rect.Dy() {
		row := img.Pix[y*img.Stride:]
		for x := range img.Rect.Dx() {
			if row[4*x] < 0x80 { // red
				px := vg.Length(x) * 72 / dpi
				py := size - vg.Length(y)*72/dpi
				r.Min.X, r.Max.X = min(r.Min.X, px), max(r.Max.X, px)
				r.Min.Y, r.Max.Y = min(r.Min.Y, py), max(r.Max.Y, py)
			}
		}
	}
	return r.Add(vg.Point{X: -size / 2, Y: -size / 2})
}

// The ink of a text must lie in the rectangle that gonum computes for it, for every
// alignment and rotation.
func TestMathTextInRectangle(t *testing.T) {
	for _, txt := range []string{"H", "$C_\\ell$", "10^{-3}", "W_{l+1}^T g", "two\nlines_j", "(−)"} {
		for _, x := range []text.XAlignment{text.XLeft, text.XCenter, text.XRight} {
			for _, y := range []text.YAlignment{text.YTop, text.YCenter, text.YBottom} {
				for _, rotation := range []float64{0, math.Pi / 2, -math.Pi / 2} {
					sty := textStyle(20)
					sty.XAlign, sty.YAlign, sty.Rotation = x, y, rotation
					got, want := inkOf(t, sty, txt), sty.Rectangle(txt)
					const slack = 1.2 // points: side bearings of italics, and the rasteriser
					if got.Min.X < want.Min.X-slack || got.Min.Y < want.Min.Y-slack ||
						got.Max.X > want.Max.X+slack || got.Max.Y > want.Max.Y+slack {
						t.Errorf("%q aligned %v, %v, turned by %.1f: ink %v is outside of %v", txt, x, y, rotation, got, want)
					}
				}
			}
		}
	}
}

func TestMathTextBaseline(t *testing.T) {
	// A capital H stands on its alignment point when it is aligned at the bottom.
	if got := inkOf(t, textStyle(40), "H").Min.Y; math.Abs(float64(got)) > 0.5 {
		t.Errorf("baseline of H is %v points above its alignment point", got)
	}
}

// Every symbol and substitute must have a glyph: an empty box in a published figure
// is an error that is noticed too late.
func TestSymbolsHaveGlyphs(t *testing.T) {
	withFonts(t, "")
	face := fonts.Lookup(sans.Font, 10)
	for name, c := range symbols {
		if got, _ := available(face, c); got == '?' {
			t.Errorf(`\%s: no glyph for %q`, name, c)
		}
	}
	for c, s := range substitutes {
		if got, _ := available(face, c); got == '?' {
			t.Errorf("no glyph for %q or its substitute %q", c, s)
		}
	}
	for _, c := range raised + lowered {
		if !hasGlyph(face, c) {
			t.Errorf("no glyph for the script %q", c)
		}
	}
	if utf8.RuneCountInString(superscripts) != utf8.RuneCountInString(raised) ||
		utf8.RuneCountInString(subscripts) != utf8.RuneCountInString(lowered) {
		t.Error("the tables of scripts and of their characters differ in length")
	}
	if got, _ := available(face, '漢'); got != '?' {
		t.Errorf("an unknown character is typeset as %q", got)
	}
}

func FuzzMathText(f *testing.F) {
	withFonts(f, "")
	for _, seed := range []string{
		"", "$", "$$", "$$$", "_", "^", "__", "^^", "_^_^", "{", "}", "{{{{", "}}}}", `\`, `\\`, `\_`, `\xi`, `\xi_`, `\mathrm`, `\mathrm{`, `\frac{a}{b}`,
		"x_{y_{z_{w}}}", "\x00\xff\xfe", "⁻⁰ₗ", "漢字\n\nx_\n^", strings.Repeat("{", 5000), strings.Repeat("x_", 200),
	} {
		f.Add(seed)
	}
	h := MathText{fonts}
	f.Fuzz(func(t *testing.T, txt string) {
		w, height, depth := h.Box(txt, sans.Font)
		if !drawable(float64(w), false) || w < 0 || height <= 0 || depth < 0 {
			t.Fatalf("box of %q: %v %v %v", txt, w, height, depth)
		}
		var c recorder.Canvas
		sty := sans
		sty.Rotation = 1
		h.Draw(&c, txt, sty, vg.Point{})
		plain(txt)
		mathHTML(txt)
		if utf8.ValidString(txt) && !strings.ContainsAny(txt, "\x00"+superscripts+subscripts) && plain(escape(txt)) != txt {
			t.Fatalf("escape does not preserve %q", txt)
		}
	})
}

func TestMathTextCanvases(t *testing.T) {
	for name, c := range map[string]vg.Canvas{
		"png": vgimg.New(100, 100), "svg": vgsvg.New(100, 100), "pdf": vgpdf.New(100, 100),
	} {
		dc := draw.NewCanvas(c, 100, 100)
		sty := textStyle(12)
		sty.Rotation = math.Pi / 2
		dc.FillText(sty, vg.Point{X: 50, Y: 50}, `$C_{\ell+1}$ ∝ ε²`)
		_ = name
	}
}
