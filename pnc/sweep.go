package pnc

import (
	"context"
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
// the same order. It stops at the first error; runs completed before it are in the
// cache.
func Sweep(ctx context.Context, experiments []Experiment) ([]*Outcome, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	runs := make([]*Outcome, len(experiments))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(experiments)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(experiments) && ctx.Err() == nil; i = next.Add(1) - 1 {
				r, err := experiments[i].Run(ctx)
				if err != nil {
					cancel(err)
					return
				}
				runs[i] = r
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return runs, nil
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
