package plotting

import (
	"image"
	"image/color"
	"image/png"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Figure is one or several plots that are shown together, with a description for
// readers who cannot see them.
type Figure struct {
	// Name is short and goes into names of files.
	Name string
	// Caption describes the figure in a sentence or two. It is shown where the
	// image cannot be.
	Caption string
	// Width and Height are the size of one plot with its axis labels, but without
	// legends, second axes and colour bars.
	Width, Height vg.Length

	panels [][]*panel // nil for an empty cell of the grid
	legend legend     // of all panels
}

// Sizes of a single plot and of one in a row, and the space around them.
const (
	plotWidth, plotHeight = 330, 235
	rowWidth              = 285
	margin                = vg.Length(8)
	panelGap              = vg.Length(16)
)

// newFigure returns a figure with one panel.
func newFigure(name, caption string, p *panel) *Figure {
	return &Figure{Name: name, Caption: caption, Width: plotWidth, Height: plotHeight, panels: [][]*panel{{p}}}
}

// Titled sets the title of the figure's first plot and returns the figure.
func (f *Figure) Titled(title string) *Figure {
	f.panels[0][0].title = title
	return f
}

// Captioned sets the caption and returns the figure.
func (f *Figure) Captioned(caption string) *Figure {
	f.Caption = caption
	return f
}

// LegendRight puts the legends of the figure to the right of its plots, instead of
// below them, and returns the figure.
func (f *Figure) LegendRight() *Figure {
	f.legend.right = true
	for _, p := range f.all() {
		p.legend.right = true
	}
	return f
}

// Plots returns the plots of the figure, row by row, so that their axes can be
// changed.
func (f *Figure) Plots() []*plot.Plot {
	var plots []*plot.Plot
	for _, p := range f.all() {
		plots = append(plots, p.Plot)
	}
	return plots
}

// Add adds gonum plotters to the first plot of the figure, above everything else and
// without changing its axes, and returns the figure. What they draw outside the axes is
// cut off.
func (f *Figure) Add(ps ...plot.Plotter) *Figure {
	for _, p := range ps {
		switch p.(type) {
		case *Line, *Band, *ErrorBars, *HeatMap, *ClassScatter: // marks of this package keep inside
			f.panels[0][0].add(p)
		default:
			f.panels[0][0].add(clipped{p})
		}
	}
	return f
}

func (f *Figure) all() []*panel {
	var all []*panel
	for _, row := range f.panels {
		for _, p := range row {
			if p != nil {
				all = append(all, p)
			}
		}
	}
	return all
}

// Size returns the width and height of the whole figure. Neither it nor drawing
// changes the figure: one can be measured and drawn by several goroutines at once.
func (f *Figure) Size() (w, h vg.Length) {
	g := f.layout()
	w, h = g.width(), g.height()
	lw, lh := g.legend.size()
	if f.legend.right {
		w, h = w+lw, max(h, lh)
	} else {
		w, h = max(w, lw), h+lh
	}
	return w + 2*margin, h + 2*margin
}

// Draw draws the figure on a canvas of any size.
func (f *Figure) Draw(c draw.Canvas) {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	c = draw.Crop(c, margin, -margin, margin, -margin)
	grid := f.layout()
	lw, lh := grid.legend.size()
	switch {
	case f.legend.right:
		grid.legend.draw(c, vg.Point{X: c.Max.X - lw + legendGap, Y: c.Max.Y - titleSize - titleGap})
		c.Max.X -= lw
	case lh > 0:
		grid.legend.draw(c, vg.Point{X: c.Center().X - lw/2, Y: c.Min.Y + lh - legendGap})
		c.Min.Y += lh
	}
	for i, row := range grid.place(c) {
		for j, cell := range row {
			if v := grid.views[i][j]; v != nil {
				v.draw(cell)
			}
		}
	}
}

// Image returns the figure as an image with the given resolution in dots per inch.
func (f *Figure) Image(dpi int) image.Image {
	w, h := f.Size()
	c := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(dpi))
	f.Draw(draw.New(c))
	return c.Image()
}

// writePNG writes the figure as a PNG with a palette.
func (f *Figure) writePNG(w io.Writer, dpi int) error {
	return png.Encode(w, fewColors(f.Image(dpi)))
}
