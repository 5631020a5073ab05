package plotting

import "pnclab/pnc"

// Layers draws any quantity over the layers of a network. The points of each
// measurement are joined by a line.
func Layers(q Quantity, traces ...Trace) *Figure {
	return overLayers(q, q.read, nil, traces)
}

// overLayers draws traces over layers, with the values that read returns for their
// evaluations. If fit is not nil, each measurement gets the line that fit returns.
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

// caption describes a figure in words.
func caption(title string, traces []Trace) string {
	labels := make([]string, len(traces))
	for i, t := range traces {
		labels[i] = t.label
	}
	return listed(title, labels)
}

// listed returns a title with what the figure shows. Lines without a label are left out.
func listed(title string, labels []string) string {
	s, sep := plain(title), ": "
	for _, label := range labels {
		if label != "" {
			s, sep = s+sep+plain(label), "; "
		}
	}
	return s + "."
}
