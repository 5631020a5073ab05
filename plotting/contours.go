package plotting

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Plane is a quantity over two settings: Z[i][j] is its value at X[j] and Y[i], and NaN
// if it has none. X and Y increase.
type Plane struct {
	X, Y []float64
	Z    [][]float64
}

// check panics if the sizes do not fit.
func (p Plane) check() {
	if len(p.X) == 0 || len(p.Y) == 0 || len(p.Z) != len(p.Y) {
		panic(fmt.Sprintf("plotting: a plane of %d rows at %d x and %d y", len(p.Z), len(p.X), len(p.Y)))
	}
	for i, row := range p.Z {
		if len(row) != len(p.X) {
			panic(fmt.Sprintf("plotting: row %d of a plane has %d values at %d x", i, len(row), len(p.X)))
		}
	}
}

// Level is a value at which a contour is drawn, and what is written on it.
type Level struct {
	Value float64
	Name  string
}

// Contours draws the lines on which a quantity over two settings has given values, with
// their names. Between the points of the plane it is interpolated on the scales of the
// axes, and on its own if Log is set: a product of powers has straight contours on
// logarithmic axes. Contours do not widen the axes.
type Contours struct {
	Label  string // for a legend
	Levels []Level
	Log    bool
	draw.LineStyle

	plane Plane
	start float64 // fraction of a line before which no name is written
}

var (
	_ plot.Plotter     = (*Contours)(nil)
	_ plot.Thumbnailer = (*Contours)(nil)
)

// NewContours returns the contours of a quantity at the given levels. It panics if the
// plane is empty or its rows differ in length.
func NewContours(label string, p Plane, levels ...Level) *Contours {
	p.check()
	return &Contours{Label: label, Levels: levels, plane: p, start: 0.3, LineStyle: draw.LineStyle{Color: ink, Width: lineWidth, Dashes: dashed}}
}

// halo is the width of the light edge of contours, which makes them stand out from any
// colour.
const halo = vg.Length(1.1)

// light returns the style of the halo of a line.
func (k *Contours) light() draw.LineStyle {
	return draw.LineStyle{Color: rgb(0xFFFFFF), Width: k.Width + 2*halo}
}

// Plot draws the lines, and then their names over all of them.
func (k *Contours) Plot(c draw.Canvas, p *plot.Plot) {
	var longest [][]vg.Point // of every level
	for _, level := range k.Levels {
		var most []vg.Point
		for _, line := range k.lines(level.Value, c, p) {
			c.StrokeLines(k.light(), c.ClipLinesXY(line)...)
			c.StrokeLines(k.LineStyle, c.ClipLinesXY(line)...)
			if pathLength(line) > pathLength(most) {
				most = line
			}
		}
		longest = append(longest, most)
	}
	var taken []vg.Rectangle
	for i, level := range k.Levels {
		if level.Name == "" || len(longest[i]) < 2 {
			continue
		}
		box := nameBox(c, level.Name, longest[i], k.start, taken)
		taken = append(taken, box)
		writeIn(c, level.Name, box)
	}
}

// nameBox returns the box for a name on a line, after a fraction start of its length:
// where it is far enough from boxes that are taken, or else as far as possible.
func nameBox(c draw.Canvas, name string, line []vg.Point, start float64, taken []vg.Rectangle) (best vg.Rectangle) {
	w, h := linesSize(textStyle(tickSize), name)
	half := vg.Point{X: w/2 + 2, Y: h/2 + 1}
	furthest := math.Inf(-1)
	for _, fraction := range []float64{0.2, 0.1, 0.3, 0, 0.4} {
		at := along(line, start+fraction)
		at.X = min(max(at.X, c.Min.X+half.X), c.Max.X-half.X)
		at.Y = min(max(at.Y, c.Min.Y+half.Y), c.Max.Y-half.Y)
		distance := math.Inf(1)
		for _, t := range taken {
			middle := vg.Point{X: (t.Min.X + t.Max.X) / 2, Y: (t.Min.Y + t.Max.Y) / 2}
			apart := max(math.Abs(float64(middle.X-at.X))-float64(half.X+t.Size().X/2), math.Abs(float64(middle.Y-at.Y))-float64(half.Y+t.Size().Y/2))
			distance = min(distance, apart)
		}
		if distance > 4 { // far enough
			distance = math.Inf(1)
		}
		if distance > furthest {
			furthest, best = distance, vg.Rectangle{Min: at.Sub(half), Max: at.Add(half)}
		}
	}
	return best
}

// writeIn writes a text into a light box.
func writeIn(c draw.Canvas, txt string, box vg.Rectangle) {
	c.FillPolygon(rgb(0xFFFFFF), []vg.Point{box.Min, {X: box.Max.X, Y: box.Min.Y}, box.Max, {X: box.Min.X, Y: box.Max.Y}})
	sty := textStyle(tickSize)
	sty.XAlign, sty.YAlign = draw.XCenter, draw.YCenter
	c.FillText(sty, vg.Point{X: (box.Min.X + box.Max.X) / 2, Y: (box.Min.Y + box.Max.Y) / 2}, txt)
}

// Thumbnail draws a piece of a line.
func (k *Contours) Thumbnail(c *draw.Canvas) {
	y := c.Center().Y
	c.StrokeLine2(k.LineStyle, c.Min.X, y, c.Max.X, y)
}

func pathLength(line []vg.Point) (length float64) {
	for i := 1; i < len(line); i++ {
		length += math.Hypot(float64(line[i].X-line[i-1].X), float64(line[i].Y-line[i-1].Y))
	}
	return length
}

// along returns the point at a fraction of the length of a line.
func along(line []vg.Point, fraction float64) vg.Point {
	left := fraction * pathLength(line)
	for i := 1; i < len(line); i++ {
		step := pathLength(line[i-1 : i+1])
		if step >= left && step > 0 {
			t := vg.Length(left / step)
			return line[i-1].Scale(1 - t).Add(line[i].Scale(t))
		}
		left -= step
	}
	return line[len(line)-1]
}

// crossing is a side of a cell of the plane that a contour crosses: from the point (i, j)
// to the next one along x, or along y.
type crossing struct {
	i, j int
	up   bool
}

// lines returns the contour at a value on the canvas, by marching squares: every cell
// has at most two pieces, between its sides, which are joined to lines.
func (k *Contours) lines(value float64, c draw.Canvas, p *plot.Plot) [][]vg.Point {
	trX, trY := p.Transforms(&c)
	height := func(i, j int) float64 {
		if k.Log {
			return math.Log(k.plane.Z[i][j]) - math.Log(value)
		}
		return k.plane.Z[i][j] - value
	}
	at := map[crossing]vg.Point{}
	next := map[crossing][]crossing{}
	var order []crossing // of first appearance, for the same picture every time
	join := func(a, b crossing) {
		for _, x := range []crossing{a, b} {
			if next[x] == nil {
				order = append(order, x)
			}
		}
		next[a], next[b] = append(next[a], b), append(next[b], a)
	}
	for i := range len(k.plane.Y) - 1 {
		for j := range len(k.plane.X) - 1 {
			corners := [4][2]int{{i, j}, {i, j + 1}, {i + 1, j + 1}, {i + 1, j}} // around the cell
			sides := [4]crossing{{i, j, false}, {i, j + 1, true}, {i + 1, j, false}, {i, j, true}}
			var crossed []crossing
			var sum float64
			whole := true
			for s, a := range corners {
				b := corners[(s+1)%4]
				from, to := height(a[0], a[1]), height(b[0], b[1])
				sum += from
				whole = whole && drawable(from, false)
				if (from < 0) == (to < 0) || !drawable(from, false) || !drawable(to, false) {
					continue
				}
				t := vg.Length(from / (from - to))
				start := vg.Point{X: trX(k.plane.X[a[1]]), Y: trY(k.plane.Y[a[0]])}
				end := vg.Point{X: trX(k.plane.X[b[1]]), Y: trY(k.plane.Y[b[0]])}
				at[sides[s]] = start.Scale(1 - t).Add(end.Scale(t))
				crossed = append(crossed, sides[s])
			}
			switch {
			case !whole:
			case len(crossed) == 2:
				join(crossed[0], crossed[1])
			case len(crossed) == 4: // a saddle; its middle says what belongs together
				if (sum < 0) == (height(i, j) < 0) {
					join(crossed[0], crossed[1])
					join(crossed[2], crossed[3])
				} else {
					join(crossed[3], crossed[0])
					join(crossed[1], crossed[2])
				}
			}
		}
	}
	var lines [][]vg.Point
	done := map[crossing]bool{}
	walk := func(x crossing) {
		var line []vg.Point
		start := x
		for {
			done[x] = true
			line = append(line, at[x])
			moved := false
			for _, y := range next[x] {
				if !done[y] {
					x, moved = y, true
					break
				}
			}
			if !moved {
				break
			}
		}
		if len(next[start]) == 2 { // a closed line
			line = append(line, line[0])
		}
		lines = append(lines, line)
	}
	for ends := 1; ends <= 2; ends++ { // first lines with ends, then closed ones
		for _, x := range order {
			if !done[x] && len(next[x]) == ends {
				walk(x)
			}
		}
	}
	return lines
}
