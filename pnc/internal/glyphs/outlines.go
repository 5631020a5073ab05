package glyphs

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"sync"
)

// curves holds the digits of all faces, see gen. A face takes its ten digits one
// after the other, a digit the number of its segments (one byte) and these: the kind
// (one byte, a constant of this file) and its points, each as two little-endian
// int32, x and y in 64ths of a pixel at 1000 pixels per em, y pointing down.
//
//go:generate go run ./gen
//go:embed digits.bin
var curves []byte

// The kinds of segments.
const (
	moveTo = iota // a new contour begins at a point
	lineTo        // a straight line to a point
	quadTo        // a parabola: its control point and its end
)

// point is a place in the plane, y pointing down.
type point struct{ x, y float64 }

// outline is a glyph as closed polygons, centred on the middle of its bounding
// box and scaled to height 1.
type outline [][]point

// outlines returns the digits 0 to 9 of every face.
var outlines = sync.OnceValue(func() [][10]outline {
	var all [][10]outline
	for r := (reader{curves}); len(r.left) > 0; {
		var face [10]outline
		for digit := range face {
			face[digit] = r.outline()
		}
		all = append(all, face)
	}
	return all
})

// reader takes outlines off a table of curves.
type reader struct{ left []byte }

// outline reads a digit and flattens its curves.
func (r *reader) outline() outline {
	var o outline
	for range r.byte() {
		switch kind := r.byte(); kind {
		case moveTo:
			o = append(o, []point{r.point()})
		case lineTo:
			end := r.point()
			o.curveTo(func(from point, t float64) point { return lerp(from, end, t) })
		case quadTo:
			b, c := r.point(), r.point()
			o.curveTo(func(a point, t float64) point { return lerp(lerp(a, b, t), lerp(b, c, t), t) })
		default:
			panic(fmt.Sprintf("glyphs: the table of curves is damaged: kind %d", kind))
		}
	}
	o.normalize()
	return o
}

func (r *reader) byte() byte {
	b := r.left[0]
	r.left = r.left[1:]
	return b
}

func (r *reader) point() point {
	x, y := int32(binary.LittleEndian.Uint32(r.left)), int32(binary.LittleEndian.Uint32(r.left[4:]))
	r.left = r.left[8:]
	return point{float64(x) / 64, float64(y) / 64}
}

// curveTo appends points on a curve that starts at the last point. Straight
// lines are divided too, so that a warp can bend them.
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

func lerp(a, b point, t float64) point { return point{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)} }

// Faces are the names of the fonts.
var Faces = [...]string{
	"sans", "sans bold", "sans italic",
	"serif", "serif bold", "serif italic", "serif bold italic",
	"go", "go bold", "go medium italic",
}
