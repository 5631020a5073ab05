package plotting

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"pnclab/pnc"
)

// Trace is something to draw over the layers of a network: measurements,
// predictions, values of the paper, or a bound. One trace can go into several
// figures, each of which takes from it the quantity it shows.
type Trace struct {
	label string
	role  role
	evs   []*pnc.Evaluation
	runs  [][]float64 // of any quantity, in place of evs
	first int         // layer of the first value of a run
	band  bool
	noFit bool
}

type role int

const (
	measured role = iota
	predicted
	paper
	bound
)

// Measured is what was measured in one or several runs. Several are drawn as
// their mean with error bars of one standard deviation; on a logarithmic axis
// both are taken of the logarithm.
func Measured(label string, evs ...*pnc.Evaluation) Trace {
	if len(evs) == 0 {
		panic("plotting: Measured without an evaluation")
	}
	return Trace{label: label, role: measured, evs: evs}
}

// Values is Measured for any quantity: each run holds one value a layer.
func Values(label string, runs ...[]float64) Trace {
	return Trace{label: label, role: measured, runs: runs}
}

// Predicted is what the theory says: a dashed line and hollow points. The i-th
// prediction of a figure has the colour of the i-th measurement, a shade darker.
func Predicted(label string, ev *pnc.Evaluation) Trace {
	return Trace{label: label, role: predicted, evs: []*pnc.Evaluation{ev}}
}

// Paper holds the values that the paper gives, one a layer, drawn as crosses. NaN
// stands for a layer without one.
func Paper(label string, values []float64) Trace {
	return Trace{label: label, role: paper, runs: [][]float64{values}}
}

// Bound holds the values that a theorem gives as a bound, one a layer, drawn as a
// dotted line. It does not widen the axes by more than the data take; where it
// lies beyond them the legend says so.
func Bound(label string, values []float64) Trace {
	return Trace{label: label, role: bound, runs: [][]float64{values}}
}

// From returns the trace with its values beginning at the given layer instead of
// at layer 0. It has no effect on evaluations, whose layers are known.
func (t Trace) From(layer int) Trace { t.first = layer; return t }

// Band returns the trace with its standard deviation drawn as a band instead of
// as error bars.
func (t Trace) Band() Trace { t.band = true; return t }

// NoFit returns the trace without a fitted line; its points are joined instead.
func (t Trace) NoFit() Trace { t.noFit = true; return t }

// Quantity is something that is measured of every layer.
type Quantity struct {
	Name   string // of files
	Title  string
	Label  string // of the axis, as MathText
	Log    bool   // whether the axis is logarithmic
	Symbol string // in equations of the legend, as MathText
	Of     func(pnc.LayerMeasures) float64
}

// series holds a trace's values of one quantity.
type series struct {
	Trace
	layers, mean, low, high []float64
	deviates                bool // low and high differ from mean
}

// series collects the values of a quantity at every layer.
func (t Trace) series(q Quantity) series {
	at := map[int][]float64{}
	for _, ev := range t.evs {
		for _, m := range ev.Layers {
			at[m.Layer] = append(at[m.Layer], q.Of(m))
		}
	}
	for _, run := range t.runs {
		for i, v := range run {
			at[t.first+i] = append(at[t.first+i], v)
		}
	}
	layers := make([]int, 0, len(at))
	for l := range at {
		layers = append(layers, l)
	}
	slices.Sort(layers)

	s := series{Trace: t}
	for _, l := range layers {
		mean, dev, n := meanDeviation(at[l], q.Log)
		low, high := mean-dev, mean+dev
		if q.Log {
			low, high = math.Exp(mean-dev), math.Exp(mean+dev)
			mean = math.Exp(mean)
		}
		s.layers = append(s.layers, float64(l))
		s.mean, s.low, s.high = append(s.mean, mean), append(s.low, low), append(s.high, high)
		s.deviates = s.deviates || n > 1
	}
	return s
}

// meanDeviation returns the mean and the standard deviation of the values that
// an axis has a place for, or of their logarithms, and their number. Without any
// the mean is NaN; a single value deviates by 0.
func meanDeviation(values []float64, log bool) (mean, dev float64, n int) {
	var vs []float64
	for _, v := range values {
		if drawable(v, log) {
			if log {
				v = math.Log(v)
			}
			vs = append(vs, v)
		}
	}
	switch len(vs) {
	case 0:
		return math.NaN(), 0, 0
	case 1:
		return vs[0], 0, 1
	}
	mean, dev = stat.MeanStdDev(vs, nil)
	return mean, dev, len(vs)
}
