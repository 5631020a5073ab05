package plotting

import (
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Row returns one figure with the plots of all figures side by side. Their axes are
// aligned.
func Row(figures ...*Figure) *Figure { return Grid(len(figures), figures...) }

// Grid returns one figure with the plots of all figures in rows of the given number
// of columns. It panics if there are no figures or no columns.
func Grid(columns int, figures ...*Figure) *Figure {
	if columns < 1 || len(figures) == 0 {
		panic(fmt.Sprintf("plotting: a grid of %d figures in %d columns", len(figures), columns))
	}
	g := &Figure{Name: figures[0].Name, Width: rowWidth, Height: figures[0].Height}
	var all []*panel
	for i, f := range figures {
		all = append(all, f.all()...)
		if i > 0 && f.Caption != "" {
			g.Caption += " "
		}
		g.Caption += f.Caption
		g.legend.entries = append(g.legend.entries, f.legend.entries...)
	}
	g.arrange(columns, all)
	return g
}

// arrange puts panels into rows.
func (f *Figure) arrange(columns int, panels []*panel) {
	f.panels = nil
	for i, p := range panels {
		if i%columns == 0 {
			f.panels = append(f.panels, make([]*panel, columns))
		}
		f.panels[i/columns][i%columns] = p
	}
}

// shareScale gives all panels the same ranges and labels only the outer axes.
func (f *Figure) shareScale() {
	var x, y extent
	for _, p := range f.all() {
		x.add(isLog(p.X), p.X.Min, p.X.Max)
		y.add(isLog(p.Y), p.Y.Min, p.Y.Max)
	}
	for i, row := range f.panels {
		for j, p := range row {
			if p == nil {
				continue
			}
			p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = x.min, x.max, y.min, y.max
			if i+1 < len(f.panels) && f.panels[i+1][j] != nil {
				p.X.Label.Text, p.X.Tick.Marker = "", unlabelled{p.X.Tick.Marker}
			}
			if j > 0 {
				p.Y.Label.Text, p.Y.Tick.Marker = "", unlabelled{p.Y.Tick.Marker}
			}
		}
	}
}

// gridLayout is the arrangement of the panels of a figure and of its legend.
type gridLayout struct {
	views  [][]*view   // nil for an empty cell
	cols   []vg.Length // widths
	rows   []vg.Length // heights
	legend legendLayout
}

func (g gridLayout) width() vg.Length  { return sum(g.cols) + panelGap*vg.Length(len(g.cols)-1) }
func (g gridLayout) height() vg.Length { return sum(g.rows) + panelGap*vg.Length(len(g.rows)-1) }

// layout returns views of the panels and the sizes of columns and rows.
func (f *Figure) layout() gridLayout {
	g := gridLayout{cols: make([]vg.Length, len(f.panels[0])), rows: make([]vg.Length, len(f.panels))}
	for i, row := range f.panels {
		g.views = append(g.views, make([]*view, len(row)))
		for j, p := range row {
			if p == nil {
				continue
			}
			v := p.view(f.Width)
			w, h := v.extra()
			lw, _ := v.legend.size()
			g.cols[j] = max(g.cols[j], f.Width+w, lw)
			g.rows[i] = max(g.rows[i], f.Height+h)
			g.views[i][j] = v
		}
	}
	g.legend = f.legend.layout(g.width())
	return g
}

func sum(lengths []vg.Length) (s vg.Length) {
	for _, l := range lengths {
		s += l
	}
	return s
}

// edges are the largest distances, in a row or a column, between the data area of a
// panel and the edges of its cell.
type edges struct{ before, after vg.Length }

func (e *edges) include(before, after vg.Length) {
	e.before, e.after = max(e.before, before), max(e.after, after)
}

// place returns the canvas of every panel such that the data areas of all panels
// have the same size and are aligned in rows and columns.
func (g gridLayout) place(c draw.Canvas) [][]draw.Canvas {
	colEdges, rowEdges := make([]edges, len(g.cols)), make([]edges, len(g.rows))
	x, y := c.Size().X/g.width(), c.Size().Y/g.height() // the canvas need not have the nominal size
	for i, row := range g.views {
		for j, v := range row {
			if v == nil {
				continue
			}
			cell := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{Max: vg.Point{X: g.cols[j] * x, Y: g.rows[i] * y}}}
			data := v.dataCanvas(cell)
			colEdges[j].include(data.Min.X, cell.Max.X-data.Max.X)
			rowEdges[i].include(cell.Max.Y-data.Max.Y, data.Min.Y)
		}
	}
	w, h := c.Size().X-panelGap*vg.Length(len(g.cols)-1), c.Size().Y-panelGap*vg.Length(len(g.rows)-1)
	for _, e := range colEdges {
		w -= e.before + e.after
	}
	for _, e := range rowEdges {
		h -= e.before + e.after
	}
	w, h = w/vg.Length(len(g.cols)), h/vg.Length(len(g.rows))

	cells := make([][]draw.Canvas, len(g.rows))
	top := c.Max.Y
	for i, row := range g.views {
		cells[i] = make([]draw.Canvas, len(row))
		left := c.Min.X
		for j := range row {
			re, ce := rowEdges[i], colEdges[j]
			cells[i][j] = draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
				Min: vg.Point{X: left, Y: top - re.before - h - re.after},
				Max: vg.Point{X: left + ce.before + w + ce.after, Y: top},
			}}
			if v := row[j]; v != nil {
				cells[i][j] = v.align(cells[i][j], ce, re)
			}
			left += ce.before + w + ce.after + panelGap
		}
		top -= rowEdges[i].before + h + rowEdges[i].after + panelGap
	}
	return cells
}

// align crops a cell so that the panel's data area has the distances of its row and
// column from the edges.
func (v *view) align(cell draw.Canvas, col, row edges) draw.Canvas {
	data := v.dataCanvas(cell)
	return draw.Crop(cell,
		col.before-(data.Min.X-cell.Min.X), (cell.Max.X-data.Max.X)-col.after,
		row.after-(data.Min.Y-cell.Min.Y), (cell.Max.Y-data.Max.Y)-row.before)
}

// OneLegend gives the figure one legend in place of those of its plots, without entries of
// the same label, and returns the figure: for plots that differ in their data only.
func (f *Figure) OneLegend() *Figure {
	seen := map[string]bool{}
	for _, p := range f.all() {
		for _, e := range p.legend.entries {
			if !seen[e.label] {
				seen[e.label] = true
				f.legend.entries = append(f.legend.entries, e)
			}
		}
		p.legend.entries = nil
	}
	return f
}

// shareLegend makes the legend of the first panel, which is valid for all, that of
// the figure.
func (f *Figure) shareLegend() {
	for i, p := range f.all() {
		if i == 0 {
			f.legend.entries = p.legend.entries
		}
		p.legend.entries = nil
	}
}
