package plotting

import "pnclab/pnc"

// Layers draws any quantity over the layers of networks. The points of a
// measurement are joined by lines.
func Layers(q Quantity, traces ...Trace) *Figure {
	return overLayers(q, q.read, nil, traces)
}

// overLayers draws traces over layers, with the values that read takes off their
// evaluations. If fit is not nil, each measurement gets the line it returns.
func overLayers(q Quantity, read reading, fit func([]float64) pnc.Fit, traces []Trace) *Figure {
	p := newPanel(q.Title, `layer $\ell$`, q.Label)
	if q.Log {
		p.logY()
	}
	drawTraces(p, q, read, fit, traces)
	p.X.Tick.Marker = LayerTicks{}
	var x extent
	for _, t := range traces {
		x.add(false, t.series(q.Log, read).x...)
	}
	p.X.Min, p.X.Max = x.min-0.35, x.max+0.35
	return newFigure(q.Name, caption(q.Title+" over layers", traces), p)
}

// caption says in words what a figure shows.
func caption(title string, traces []Trace) string {
	s := plain(title)
	for i, t := range traces {
		s += map[bool]string{true: ": ", false: "; "}[i == 0] + plain(t.label)
	}
	return s + "."
}
