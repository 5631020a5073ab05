package plotting

import (
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"

	"pnclab/pnc"
)

// symbols maps LaTeX commands to characters.
var symbols = map[string]rune{
	"alpha": 'α', "beta": 'β', "gamma": 'γ', "delta": 'δ', "epsilon": 'ε', "varepsilon": 'ε',
	"zeta": 'ζ', "eta": 'η', "theta": 'θ', "iota": 'ι', "kappa": 'κ', "lambda": 'λ', "mu": 'μ',
	"nu": 'ν', "xi": 'ξ', "pi": 'π', "rho": 'ρ', "sigma": 'σ', "tau": 'τ', "upsilon": 'υ',
	"phi": 'φ', "varphi": 'φ', "chi": 'χ', "psi": 'ψ', "omega": 'ω',
	"Gamma": 'Γ', "Delta": 'Δ', "Theta": 'Θ', "Lambda": 'Λ', "Xi": 'Ξ', "Pi": 'Π', "Sigma": 'Σ',
	"Upsilon": 'Υ', "Phi": 'Φ', "Psi": 'Ψ', "Omega": 'Ω',
	"ell": 'ℓ', "partial": '∂', "infty": '∞', "sum": '∑', "prod": '∏', "int": '∫', "sqrt": '√',
	"leq": '≤', "le": '≤', "geq": '≥', "ge": '≥', "neq": '≠', "ne": '≠', "approx": '≈', "equiv": '≡',
	"sim": '∼', "propto": '∝', "pm": '±', "times": '×', "cdot": '·', "div": '÷', "cdots": '…',
	"ldots": '…', "dots": '…', "to": '→', "rightarrow": '→', "leftarrow": '←', "in": '∈', "perp": '⊥',
	"top": '⊤', "dagger": '†', "langle": '⟨', "rangle": '⟩', "Vert": '‖', "prime": '′', "degree": '°',
	"quad": '\u2003', "percent": '%', "backslash": '\\',
}

// substitutes maps characters that the Liberation fonts lack to similar ones.
var substitutes = map[rune]rune{
	'∼': '~', '∝': '~', '∈': 'є', '⟨': '‹', '⟩': '›', '∥': '‖', '⊤': 'T', '≪': '«', '≫': '»', '∘': '°',
	'ℝ': 'R', '⇒': '→', '⁺': '+', '⁻': '−', '⊥': '┴', '\u2003': ' ', '\u2009': ' ', '\t': ' ',
}

const (
	superscripts, raised = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿᵀᵗⁱ", "0123456789+−=()nTti"
	subscripts, lowered  = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₗₖₙᵢⱼ", "0123456789+−=()lknij"
)

// unicodeScript returns the character of which c is the Unicode superscript (up) or
// subscript. All are typeset as scripts, since the fonts have glyphs for some only.
func unicodeScript(c rune) (plain rune, up, ok bool) {
	for _, table := range []struct {
		scripts, plain string
		up             bool
	}{{superscripts, raised, true}, {subscripts, lowered, false}} {
		if i := strings.IndexRune(table.scripts, c); i >= 0 && c != 0xFFFD {
			n := len([]rune(table.scripts[:i]))
			return []rune(table.plain)[n], table.up, true
		}
	}
	return 0, false, false
}

// available returns c, or its substitute if the face has no glyph for it. Where that has
// none either, it returns the glyph of a font of the system, or else a question mark.
// Characters that only say how others are to be shown, such as those that join emoji,
// have an empty glyph.
func available(face font.Face, c rune) (rune, *systemGlyph) {
	if s, ok := substitutes[c]; ok && !hasGlyph(face, c) {
		c = s
	}
	if hasGlyph(face, c) {
		return c, nil
	}
	if unicode.Is(unicode.Cf, c) || unicode.Is(unicode.Variation_Selector, c) {
		return c, &systemGlyph{perEm: 1}
	}
	if g := system.glyph(c); g != nil {
		return c, g
	}
	sayMissing(c)
	return '?', nil
}

// missingSaid says whether a missing glyph was mentioned: once is enough, whatever the
// character.
var missingSaid sync.Once

// sayMissing tells observers of package pnc that a character is not drawn.
func sayMissing(c rune) {
	missingSaid.Do(func() {
		pnc.Notify(pnc.Warning(fmt.Sprintf("figures have no glyph for %q, and no font of the system has one; ? is drawn in place of it and others. A font such as Noto Sans CJK or Noto Emoji, installed, is found", c)))
	})
}

func hasGlyph(face font.Face, c rune) bool {
	var buf sfnt.Buffer
	i, err := face.Face.GlyphIndex(&buf, c)
	return err == nil && i != 0
}
