package plotting

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg/draw"
)

// ErrorScaling draws an error against the quantity that causes it, such as the
// step size, on two logarithmic axes, with a reference line of the expected slope
// through the middle of the first trace.
func ErrorScaling(xlabel, ylabel string, slope float64, traces ...Trace) *Figure {
	loose := make([]Trace, len(traces)) // lines would hide the reference line
	for i, t := range traces {
		loose[i] = t.Loose()
	}
	f := Over(Axes{Name: "error-scaling", Title: "Error scaling", X: xlabel, Y: ylabel, LogX: true, LogY: true}, loose...)
	if len(traces) == 0 {
		return f
	}
	s := traces[0].series(true, nil)
	var logs, errs []float64
	var x extent
	for i, v := range s.mean {
		if drawable(v, true) && drawable(s.x[i], true) {
			logs, errs = append(logs, math.Log(s.x[i])), append(errs, math.Log(v))
			x.add(true, s.x[i])
		}
	}
	if len(logs) == 0 {
		return f
	}
	midX, _, _ := meanDeviation(logs, false)
	midY, _, _ := meanDeviation(errs, false)
	at := func(x float64) float64 { return math.Exp(midY + slope*(math.Log(x)-midX)) }
	line := NewLine([]float64{x.min, x.max}, []float64{at(x.min), at(x.max)})
	line.LineStyle = draw.LineStyle{Color: midGrey, Width: thinWidth, Dashes: dashed}
	p := f.panels[0][0]
	p.under(line)
	p.legend.add(fmt.Sprintf("slope %g", slope), line)
	return f
}
