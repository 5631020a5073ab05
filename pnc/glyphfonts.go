package pnc

import (
	"slices"

	"pnclab/pnc/internal/glyphs"
)

// GlyphFonts are the images of [Glyphs], the same ones for the same fields and
// seed, labelled by the font of the digit in place of the digit: K = 10 classes. The
// font is in every image that a network trained on the digits has seen, and does not
// help to tell digits apart. Fonts are drawn at random, so that classes differ in
// size.
type GlyphFonts Glyphs

// Generate draws the images. It returns an error if there are so few that a font is
// missing.
func (g GlyphFonts) Generate(seed int) (*Dataset, error) {
	images := Glyphs(g)
	pixels, _, fonts, err := images.draw(seed)
	if err != nil {
		return nil, err
	}
	return images.dataset("Glyphs by font, %d of each digit", pixels, fonts, slices.Clone(glyphs.Faces[:]))
}
