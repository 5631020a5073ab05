package pnc

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/stat"
)

// Seeds returns n copies of the experiment with the seeds 1 to n.
func (e Experiment) Seeds(n int) []Experiment {
	all := make([]Experiment, n)
	for i := range all {
		all[i] = e
		all[i].Seed = i + 1
	}
	return all
}

// Sweep runs all experiments, one per core at a time, and returns their outcomes in
// the same order. Experiments that are under way elsewhere, in another process with
// the same sweep for example, are left for last, so that several processes share the
// work. It stops at the first error; outcomes that were complete by then are in the
// cache. Observers are told of every outcome, see [Progress].
func Sweep(ctx context.Context, experiments []Experiment) ([]*Outcome, error) {
	ctx, cancel := context.WithCancelCause(withoutProgress(ctx))
	defer cancel(nil)
	done, stop := counted("sweep", "experiments", len(experiments))
	defer stop()
	outcomes := make([]*Outcome, len(experiments))
	var mu sync.Mutex
	var claimed []int // elsewhere, when their turn came
	pass := func(indices []int, wait bool) {
		var next atomic.Int64
		var wg sync.WaitGroup
		for range min(runtime.GOMAXPROCS(0), len(indices)) {
			wg.Go(func() {
				for n := next.Add(1) - 1; int(n) < len(indices) && ctx.Err() == nil; n = next.Add(1) - 1 {
					i := indices[n]
					o, err := experiments[i].obtain(ctx, wait, nil)
					switch {
					case errors.Is(err, errClaimed):
						mu.Lock()
						claimed = append(claimed, i)
						mu.Unlock()
					case err != nil:
						cancel(err)
						return
					default:
						outcomes[i] = o
						done()
					}
				}
			})
		}
		wg.Wait()
	}
	all := make([]int, len(experiments))
	for i := range all {
		all[i] = i
	}
	pass(all, false)
	pass(claimed, true)
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return outcomes, nil
}

// Evaluations returns the evaluations of runs.
func Evaluations(runs []*Outcome) []*Evaluation {
	evs := make([]*Evaluation, len(runs))
	for i, r := range runs {
		evs[i] = r.Evaluation
	}
	return evs
}

// Averages returns the mean and the unbiased standard deviation, element by element,
// of series of equal length. The standard deviation of a single series is NaN. It
// panics if there is no series or their lengths differ.
func Averages(series ...[]float64) (mean, std []float64) {
	if len(series) == 0 {
		panic("pnc: Averages without a series")
	}
	mean, std = make([]float64, len(series[0])), make([]float64, len(series[0]))
	column := make([]float64, len(series))
	for l := range mean {
		for i, s := range series {
			if len(s) != len(mean) {
				panic("pnc: Averages of series of different lengths")
			}
			column[i] = s[l]
		}
		mean[l], std[l] = stat.MeanStdDev(column, nil)
		if len(series) == 1 {
			std[l] = math.NaN()
		}
	}
	return mean, std
}

// MeanOver returns the mean over evaluations, element by element, of the series that
// f returns for each, such as (*Evaluation).C.
func MeanOver(evs []*Evaluation, f func(*Evaluation) []float64) []float64 {
	mean, _ := Averages(Collect(evs, f)...)
	return mean
}

// Collect returns f(ev) for every evaluation ev: the series that [Averages] takes.
func Collect(evs []*Evaluation, f func(*Evaluation) []float64) [][]float64 {
	series := make([][]float64, len(evs))
	for i, ev := range evs {
		series[i] = f(ev)
	}
	return series
}
