package plotting

import "fmt"

// Curve is a quantity over the epochs or steps of a run.
type Curve struct {
	Label string
	// X holds the epochs. If it is nil they are 0, 1, 2, ...
	X []float64
	Y []float64
}

// LossCurve draws the loss of one or several runs on a logarithmic axis.
func LossCurve(curves ...Curve) *Figure {
	p := newPanel("Training loss", "epoch", "loss")
	p.logY()
	addCurves(p, curves)
	p.fit(0.02, 0.06)
	labels := make([]string, len(curves))
	for i, c := range curves {
		labels[i] = c.Label
	}
	return newFigure("loss", listed("Training loss over epochs", labels), p)
}

// addCurves draws curves of many points.
func addCurves(p *panel, curves []Curve) {
	for i, c := range curves {
		x := c.X
		if x == nil {
			x = count(len(c.Y))
		}
		if len(x) != len(c.Y) {
			panic(fmt.Sprintf("plotting: curve %q has %d x but %d y", c.Label, len(x), len(c.Y)))
		}
		x, y := thin(x, c.Y, isLog(p.Y))
		line := NewLine(x, y)
		line.Color = seriesColor(i)
		if i >= len(SeriesColors) {
			line.Dashes = dashed
		}
		p.add(line)
		p.legend.add(c.Label, line)
	}
}

// count returns 0, 1, ..., n-1.
func count(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(i)
	}
	return x
}

// thin reduces a curve to at most 2000 points: the lowest and the highest of each
// section that the axis can show, so that spikes stay visible. A section without any is
// a gap.
func thin(x, y []float64, log bool) (tx, ty []float64) {
	const most = 2000
	if len(y) <= most {
		return x, y
	}
	stretch := (2*len(y) + most - 1) / most
	for i := 0; i < len(y); i += stretch {
		lo, hi := i, i
		for j := i; j < min(i+stretch, len(y)); j++ {
			if !drawable(y[j], log) {
				continue
			}
			if y[j] < y[lo] || !drawable(y[lo], log) {
				lo = j
			}
			if y[j] > y[hi] || !drawable(y[hi], log) {
				hi = j
			}
		}
		for _, j := range []int{min(lo, hi), max(lo, hi)} {
			tx, ty = append(tx, x[j]), append(ty, y[j])
		}
	}
	return tx, ty
}
