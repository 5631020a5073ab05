package sweep

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// replicates is the number of bootstrap replicates of a mean.
const replicates = 2000

// Statistics returns the table of statistics over seeds: one row per layer and
// combination of the other fields. Of every quantity of the table that [Folder.Collect]
// returns, and of loss and accuracy, it has the mean (as C_mean), the unbiased standard
// deviation (C_sd) and the 95 % interval of the mean (C_low, C_high), the percentiles of
// 2000 bootstrap replicates over seeds; with a single run there are no deviation and no
// interval. done, diverged, failed and other count the runs of the combination, so that a
// mean over those that survived is not taken for one over all. A combination of which no
// run is done has one row without a layer.
func (f *Folder) Statistics(runs *Table) *Table {
	keys := []int{} // columns that make a combination
	for i, field := range f.Head.Fields {
		if !strings.EqualFold(field, "seed") {
			keys = append(keys, i)
		}
	}
	layer, name, status, key := runs.column("layer"), runs.column("name"), runs.column("status"), runs.column("key")
	first := runs.column("K") + 1
	var quantities []int
	for i := first; i < runs.column("atMost"); i++ {
		quantities = append(quantities, i)
	}
	quantities = append(quantities, runs.column("accuracy"), runs.column("loss"))

	type group struct {
		row            []any // of the keys
		layers         map[int][][]any
		runs           map[string]bool // that were counted, by key
		done, diverged int
		failed, other  int
	}
	groups := map[string]*group{}
	var order []*group
	for _, row := range runs.Rows {
		var id strings.Builder
		for _, k := range keys {
			id.WriteString(Coordinate(row[k]) + "\x00")
		}
		g := groups[id.String()]
		if g == nil {
			g = &group{layers: map[int][][]any{}, runs: map[string]bool{}}
			for _, k := range keys {
				g.row = append(g.row, row[k])
			}
			groups[id.String()] = g
			order = append(order, g)
		}
		if id := row[key].(string); !g.runs[id] {
			g.runs[id] = true
			switch Status(row[status].(string)) {
			case Done:
				g.done++
			case Diverged:
				g.diverged++
			case Failed:
				g.failed++
			default:
				g.other++
			}
		}
		if l, ok := row[layer].(int); ok {
			g.layers[l] = append(g.layers[l], row)
		}
	}

	t := &Table{}
	for _, k := range keys {
		t.Columns = append(t.Columns, runs.Columns[k])
	}
	t.Columns = append(t.Columns, "layer", "name", "done", "diverged", "failed", "other")
	for _, q := range quantities {
		for _, s := range []string{"_mean", "_sd", "_low", "_high"} {
			t.Columns = append(t.Columns, runs.Columns[q]+s)
		}
	}
	for _, g := range order {
		var layers []int
		for l := range g.layers {
			layers = append(layers, l)
		}
		slices.Sort(layers)
		counts := []any{g.done, g.diverged, g.failed, g.other}
		if layers == nil {
			row := append(append(slices.Clone(g.row), nil, nil), counts...)
			t.Rows = append(t.Rows, append(row, make([]any, 4*len(quantities))...))
		}
		for _, l := range layers {
			row := append(append(slices.Clone(g.row), l, g.layers[l][0][name]), counts...)
			for _, q := range quantities {
				var values []float64
				for _, r := range g.layers[l] {
					if v, ok := r[q].(float64); ok {
						values = append(values, v)
					}
				}
				s := summarize(values)
				row = append(row, number(s.mean), number(s.sd), number(s.low), number(s.high))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// statistics are those of the values of several runs.
type statistics struct{ mean, sd, low, high float64 }

// summarize returns mean, unbiased standard deviation, and the percentiles 2.5 and 97.5
// of the means of bootstrap replicates, which are drawn from a fixed seed. What is
// undefined is NaN.
func summarize(values []float64) statistics {
	nan := math.NaN()
	s := statistics{nan, nan, nan, nan}
	if len(values) == 0 {
		return s
	}
	s.mean = stat.Mean(values, nil)
	if len(values) == 1 || math.IsInf(s.mean, 0) || math.IsNaN(s.mean) {
		return s
	}
	s.sd = stat.StdDev(values, nil)
	rnd := rand.New(rand.NewPCG(1, uint64(len(values))))
	means := make([]float64, replicates)
	for i := range means {
		for range values {
			means[i] += values[rnd.IntN(len(values))]
		}
		means[i] /= float64(len(values))
	}
	slices.Sort(means)
	s.low, s.high = stat.Quantile(0.025, stat.LinInterp, means, nil), stat.Quantile(0.975, stat.LinInterp, means, nil)
	return s
}

// meanOn returns the mean of values, the geometric one on a logarithmic scale, NaN for
// none.
func meanOn(log bool, values []float64) float64 {
	switch {
	case len(values) == 0:
		return math.NaN()
	case log:
		return stat.GeometricMean(values, nil)
	}
	return stat.Mean(values, nil)
}
