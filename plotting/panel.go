package plotting

import "gonum.org/v1/plot"

// panel is one pair of axes with everything that belongs to it: a title, marks, a
// grid, a second y axis on the right, a colour bar, a legend.
type panel struct {
	*plot.Plot
	marks  []plot.Plotter // in drawing order
	title  string
	twin   *panel // drawn over this one, with its y axis on the right
	bar    *colorBar
	legend legend
	noGrid bool
	frame  bool // draws all four sides
	equal  bool // gives both axes the same scale
}

func newPanel(title, xlabel, ylabel string) *panel {
	p := &panel{Plot: NewPlot(), title: title}
	p.X.Label.Text, p.Y.Label.Text = xlabel, ylabel
	return p
}

// logX and logY make an axis logarithmic.
func (p *panel) logX() { p.X.Scale, p.X.Tick.Marker = LogScale{}, DecadeTicks{} }
func (p *panel) logY() { p.Y.Scale, p.Y.Tick.Marker = LogScale{}, DecadeTicks{} }

// add adds marks above the others, without changing the axes.
func (p *panel) add(marks ...plot.Plotter) { p.marks = append(p.marks, marks...) }

// under adds marks below all others.
func (p *panel) under(marks ...plot.Plotter) { p.marks = append(marks, p.marks...) }

// ranger is a mark that knows the ranges of its points on given axes: the least of all
// values may be one that a logarithmic axis cannot show, such as zero, and what
// plot.DataRanger returns then says nothing of the others.
type ranger interface {
	extents(logX, logY bool) (x, y extent)
}

// fit sets the ranges of the axes to those of the marks, with margins.
func (p *panel) fit(xMargin, yMargin float64) {
	var x, y extent
	for _, m := range p.marks {
		switch r := m.(type) {
		case ranger:
			ownX, ownY := r.extents(isLog(p.X), isLog(p.Y))
			x.join(ownX)
			y.join(ownY)
		case plot.DataRanger:
			xmin, xmax, ymin, ymax := r.DataRange()
			x.add(isLog(p.X), xmin, xmax)
			y.add(isLog(p.Y), ymin, ymax)
		}
	}
	p.X.Min, p.X.Max = x.padded(isLog(p.X), xMargin)
	p.Y.Min, p.Y.Max = y.padded(isLog(p.Y), yMargin)
}
