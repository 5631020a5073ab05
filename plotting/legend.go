package plotting

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legend explains the marks of a panel or a figure. It is outside the axes, to the
// right or below.
type legend struct {
	entries []legendEntry
	right   bool
}

type legendEntry struct {
	label  string
	thumbs []plot.Thumbnailer
	joined bool // with the entry before it, as a prediction is with its measurement: both stand in one column
}

// Sizes of a legend.
const (
	thumbWidth = vg.Length(22)
	legendGap  = vg.Length(7) // between the legend and the axes
	entryGap   = vg.Length(6) // between thumbnail and text
	columnGap  = vg.Length(16)
	entryLead  = vg.Length(3.5) // between lines
)

func (l *legend) add(label string, thumbs ...plot.Thumbnailer) {
	l.entry(legendEntry{label: label, thumbs: thumbs})
}

// entry adds an entry that has a label.
func (l *legend) entry(e legendEntry) {
	if e.label != "" {
		l.entries = append(l.entries, e)
	}
}

// legendLayout is a legend with its entries in columns.
type legendLayout struct {
	*legend
	columns       [][]legendEntry
	rows          int
	width, height vg.Length // of a cell: those of the widest and of the tallest entry
}

// layout arranges the entries: in one column if the legend is on the right, else in
// as few rows as fit into the given width. The width is nominal: the legend looks
// the same on a canvas of any size.
func (l *legend) layout(width vg.Length) legendLayout {
	g := legendLayout{legend: l}
	if len(l.entries) == 0 {
		return g
	}
	sty := textStyle(legendSize)
	for _, e := range l.entries {
		w, h := linesSize(sty, e.label)
		g.width = max(g.width, thumbWidth+entryGap+w)
		g.height = max(g.height, h)
	}
	g.height += entryLead
	fit := 1
	if !l.right {
		fit = max(1, int((width+columnGap)/(g.width+columnGap)))
	}
	for g.rows = (len(l.entries) + fit - 1) / fit; ; g.rows++ {
		if g.columns = l.fill(g.rows); len(g.columns) <= fit {
			return g
		}
	}
}

// fill distributes the entries over columns of at most the given number of rows. Joined
// entries are in the same column unless they are more than that.
func (l *legend) fill(rows int) (columns [][]legendEntry) {
	room := 0 // in the last column
	for i, e := range l.entries {
		group := 1
		for group < rows && i+group < len(l.entries) && l.entries[i+group].joined {
			group++
		}
		if room == 0 || group > room && !e.joined {
			columns, room = append(columns, nil), rows
		}
		last := len(columns) - 1
		columns[last] = append(columns[last], e)
		room--
	}
	return columns
}

// linesSize returns the size of a text of one or several lines.
func linesSize(sty text.Style, txt string) (w, h vg.Length) {
	ext := sty.FontExtents()
	gap := ext.Height - ext.Ascent - ext.Descent
	for i, line := range sty.Handler.Lines(txt) {
		width, height, depth := sty.Handler.Box(line, sty.Font)
		w, h = max(w, width), h+height+depth
		if i > 0 {
			h += gap
		}
	}
	return w, h
}

// size returns the space that the legend needs beside or below the axes: 0 if it is
// empty.
func (g legendLayout) size() (w, h vg.Length) {
	if len(g.entries) == 0 {
		return 0, 0
	}
	w, h = vg.Length(len(g.columns))*g.width+vg.Length(len(g.columns)-1)*columnGap, vg.Length(g.rows)*g.height
	if g.right {
		return w + legendGap, h
	}
	return w, h + legendGap
}

// draw draws the legend with its upper left corner at pt, column by column.
func (g legendLayout) draw(c draw.Canvas, pt vg.Point) {
	sty := textStyle(legendSize)
	for i, column := range g.columns {
		x := pt.X + vg.Length(i)*(g.width+columnGap)
		for j, e := range column {
			e.draw(c, sty, vg.Point{X: x, Y: pt.Y - vg.Length(j)*g.height}, g.height)
		}
	}
}

// draw draws an entry of the given height with its upper left corner at pt.
func (e legendEntry) draw(c draw.Canvas, sty text.Style, pt vg.Point, height vg.Length) {
	ext := sty.FontExtents()
	baseline := pt.Y - ext.Ascent
	mid := baseline + 0.36*ext.Ascent
	icon := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
		Min: vg.Point{X: pt.X, Y: mid - 0.4*height},
		Max: vg.Point{X: pt.X + thumbWidth, Y: mid + 0.4*height},
	}}
	for _, t := range e.thumbs {
		t.Thumbnail(&icon)
	}
	lines := sty.Handler.Lines(e.label)
	_, _, depth := sty.Handler.Box(lines[0], sty.Font)
	_, h := linesSize(sty, e.label)
	_, first := linesSize(sty, lines[0]) // the first line is beside the icon
	c.FillText(sty, vg.Point{X: pt.X + thumbWidth + entryGap, Y: baseline - (depth - ext.Descent) - (h - first)}, e.label)
}
