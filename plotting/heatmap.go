package plotting

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// HeatMap draws the values on a grid as colours. Cells are centred on their
// coordinates and reach half way to the next. The cell of a value that the scale
// cannot show, such as NaN, is grey, and hatched if there are Levels.
type HeatMap struct {
	x, y []float64 // edges of the cells
	z    [][]float64
	// Min and Max are the values of the first and the last colour. Log says whether
	// the colours between them are spaced logarithmically.
	Min, Max float64
	Log      bool
	// Levels, in increasing order, separate values of different colours: all values
	// between two of them have the same one. Then Min, Max and Log have no effect.
	Levels []float64
}

var (
	_ plot.Plotter    = (*HeatMap)(nil)
	_ plot.DataRanger = (*HeatMap)(nil)
)

// NewHeatMap returns a map of z[i][j] at (x_j, y_i) whose colours span the range of
// the values. Coordinates must increase. It panics if z is empty or is not a matrix
// with one row per y and one column per x.
func NewHeatMap(x, y []float64, z [][]float64, log bool) *HeatMap {
	if len(x) == 0 || len(y) == 0 || len(z) != len(y) {
		panic(fmt.Sprintf("plotting: a heat map of %d rows at %d x and %d y", len(z), len(x), len(y)))
	}
	var e extent
	for i, row := range z {
		if len(row) != len(x) {
			panic(fmt.Sprintf("plotting: row %d of a heat map has %d values at %d x", i, len(row), len(x)))
		}
		e.add(log, row...)
	}
	h := &HeatMap{x: cellEdges(x), y: cellEdges(y), z: z, Log: log}
	h.Min, h.Max = e.padded(log, 0)
	return h
}

// cellEdges returns the edges of cells around the given centres.
func cellEdges(at []float64) []float64 {
	n := len(at)
	if n == 1 {
		return []float64{at[0] - 0.5, at[0] + 0.5}
	}
	edges := make([]float64, n+1)
	for i := 1; i < n; i++ {
		edges[i] = (at[i-1] + at[i]) / 2
	}
	edges[0], edges[n] = 2*at[0]-edges[1], 2*at[n-1]-edges[n-1]
	return edges
}

// Plot draws the cells.
func (h *HeatMap) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for i, row := range h.z {
		for j, v := range row {
			left, right, bottom, top := trX(h.x[j]), trX(h.x[j+1]), trY(h.y[i]), trY(h.y[i+1])
			const seam = 0.5 // cells overlap slightly, or the background would show through
			c.FillPolygon(h.color(v), c.ClipPolygonXY([]vg.Point{
				{X: left, Y: bottom}, {X: right + seam, Y: bottom}, {X: right + seam, Y: top + seam}, {X: left, Y: top + seam},
			}))
		}
	}
	for i, row := range h.z { // over all cells, which overlap
		for j, v := range row {
			if h.Levels != nil && math.IsNaN(v) {
				hatch(c, vg.Rectangle{Min: vg.Point{X: trX(h.x[j]), Y: trY(h.y[i])}, Max: vg.Point{X: trX(h.x[j+1]), Y: trY(h.y[i+1])}})
			}
		}
	}
}

// hatch draws diagonal lines over the part of an area that is on the canvas. Those of
// neighbouring areas continue each other.
func hatch(c draw.Canvas, area vg.Rectangle) {
	const distance = vg.Length(5)
	area.Min.X, area.Min.Y = max(area.Min.X, c.Min.X), max(area.Min.Y, c.Min.Y)
	area.Max.X, area.Max.Y = min(area.Max.X, c.Max.X), min(area.Max.Y, c.Max.Y)
	if !(area.Min.X < area.Max.X && area.Min.Y < area.Max.Y) {
		return
	}
	first := math.Ceil(float64((area.Min.X - area.Max.Y) / distance))
	for d := vg.Length(first) * distance; d < area.Max.X-area.Min.Y; d += distance { // the lines x - y = d
		from, to := max(area.Min.X, area.Min.Y+d), min(area.Max.X, area.Max.Y+d)
		c.StrokeLine2(draw.LineStyle{Color: hatchGrey, Width: 0.6}, from, from-d, to, to-d)
	}
}

// Colours of cells without a value.
var noneGrey, hatchGrey = rgb(0xCCCCCC), rgb(0x999999)

func (h *HeatMap) color(v float64) color.Color {
	if h.Levels != nil {
		if math.IsNaN(v) {
			return noneGrey
		}
		step, found := slices.BinarySearch(h.Levels, v)
		if found {
			step++ // a step begins at its level
		}
		return stepColor(step, len(h.Levels)+1)
	}
	if !drawable(v, h.Log) {
		return noneGrey
	}
	if h.Log {
		return colorMap(LogScale{}.Normalize(h.Min, h.Max, v))
	}
	return colorMap((v - h.Min) / (h.Max - h.Min))
}

// DataRange returns the outer edges of the cells.
func (h *HeatMap) DataRange() (xmin, xmax, ymin, ymax float64) {
	return h.x[0], h.x[len(h.x)-1], h.y[0], h.y[len(h.y)-1]
}
