package plotting

import (
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/vg"
)

// fill fills the glyphs of the line with its origin at pt.
func (l layout) fill(c vg.Canvas, pt vg.Point) {
	var buf sfnt.Buffer
	for _, g := range l.glyphs {
		if path := g.outline(&buf, pt); len(path) > 0 {
			c.Fill(path)
		}
	}
}

// outline returns the contours of a glyph in a line that starts at pt.
func (g glyph) outline(buf *sfnt.Buffer, pt vg.Point) vg.Path {
	segments, perEm := g.segments(buf)
	if perEm <= 0 {
		return nil // without an outline nothing is drawn
	}
	scale := g.face.Font.Size / vg.Length(perEm)
	origin := pt.Add(g.pos)
	at := func(p fixed.Point26_6) vg.Point {
		return vg.Point{X: origin.X + vg.Length(p.X)*scale, Y: origin.Y - vg.Length(p.Y)*scale}
	}
	var path vg.Path
	for i, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				path.Close()
			}
			path.Move(at(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			path.Line(at(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(at(s.Args[0]), at(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			path.CubeTo(at(s.Args[0]), at(s.Args[1]), at(s.Args[2]))
		}
	}
	if len(path) > 0 {
		path.Close()
	}
	return path
}

// segments returns the outline in units of the font, of which there are perEm in an em;
// 0 if there is no outline.
func (g glyph) segments(buf *sfnt.Buffer) (s sfnt.Segments, perEm sfnt.Units) {
	if g.system != nil {
		return g.system.segments, g.system.perEm
	}
	f := g.face.Face
	index, err := f.GlyphIndex(buf, g.char)
	if err != nil {
		return nil, 0
	}
	// At this size one unit of the result is one font unit.
	if s, err = f.LoadGlyph(buf, index, fixed.Int26_6(f.UnitsPerEm()), nil); err != nil {
		return nil, 0
	}
	return s, f.UnitsPerEm()
}

// width returns the advance of the glyph at a size.
func (g *systemGlyph) width(size vg.Length) vg.Length {
	return size * vg.Length(g.advance) / vg.Length(g.perEm)
}
