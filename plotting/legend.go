package plotting

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legend explains the marks of a panel or a figure outside its axes, on the
// right or below.
type legend struct {
	entries []legendEntry
	right   bool
	// width is what a legend below may take before its columns become fewer. It is
	// nominal: the legend looks the same on a canvas of any size.
	width vg.Length
}

type legendEntry struct {
	label  string
	thumbs []plot.Thumbnailer
}

// Sizes of a legend.
const (
	thumbWidth = vg.Length(22)
	legendGap  = vg.Length(7) // between it and the axes
	entryGap   = vg.Length(6) // between thumbnail and text
	columnGap  = vg.Length(16)
	entryLead  = vg.Length(3.5) // between lines
)

func (l *legend) add(label string, thumbs ...plot.Thumbnailer) {
	if label != "" {
		l.entries = append(l.entries, legendEntry{label, thumbs})
	}
}

// cell returns the width and height of the widest and highest entry.
func (l *legend) cell() (w, h vg.Length) {
	sty := textStyle(legendSize)
	for _, e := range l.entries {
		width, height, depth := sty.Handler.Box(e.label, sty.Font)
		w = max(w, thumbWidth+entryGap+width)
		h = max(h, height+depth)
	}
	return w, h + entryLead
}

// columns returns how many columns fit below.
func (l *legend) columns() int {
	if l.right || len(l.entries) == 0 {
		return 1
	}
	w, _ := l.cell()
	fit := max(1, int((l.width+columnGap)/(w+columnGap)))
	rows := (len(l.entries) + fit - 1) / fit
	return (len(l.entries) + rows - 1) / rows // as many as these rows need
}

// size returns the room the legend takes beside or below the axes, 0 for an
// empty one.
func (l *legend) size() (w, h vg.Length) {
	if len(l.entries) == 0 {
		return 0, 0
	}
	w, h = l.cell()
	cols := l.columns()
	rows := (len(l.entries) + cols - 1) / cols
	w = vg.Length(cols)*w + vg.Length(cols-1)*columnGap
	if l.right {
		return w + legendGap, vg.Length(rows) * h
	}
	return w, vg.Length(rows)*h + legendGap
}

// draw draws the legend with its upper left corner at pt, column by column.
func (l *legend) draw(c draw.Canvas, pt vg.Point) {
	sty := textStyle(legendSize)
	w, h := l.cell()
	cols := l.columns()
	rows := (len(l.entries) + cols - 1) / cols
	for i, e := range l.entries {
		x := pt.X + vg.Length(i/rows)*(w+columnGap)
		top := pt.Y - vg.Length(i%rows)*h
		ext := sty.FontExtents()
		baseline := top - ext.Ascent
		mid := baseline + 0.36*ext.Ascent
		icon := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: x, Y: mid - 0.4*h},
			Max: vg.Point{X: x + thumbWidth, Y: mid + 0.4*h},
		}}
		for _, t := range e.thumbs {
			t.Thumbnail(&icon)
		}
		_, _, depth := sty.Handler.Box(e.label, sty.Font)
		c.FillText(sty, vg.Point{X: x + thumbWidth + entryGap, Y: baseline - (depth - ext.Descent)}, e.label)
	}
}
