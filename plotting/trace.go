package plotting

import (
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"pnclab/pnc"
)

// Trace is something to draw over the layers of a network or over a setting:
// measurements, predictions, values of the paper, or a bound. One trace can be part
// of several figures, each of which draws the quantity it shows.
type Trace struct {
	label string
	role  role
	evs   []*pnc.Evaluation
	runs  [][]float64 // values of any quantity, in place of evs
	at    []float64   // x of the values of a run; nil means 0, 1, ...
	names []string    // of the values of a run, beside their points
	band  bool
	noFit bool
	loose bool // points without a line
	whole bool // a bound of which the axis shows everything
}

type role int

const (
	measured role = iota
	predicted
	paper
	bound
)

// Measured returns a trace of what was measured in one or several runs. Several are
// drawn as their mean with error bars of one standard deviation; on a logarithmic
// axis, both are those of the logarithm.
func Measured(label string, evs ...*pnc.Evaluation) Trace {
	if len(evs) == 0 {
		panic("plotting: Measured without an evaluation")
	}
	return Trace{label: label, role: measured, evs: evs}
}

// Series is like [Measured] for any quantity: each run holds one value per layer or
// setting.
func Series(label string, runs ...[]float64) Trace {
	return Trace{label: label, role: measured, runs: runs}
}

// Predicted returns a trace of what the theory predicts: a dashed line with hollow
// points. If a figure has several measurements, its i-th prediction has the colour of
// the i-th measurement, a shade darker.
func Predicted(label string, ev *pnc.Evaluation) Trace {
	return Trace{label: label, role: predicted, evs: []*pnc.Evaluation{ev}}
}

// Expected is like [Predicted] for any quantity: one value per layer or setting.
func Expected(label string, values []float64) Trace {
	return Trace{label: label, role: predicted, runs: [][]float64{values}}
}

// Paper returns a trace of the paper's values, one per layer, drawn as crosses. NaN
// means that the paper has none for a layer.
func Paper(label string, values []float64) Trace {
	return Trace{label: label, role: paper, runs: [][]float64{values}}
}

// Bound returns a trace of a theorem's bound, one value per layer, drawn as a dotted
// line. It widens the axis by no more than the range of the data, and if it lies
// beyond, the legend says so; see [Trace.Whole].
func Bound(label string, values []float64) Trace {
	return Trace{label: label, role: bound, runs: [][]float64{values}}
}

// From returns the trace with its values starting at the given layer instead of
// layer 0. It has no effect on evaluations, whose layers are known.
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

// At returns the trace with its values at the given settings, such as widths. Values
// without a setting are left out. It has no effect on evaluations.
func (t Trace) At(settings ...float64) Trace { t.at = settings; return t }

// Band returns the trace with its standard deviation drawn as a band instead of
// as error bars.
func (t Trace) Band() Trace { t.band = true; return t }

// NoFit returns the trace without a fitted line: its points are joined instead.
func (t Trace) NoFit() Trace { t.noFit = true; return t }

// Whole returns the bound such that the axis shows all of it, however small that
// makes the data.
func (t Trace) Whole() Trace { t.whole = true; return t }

// Named returns the measurement with a name beside the point of each of its values, in
// their order; an empty one is not written. It has no effect on evaluations.
func (t Trace) Named(names ...string) Trace { t.names = names; return t }

// Loose returns the trace without a line between its points.
func (t Trace) Loose() Trace { t.loose = true; return t }

// series holds a trace's values of one quantity: at every x the mean, and the mean
// less and plus one standard deviation.
type series struct {
	Trace
	x, mean, low, high []float64
	deviates           bool // some x has more than one value
}

// series collects the values of a trace: what read returns for its evaluations, and
// values given directly. On a logarithmic axis means are geometric.
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

// meanDeviation returns the mean and the standard deviation of the values that can be
// drawn, or of their logarithms, and their number. Of no values the mean is NaN, of a
// single one the deviation is 0.
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
