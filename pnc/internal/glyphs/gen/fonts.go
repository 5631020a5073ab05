package main

import (
	"encoding/binary"
	"fmt"
	"math"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansitalic"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"codeberg.org/go-fonts/liberation/liberationserifbold"
	"codeberg.org/go-fonts/liberation/liberationserifbolditalic"
	"codeberg.org/go-fonts/liberation/liberationserifitalic"
	"codeberg.org/go-fonts/liberation/liberationserifregular"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomediumitalic"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// faces are the fonts that digits are taken from: with and without serifs, of
// fixed and of proportional width, upright and slanted, light and bold.
var faces = [][]byte{
	liberationsansregular.TTF,
	liberationsansbold.TTF,
	liberationsansitalic.TTF,
	liberationserifregular.TTF,
	liberationserifbold.TTF,
	liberationserifitalic.TTF,
	liberationserifbolditalic.TTF,
	goregular.TTF,
	gobold.TTF,
	gomediumitalic.TTF,
}

// table returns the curves of the digits 0 to 9 of every face in the format that
// package glyphs describes.
func table() []byte {
	var b []byte
	for i, ttf := range faces {
		face, err := sfnt.Parse(ttf)
		if err != nil {
			panic(fmt.Sprintf("embedded font %d: %v", i, err))
		}
		for digit := range 10 {
			b = appendGlyph(b, face, rune('0'+digit))
		}
	}
	return b
}

// appendGlyph appends the curves of the glyph of a rune.
func appendGlyph(b []byte, face *sfnt.Font, r rune) []byte {
	const unit = 1000 // pixels per em when loading: only the precision depends on it
	var buf sfnt.Buffer
	index, err := face.GlyphIndex(&buf, r)
	if err != nil {
		panic(fmt.Sprintf("%q: %v", r, err))
	}
	segments, err := face.LoadGlyph(&buf, index, fixed.I(unit), nil)
	if err != nil {
		panic(fmt.Sprintf("%q: %v", r, err))
	}
	if len(segments) > math.MaxUint8 {
		panic(fmt.Sprintf("%q: %d segments do not fit the table", r, len(segments)))
	}
	b = append(b, byte(len(segments)))
	for _, s := range segments {
		kind, points := byte(s.Op), 1
		switch s.Op {
		case sfnt.SegmentOpMoveTo, sfnt.SegmentOpLineTo:
		case sfnt.SegmentOpQuadTo:
			points = 2
		default:
			panic(fmt.Sprintf("%q has a cubic curve, which no TrueType font has", r))
		}
		b = append(b, kind)
		for _, p := range s.Args[:points] {
			b = binary.LittleEndian.AppendUint32(b, uint32(p.X))
			b = binary.LittleEndian.AppendUint32(b, uint32(p.Y))
		}
	}
	return b
}
