package plotting

// Axes describes the axes of a figure.
type Axes struct {
	Name         string // for names of files
	Title        string
	X, Y         string // labels, as MathText
	LogX, LogY   bool
	WholeNumbers bool // on the x axis
}

// Over draws traces over any setting, such as the width of a network or the depth of
// its projection head. [Trace.At] gives the settings of values. It panics for a trace
// made of evaluations.
func Over(a Axes, traces ...Trace) *Figure {
	title := a.Title
	if title == "" {
		title = a.Y + " over " + a.X
	}
	q := Quantity{Name: plain(title), Log: a.LogY}
	p := newPanel(a.Title, a.X, a.Y)
	if a.LogX {
		p.logX()
	}
	if a.LogY {
		p.logY()
	}
	if a.WholeNumbers {
		p.X.Tick.Marker = LayerTicks{}
	}
	drawTraces(p, q, q.read, nil, traces)
	return newFigure(a.Name, caption(title, traces), p)
}
