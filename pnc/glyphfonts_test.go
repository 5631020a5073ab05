package pnc

import (
	"bytes"
	"math"
	"testing"

	"pnclab/pnc/internal/glyphs"
)

// TestGlyphFonts checks that the images are those of Glyphs and that the labels say
// which font they are of: without distortion, all images of a digit and a font are
// the same up to blur, stroke width and noise, and nearest to their own.
func TestGlyphFonts(t *testing.T) {
	digits, fonts := Must(Glyphs{PerClass: 40}.Generate(2)), Must(GlyphFonts{PerClass: 40}.Generate(2))
	if !bytes.Equal(pixelsOf(digits), pixelsOf(fonts)) {
		t.Error("other images than those of Glyphs")
	}
	if fonts.K() != len(glyphs.Faces) || fonts.ClassNames[3] != "serif" {
		t.Errorf("classes %v", fonts.ClassNames)
	}
	plain := Must(GlyphFonts{PerClass: 40, Variation: 1e-6}.Generate(2))
	right, seven := 0, 7*40
	for i := seven; i < seven+40; i++ {
		best, own := math.Inf(1), -1
		for j := seven; j < seven+40; j++ {
			d := 0.0
			x, y := plain.Row(nil, i), plain.Row(nil, j)
			for k := range x {
				d += (x[k] - y[k]) * (x[k] - y[k])
			}
			if j != i && d < best {
				best, own = d, plain.Labels[j]
			}
		}
		if own == plain.Labels[i] {
			right++
		}
	}
	if right < 36 {
		t.Errorf("the nearest other seven has the same font for %d of 40", right)
	}
	if _, err := (GlyphFonts{PerClass: 1}).Generate(1); err == nil {
		t.Error("ten images of ten fonts, each of which appears?")
	}
	_, err := GlyphFonts{PerClass: -1}.Generate(1)
	expectError(t, "negative number", err, "PerClass -1")
}
