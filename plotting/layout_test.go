package plotting

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"

	"pnclab/pnc"
)

// dataRects returns the data area of every panel if the figure has its nominal size.
func dataRects(f *Figure) [][]vg.Rectangle {
	w, h := f.Size()
	c := draw.NewCanvas(&recorder.Canvas{}, w, h)
	inner := draw.Crop(c, margin, -margin, margin, -margin)
	var rects [][]vg.Rectangle
	grid := f.layout()
	for i, row := range grid.place(inner) {
		rects = append(rects, nil)
		for j, cell := range row {
			var r vg.Rectangle
			if v := grid.views[i][j]; v != nil {
				r = v.dataCanvas(cell).Rectangle
			}
			rects[i] = append(rects[i], r)
		}
	}
	return rects
}

// Panels of a grid line up, whatever labels, legends and colour bars they have.
func TestGridIsAligned(t *testing.T) {
	long := Discrimination(Series("with a fit, and a label that is long", []float64{1000000, 2000000, 3000000}))
	f := Grid(2, Compression(Series("a", []float64{8, 4, 2}), Series("b", []float64{9, 3, 1})), long,
		Layers(DiscriminationOf, Series("", []float64{1, 2})).Titled(""), Ratios(Series("c", []float64{0.5, 0.5})))
	r := dataRects(f)
	const slack = 0.5 // points; the overhang of tick labels depends on the size of the axes
	near := func(a, b vg.Length) bool { return math.Abs(float64(a-b)) < slack }
	for j := range 2 {
		if !near(r[0][j].Min.X, r[1][j].Min.X) || !near(r[0][j].Max.X, r[1][j].Max.X) {
			t.Errorf("column %d: %v over %v", j, r[0][j], r[1][j])
		}
		if !near(r[j][0].Min.Y, r[j][1].Min.Y) || !near(r[j][0].Max.Y, r[j][1].Max.Y) {
			t.Errorf("row %d: %v beside %v", j, r[j][0], r[j][1])
		}
	}
	if a, b := r[0][0].Size(), r[1][1].Size(); !near(a.X, b.X) || !near(a.Y, b.Y) {
		t.Errorf("sizes %v and %v", a, b)
	}
}

// A legend has space of its own: the size of the axes does not depend on it.
func TestLegendIsOutside(t *testing.T) {
	without := Layers(CompressionOf, Series("", []float64{8, 4, 2}))
	for name, f := range map[string]*Figure{
		"below": Layers(CompressionOf, Series("a measurement", []float64{8, 4, 2})),
		"right": Layers(CompressionOf, Series("a measurement", []float64{8, 4, 2})).LegendRight(),
	} {
		a, b := dataRects(without)[0][0].Size(), dataRects(f)[0][0].Size()
		if math.Abs(float64(a.X-b.X)) > 0.5 || math.Abs(float64(a.Y-b.Y)) > 0.5 {
			t.Errorf("%s: axes of %v, without a legend of %v", name, b, a)
		}
		w0, h0 := without.Size()
		if w, h := f.Size(); (w > w0) == (h > h0) {
			t.Errorf("%s: size %v × %v, without a legend %v × %v", name, w, h, w0, h0)
		}
	}
}

func TestEqualScale(t *testing.T) {
	p := newPanel("", "", "")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, -5, 5
	v := p.view(200)
	v.equalScale(vg.Point{X: 200, Y: 100})
	if v.X.Min != -9.5 || v.X.Max != 10.5 || v.Y.Min != -5 || v.Y.Max != 5 {
		t.Errorf("axes [%g, %g] and [%g, %g]", v.X.Min, v.X.Max, v.Y.Min, v.Y.Max)
	}
}

func TestHeatMapCells(t *testing.T) {
	h := NewHeatMap([]float64{0, 2, 6}, []float64{1}, [][]float64{{1, math.NaN(), 100}}, true)
	xmin, xmax, ymin, ymax := h.DataRange()
	if xmin != -1 || xmax != 8 || ymin != 0.5 || ymax != 1.5 {
		t.Errorf("cells from %g to %g and %g to %g", xmin, xmax, ymin, ymax)
	}
	if h.color(1) != colorMap(0) || h.color(100) != colorMap(1) || h.color(10) != colorMap(0.5) {
		t.Error("colours are not spaced by logarithms")
	}
	if h.color(math.NaN()) == colorMap(0) || h.color(-1) == colorMap(0) {
		t.Error("a value that cannot be shown has a colour of the map")
	}
}

func TestTwinColors(t *testing.T) {
	left, right := Compression(Series("a", []float64{8, 4})), Discrimination(Series("b", []float64{1, 2}))
	p := Twin(left, right).panels[0][0]
	if p.Y.Label.TextStyle.Color != SeriesColors[0] || p.twin.Y.Label.TextStyle.Color != SeriesColors[1] {
		t.Error("the axes do not have the colours of their sides")
	}
	if len(p.legend.entries) != len(left.panels[0][0].legend.entries)+len(right.panels[0][0].legend.entries) {
		t.Errorf("legend %v", p.legend.entries)
	}
}

// TestTwinShapes checks that the points of all series of a twin figure differ in shape.
func TestTwinShapes(t *testing.T) {
	var all []Trace
	for _, name := range []string{"a", "b", "c"} {
		all = append(all, Series(name, []float64{4, 2}))
	}
	for n := 1; n <= len(all); n++ {
		p := Twin(Compression(all[:n]...), Discrimination(all[:n]...)).panels[0][0]
		seen := map[int]bool{}
		for _, m := range slices.Concat(p.marks, p.twin.marks) {
			if i := shape(m); i >= 0 {
				seen[i] = true
			}
		}
		if len(seen) != 2*n {
			t.Errorf("%d series on either side have %d shapes", n, len(seen))
		}
	}
}

// TestUnevenEpochs checks that checkpoints further and further apart are columns of one
// width with their epochs below them, and even ones, but for the last, are to scale.
func TestUnevenEpochs(t *testing.T) {
	snapshots := func(epochs ...int) (all []pnc.Snapshot) {
		for _, e := range epochs {
			ev := &pnc.Evaluation{Layers: []pnc.LayerMeasures{{Layer: 0, C: 2}, {Layer: 1, C: 1 / float64(1+e)}}}
			all = append(all, pnc.Snapshot{Epoch: e, Evaluation: ev})
		}
		return all
	}
	p := DynamicsMap(CompressionOf, snapshots(0, 1, 2, 5, 10, 20, 50, 100, 200)).panels[0][0]
	if p.X.Min != -0.5 || p.X.Max != 8.5 || p.X.Label.Text != "epoch, not to scale" {
		t.Errorf("an axis %q from %g to %g", p.X.Label.Text, p.X.Min, p.X.Max)
	}
	if ticks := p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max); len(ticks) != 9 || ticks[8].Label != "200" || ticks[8].Value != 8 {
		t.Errorf("ticks %v", ticks)
	}
	p = DynamicsMap(CompressionOf, snapshots(0, 10, 20, 30, 40, 43)).panels[0][0]
	if p.X.Min != -5 || p.X.Max != 44.5 || p.X.Label.Text != "epoch" {
		t.Errorf("an axis %q from %g to %g", p.X.Label.Text, p.X.Min, p.X.Max)
	}
}
