package glyphs

import (
	"fmt"
	"sync"

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

// faces holds the fonts that digits are taken from: with and without serifs, with
// fixed and proportional width, upright and slanted, light and bold.
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

// point is a point in the plane, with y pointing down.
type point struct{ x, y float64 }

// outline is a glyph as closed polygons, centred on the middle of its bounding
// box and scaled to height 1.
type outline [][]point

// outlines returns the digits 0 to 9 of every face.
var outlines = sync.OnceValue(func() [][10]outline {
	all := make([][10]outline, len(faces))
	for i, ttf := range faces {
		face, err := sfnt.Parse(ttf)
		if err != nil {
			panic(fmt.Sprintf("glyphs: embedded font %d: %v", i, err))
		}
		for digit := range 10 {
			all[i][digit] = newOutline(face, rune('0'+digit))
		}
	}
	return all
})

// newOutline loads the glyph of a rune and flattens its curves.
func newOutline(face *sfnt.Font, r rune) outline {
	const unit = 1000 // pixels per em when loading: only the precision depends on it
	var buf sfnt.Buffer
	index, err := face.GlyphIndex(&buf, r)
	if err != nil {
		panic(fmt.Sprintf("glyphs: %q: %v", r, err))
	}
	segments, err := face.LoadGlyph(&buf, index, fixed.I(unit), nil)
	if err != nil {
		panic(fmt.Sprintf("glyphs: %q: %v", r, err))
	}
	var o outline
	for _, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			o = append(o, []point{toPoint(s.Args[0])})
		case sfnt.SegmentOpLineTo:
			o.curveTo(func(from point, t float64) point {
				return lerp(from, toPoint(s.Args[0]), t)
			})
		case sfnt.SegmentOpQuadTo:
			b, c := toPoint(s.Args[0]), toPoint(s.Args[1])
			o.curveTo(func(a point, t float64) point {
				return lerp(lerp(a, b, t), lerp(b, c, t), t)
			})
		default:
			panic(fmt.Sprintf("glyphs: %q has a cubic curve, which TrueType fonts cannot have", r))
		}
	}
	o.normalize()
	return o
}

// curveTo appends points on a curve that starts at the last point. Straight lines
// are subdivided too, so that a warp can bend them.
func (o outline) curveTo(at func(from point, t float64) point) {
	const pieces = 6
	last := len(o) - 1
	from := o[last][len(o[last])-1]
	for i := 1; i <= pieces; i++ {
		o[last] = append(o[last], at(from, float64(i)/pieces))
	}
}

// normalize moves the middle of the bounding box to 0 and makes its height 1.
func (o outline) normalize() {
	lo, hi := o[0][0], o[0][0]
	for _, contour := range o {
		for _, p := range contour {
			lo = point{min(lo.x, p.x), min(lo.y, p.y)}
			hi = point{max(hi.x, p.x), max(hi.y, p.y)}
		}
	}
	height := hi.y - lo.y
	for _, contour := range o {
		for i, p := range contour {
			contour[i] = point{(p.x - (lo.x+hi.x)/2) / height, (p.y - (lo.y+hi.y)/2) / height}
		}
	}
}

func toPoint(p fixed.Point26_6) point { return point{float64(p.X) / 64, float64(p.Y) / 64} }

func lerp(a, b point, t float64) point { return point{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)} }
