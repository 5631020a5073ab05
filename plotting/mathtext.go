package plotting

import (
	"strings"

	stdfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// MathText is a text.Handler for labels with a little mathematics:
//
//	x_i  x^2  W_{l+1}^T      sub- and superscripts, of one symbol or of a {group}
//	\xi  \Sigma  \ell  \leq  Greek letters and symbols by their LaTeX names
//	$C_\ell$                 italic letters between dollars
//	\_ \^ \{ \} \$ \\        the characters themselves
//
// Unicode can be used directly: "ξ = 10⁻³". Spaces are always kept. An unknown
// command is typeset as its name, which makes \log and \max work, and a character
// without a glyph is replaced by a similar one, or drawn with that of a font of the
// system, or replaced by "?". Any string can be typeset; nothing panics.
//
// Glyphs are drawn as filled outlines, so that a figure looks the same as PNG,
// SVG and PDF, at any rotation, and wherever it is opened.
type MathText struct {
	// Fonts holds the faces to typeset with.
	Fonts *font.Cache
}

var _ text.Handler = MathText{}

// fonts holds the Liberation fonts, which are embedded in the program.
var fonts = font.NewCache(liberation.Collection())

// Cache returns the fonts of the handler.
func (h MathText) Cache() *font.Cache { return h.Fonts }

// Extents returns the extents of a font.
func (h MathText) Extents(f font.Font) font.Extents {
	face := h.Fonts.Lookup(f, f.Size)
	return face.Extents()
}

// Lines splits a text into lines.
func (h MathText) Lines(txt string) []string {
	return strings.Split(strings.TrimRight(txt, "\n"), "\n")
}

// Box returns the width of a line of text, its height above and its depth below
// the baseline: those of the font, or more if a script exceeds them.
func (h MathText) Box(txt string, f font.Font) (width, height, depth vg.Length) {
	l := h.layout(txt, f)
	return l.width, l.height, l.depth
}

// Draw draws the text with its alignment point at pt, rotated about it.
func (h MathText) Draw(c vg.Canvas, txt string, sty text.Style, pt vg.Point) {
	if txt == "" || sty.Font.Size <= 0 {
		return
	}
	lines := h.Lines(txt)
	laid := make([]layout, len(lines))
	ext := h.Extents(sty.Font)
	gap := ext.Height - ext.Ascent - ext.Descent
	total := -gap
	for i, line := range lines {
		laid[i] = h.layout(line, sty.Font)
		total += laid[i].height + laid[i].depth + gap
	}

	c.Push()
	defer c.Pop()
	c.SetColor(sty.Color)
	c.Translate(pt)
	if sty.Rotation != 0 {
		c.Rotate(sty.Rotation)
	}
	// As in text.Style.Rectangle, for YBottom the bottom of the text is one descent
	// below the alignment point: the baseline of a plain line is at that point.
	y := vg.Length(sty.YAlign)*total - ext.Descent + total
	for _, l := range laid {
		y -= l.height
		l.fill(c, vg.Point{X: vg.Length(sty.XAlign) * l.width, Y: y})
		y -= l.depth + gap
	}
}

// Proportions of scripts, in ems of the text they belong to. They keep a superscript
// on a capital within the ascent of the font.
const (
	scriptScale = 0.7
	superRaise  = 0.36
	subDrop     = 0.16
	scriptKern  = 0.03
)

// layout is a line of text as positioned glyphs.
type layout struct {
	glyphs               []glyph
	width, height, depth vg.Length
}

// glyph is one character of a face with its origin at pos, or that of a font of the
// system.
type glyph struct {
	face   font.Face
	char   rune
	system *systemGlyph
	pos    vg.Point
}

func (h MathText) layout(txt string, f font.Font) layout {
	ext := h.Extents(f)
	s := setter{fonts: h.Fonts, font: f, layout: layout{height: ext.Ascent, depth: ext.Descent}}
	s.set(parseMath(txt), 0, f.Size, vg.Point{})
	return s.layout
}

// setter positions the glyphs of a parsed line.
type setter struct {
	fonts  *font.Cache
	font   font.Font
	layout layout
}

// set typesets nodes, starting at pt, and returns the x at which they end.
func (s *setter) set(nodes []node, level int, size vg.Length, pt vg.Point) vg.Length {
	for i, n := range nodes {
		if i > 0 {
			pt.X += s.kern(nodes[i-1], n, size)
		}
		pt.X = s.place(n, level, size, pt)
	}
	s.layout.width = max(s.layout.width, pt.X)
	return pt.X
}

// place typesets one node with its scripts and returns the x at which it ends.
func (s *setter) place(n node, level int, size vg.Length, pt vg.Point) vg.Length {
	switch {
	case n.group != nil:
		pt.X = s.set(n.group, level, size, pt)
	case n.char != 0:
		pt.X += s.char(n, size, pt)
	}
	if n.sub == nil && n.super == nil {
		return pt.X
	}
	inner := size
	if level < 2 { // deeper scripts get no smaller
		inner *= scriptScale
	}
	start := pt.X + scriptKern*size
	end := start
	if n.super != nil {
		end = max(end, s.set(n.super, level+1, inner, vg.Point{X: start, Y: pt.Y + superRaise*size}))
	}
	if n.sub != nil {
		end = max(end, s.set(n.sub, level+1, inner, vg.Point{X: start, Y: pt.Y - subDrop*size}))
	}
	return end + scriptKern*size
}

// char typesets a single character and returns its advance.
func (s *setter) char(n node, size vg.Length, pt vg.Point) vg.Length {
	f := s.font
	if n.italic {
		f.Style = stdfont.StyleItalic
	}
	face := s.fonts.Lookup(f, size)
	char, other := available(face, n.char)
	s.layout.glyphs = append(s.layout.glyphs, glyph{face, char, other, pt})
	if pt.Y != 0 { // scripts may exceed the height of the line
		ext := face.Extents()
		s.layout.height = max(s.layout.height, pt.Y+capHeight*ext.Ascent)
		s.layout.depth = max(s.layout.depth, -pt.Y+ext.Descent)
	}
	if other != nil {
		return other.width(size)
	}
	return face.Width(string(char))
}

// kern returns the kerning between two successive characters.
func (s *setter) kern(a, b node, size vg.Length) vg.Length {
	if a.char == 0 || b.char == 0 || a.sub != nil || a.super != nil || a.italic != b.italic {
		return 0
	}
	f := s.font
	if a.italic {
		f.Style = stdfont.StyleItalic
	}
	face := s.fonts.Lookup(f, size)
	left, other := available(face, a.char)
	right, another := available(face, b.char)
	if other != nil || another != nil {
		return 0
	}
	return face.Width(string(left)+string(right)) - face.Width(string(left)) - face.Width(string(right))
}

// capHeight is the height of capitals and digits, in ascents of the font.
const capHeight = 0.8

// plain returns a label as plain text: subscripts as x_l, superscripts as x^2,
// commands as their characters.
func plain(txt string) string {
	var b strings.Builder
	writePlain(&b, parseMath(txt))
	return b.String()
}

func writePlain(b *strings.Builder, nodes []node) {
	for _, n := range nodes {
		if n.char != 0 {
			b.WriteRune(n.char)
		}
		writePlain(b, n.group)
		if n.sub != nil {
			b.WriteByte('_')
			writePlain(b, n.sub)
		}
		if n.super != nil {
			b.WriteByte('^')
			writePlain(b, n.super)
		}
	}
}

// escape returns the MathText that shows txt literally.
func escape(txt string) string { return escaper.Replace(txt) }

var escaper = strings.NewReplacer(`\`, `\backslash{}`, `_`, `\_`, `^`, `\^`, `{`, `\{`, `}`, `\}`, `$`, `\$`)
