package plotting

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Steps says how the values of a phase diagram are told apart.
type Steps struct {
	Levels []float64 // between steps, in increasing order; a step begins at its level
	Names  []string  // of the steps, one more than there are levels
	None   string    // of cells without a value
}

// PhaseDiagram draws a quantity over two settings as cells, in one colour per step, and
// contours over them, such as where the theory expects the boundaries between steps. It
// panics if names do not fit the levels.
func PhaseDiagram(a Axes, cells Plane, s Steps, contours ...*Contours) *Figure {
	cells.check()
	if len(s.Names) != len(s.Levels)+1 || !slices.IsSorted(s.Levels) {
		panic(fmt.Sprintf("plotting: a phase diagram with %d names for levels %v; one more is needed, and levels in order", len(s.Names), s.Levels))
	}
	p := newPanel(a.Title, a.X, a.Y)
	h := NewHeatMap(cells.X, cells.Y, cells.Z, false)
	h.Levels = slices.Clip(s.Levels)
	if h.Levels == nil {
		h.Levels = []float64{} // one step
	}
	if a.LogX {
		p.logX()
		h.x = logEdges(cells.X)
	}
	if a.LogY {
		p.logY()
		h.y = logEdges(cells.Y)
	}
	if a.WholeNumbers {
		p.X.Tick.Marker = LayerTicks{}
	}
	p.noGrid, p.frame = true, true
	p.add(h)
	p.fit(0, 0)
	counts := countSteps(cells, s)
	for i, name := range s.Names {
		p.legend.add(name, swatch{i, len(s.Names)})
	}
	if counts[len(s.Names)] > 0 {
		p.legend.add(s.None, swatch{-1, len(s.Names)})
	}
	patterns := [][]vg.Length{dashed, dotted, nil}
	for i, k := range contours {
		k := *k // the figure's own
		k.Dashes = patterns[i%len(patterns)]
		k.start = []float64{0.3, 0, 0.6}[i%len(patterns)] // names apart from those of the others
		p.add(&k)
		p.legend.add(k.Label, &k)
	}
	return newFigure(a.Name, phaseCaption(a, s, counts, contours), p)
}

// logEdges returns the edges of cells around the given centres on a logarithmic axis.
func logEdges(at []float64) []float64 {
	logs := make([]float64, len(at))
	for i, v := range at {
		logs[i] = math.Log(v)
	}
	edges := cellEdges(logs)
	for i, v := range edges {
		edges[i] = math.Exp(v)
	}
	return edges
}

// countSteps returns how many cells are in each step, and last how many have no value.
func countSteps(cells Plane, s Steps) []int {
	counts := make([]int, len(s.Names)+1)
	for _, row := range cells.Z {
		for _, v := range row {
			step := len(s.Names)
			if !math.IsNaN(v) {
				var found bool
				if step, found = slices.BinarySearch(s.Levels, v); found {
					step++
				}
			}
			counts[step]++
		}
	}
	return counts
}

// phaseCaption says what can be seen: how many cells are in each step.
func phaseCaption(a Axes, s Steps, counts []int, contours []*Contours) string {
	var parts []string
	all := 0
	for i, n := range counts {
		all += n
		name := s.None
		if i < len(s.Names) {
			name = s.Names[i]
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%s in %d", plain(name), n))
		}
	}
	text := fmt.Sprintf("%s over %s and %s: %s of %d cells.", plain(a.Title), plain(a.X), plain(a.Y), strings.Join(parts, ", "), all)
	for _, k := range contours {
		text += " Lines: " + plain(k.Label) + "."
	}
	return text
}

// swatch is the colour of a step in a legend; that of cells without a value if the step
// is negative.
type swatch struct{ step, steps int }

var _ plot.Thumbnailer = swatch{}

// Thumbnail fills a box.
func (s swatch) Thumbnail(c *draw.Canvas) {
	mid, half := c.Center().Y, (c.Max.Y-c.Min.Y)*0.45
	box := vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: mid - half}, Max: vg.Point{X: c.Max.X, Y: mid + half}}
	corners := []vg.Point{box.Min, {X: box.Max.X, Y: box.Min.Y}, box.Max, {X: box.Min.X, Y: box.Max.Y}}
	if s.step >= 0 {
		c.FillPolygon(stepColor(s.step, s.steps), corners)
		return
	}
	c.FillPolygon(noneGrey, corners)
	hatch(*c, box)
}
