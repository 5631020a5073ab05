package plotting

import (
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"pnclab/pnc"
)

// Trace is something to draw over the layers of a network or over a setting:
// measurements, predictions, values of the paper, or a bound. One trace can go
// into several figures, each of which takes from it the quantity it shows.
type Trace struct {
	label string
	role  role
	evs   []*pnc.Evaluation
	runs  [][]float64 // of any quantity, in place of evs
	at    []float64   // where the values of a run are; nil for 0, 1, ...
	band  bool
	noFit bool
	loose bool // points without a line
	whole bool // a bound that is always on the axis
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

// Values is Measured for any quantity: each run holds one value a layer or a
// setting.
func Values(label string, runs ...[]float64) Trace {
	return Trace{label: label, role: measured, runs: runs}
}

// Predicted is what the theory says: a dashed line and hollow points. The i-th
// prediction of a figure has the colour of the i-th measurement, a shade darker.
func Predicted(label string, ev *pnc.Evaluation) Trace {
	return Trace{label: label, role: predicted, evs: []*pnc.Evaluation{ev}}
}

// Expected is Predicted for any quantity: one value a layer or a setting.
func Expected(label string, values []float64) Trace {
	return Trace{label: label, role: predicted, runs: [][]float64{values}}
}

// Paper holds the values that the paper gives, one a layer, drawn as crosses. NaN
// stands for a layer without one.
func Paper(label string, values []float64) Trace {
	return Trace{label: label, role: paper, runs: [][]float64{values}}
}

// Bound holds the values that a theorem gives as a bound, one a layer, drawn as a
// dotted line. It does not widen the axes by more than the data take, and where it
// lies beyond them the legend says so; see [Trace.Whole].
func Bound(label string, values []float64) Trace {
	return Trace{label: label, role: bound, runs: [][]float64{values}}
}

// From returns the trace with its values beginning at the given layer instead of
// at layer 0. It has no effect on evaluations, whose layers are known.
func (t Trace) From(layer int) Trace {
	var n int
	for _, run := range t.runs {
		n = max(n, len(run))
	}
	t.at = count(n)
	for i := range t.at {
		t.at[i] += float64(layer)
	}
	return t
}

// At returns the trace with its values at the given settings, such as widths. It
// has no effect on evaluations. Values without a setting are left out.
func (t Trace) At(settings ...float64) Trace { t.at = settings; return t }

// Band returns the trace with its standard deviation drawn as a band instead of
// as error bars.
func (t Trace) Band() Trace { t.band = true; return t }

// NoFit returns the trace without a fitted line; its points are joined instead.
func (t Trace) NoFit() Trace { t.noFit = true; return t }

// Whole returns the bound with the axes as wide as it takes to show all of it,
// however little that leaves of the data.
func (t Trace) Whole() Trace { t.whole = true; return t }

// Loose returns the trace with its points not joined by a line.
func (t Trace) Loose() Trace { t.loose = true; return t }

// series holds a trace's values of one quantity: at every x the mean and where a
// standard deviation below and above it is.
type series struct {
	Trace
	x, mean, low, high []float64
	deviates           bool // from the mean
}

// series collects the values of a trace: those that read takes off its evaluations
// and those given directly. On a logarithmic axis means are geometric.
func (t Trace) series(log bool, read reading) series {
	values := map[float64][]float64{}
	for _, ev := range t.evs {
		layers, vs := read(ev)
		for i, l := range layers {
			values[l] = append(values[l], vs[i])
		}
	}
	for _, run := range t.runs {
		for i, v := range run {
			switch {
			case t.at == nil:
				values[float64(i)] = append(values[float64(i)], v)
			case i < len(t.at):
				values[t.at[i]] = append(values[t.at[i]], v)
			}
		}
	}
	s := series{Trace: t, x: slices.Sorted(maps.Keys(values))}
	for _, x := range s.x {
		mean, dev, n := meanDeviation(values[x], log)
		low, high := mean-dev, mean+dev
		if log {
			low, high, mean = math.Exp(low), math.Exp(high), math.Exp(mean)
		}
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
