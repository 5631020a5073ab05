package pnc

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"

	"gonum.org/v1/gonum/stat"
)

// TransferComparison is what [Transfer] measures of one layer of a trained network,
// and what [PredictTransfer] says of it.
type TransferComparison struct {
	C, LawC float64 // of the layer, on the data of training: measured, and by [Predict]
	// Accuracy and Law are those on test samples of every new classifier, in per cent:
	// measured and predicted.
	Accuracy, Law []float64
}

// CompareTransfer compares layer l of every run with the closed form, for a new task
// whose samples depend on the seed of the run. What is linear in the networks begins
// behind layer front, whose features in the trained network are the data of the closed
// form: 0 for a linear network, the last nonlinear layer of a hybrid. Of ε it takes the
// scale of the initial weights. With front = l there is no linear layer between, and what the
// closed form says is what is measured. Runs are compared at the same time.
//
// It returns an error as Transfer does or as task does, and panics if a run has
// forgotten its network or the layers are not there.
func CompareTransfer(ctx context.Context, runs []*Outcome, front, l int, task func(seed int) (train, test *Dataset, err error), probes ...*ProbeOptions) ([]TransferComparison, error) {
	out, errs := make([]TransferComparison, len(runs)), make([]error, len(runs))
	var wg sync.WaitGroup
	for i, r := range runs {
		wg.Go(func() { out[i], errs[i] = r.compareTransfer(ctx, front, l, task, probes) })
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("seed %d: %w", runs[i].Experiment.Seed, err)
		}
	}
	return out, nil
}

func (r *Outcome) compareTransfer(ctx context.Context, front, l int, task func(int) (*Dataset, *Dataset, error), probes []*ProbeOptions) (c TransferComparison, err error) {
	train, test, err := task(r.Experiment.Seed)
	if err != nil {
		return c, err
	}
	pretrained, err := r.Experiment.Dataset()
	if err != nil {
		return c, err
	}
	measured, err := Transfer(ctx, r.Network, l, train, test, probes...)
	if err != nil {
		return c, err
	}
	var at [3]*Dataset // the features in front of what is linear
	for i, d := range []*Dataset{pretrained, train, test} {
		if at[i], err = r.Network.FeatureData(d, front); err != nil {
			return c, err
		}
	}
	e := r.Experiment
	law := Law{Depth: r.Network.Depth() - front, Scale: e.Init.Scale(), Alpha: e.Train.Alpha, Width: e.Net.Width}
	c.C, c.LawC = r.Evaluation.C()[l], r.Evaluation.C()[l]
	predicted := measured
	if front < l {
		c.LawC = Predict(at[0], law).C()[l-front]
		if predicted, err = PredictTransfer(ctx, at[0], law, l-front, at[1], at[2], probes...); err != nil {
			return c, err
		}
	}
	for i := range measured {
		c.Accuracy, c.Law = append(c.Accuracy, 100*measured[i].Test), append(c.Law, 100*predicted[i].Test)
	}
	return c, nil
}

// TransferChange is what happens to a layer when something else in the network is
// changed, such as the length of the head: two comparisons of the same seeds, before
// and after.
type TransferChange struct{ Before, After []TransferComparison }

// Of returns the mean over seeds of f before and after, and of the change, with the
// standard error of the change. Seeds share their data, so that the change varies by
// less than its two ends. It panics if the numbers of seeds differ.
func (c TransferChange) Of(f func(TransferComparison) float64) (before, after, change, err float64) {
	if len(c.Before) != len(c.After) {
		panic(fmt.Sprintf("pnc: a change from %d seeds to %d", len(c.Before), len(c.After)))
	}
	changes := make([]float64, len(c.Before))
	for i := range changes {
		b, a := f(c.Before[i]), f(c.After[i])
		n := float64(len(changes))
		before, after, changes[i] = before+b/n, after+a/n, a-b
	}
	change, err = stat.MeanStdDev(changes, nil)
	return before, after, change, err / math.Sqrt(float64(len(changes)))
}

// Report describes the change in words, a line for C and one for each classifier, of
// which names has the names. What theory says is left out where it is what is measured.
func (c TransferChange) Report(names ...string) string {
	var b strings.Builder
	line := func(name, format string, measured, law func(TransferComparison) float64) {
		before, after, change, err := c.Of(measured)
		fmt.Fprintf(&b, format, name, before, after)
		if name != "C" {
			fmt.Fprintf(&b, ", change %+.1f ± %.1f points", change, err)
		}
		lawBefore, lawAfter, lawChange, _ := c.Of(law)
		switch {
		case lawBefore == before && lawAfter == after:
		case name == "C":
			fmt.Fprintf(&b, ", theory %.3f to %.3f", lawBefore, lawAfter)
		default:
			fmt.Fprintf(&b, ", theory %+.1f", lawChange)
		}
		fmt.Fprintln(&b)
	}
	line("C", "%-14s %.3f to %.3f", func(t TransferComparison) float64 { return t.C }, func(t TransferComparison) float64 { return t.LawC })
	for k, name := range names {
		line(name, "%-14s %.1f %% to %.1f %%", func(t TransferComparison) float64 { return t.Accuracy[k] }, func(t TransferComparison) float64 { return t.Law[k] })
	}
	return strings.TrimRight(b.String(), "\n")
}

// Crossing returns the first place where a series that falls crosses a level, on
// straight lines over the logarithm of x, which rises. It is NaN if it does not, and panics if x
// and y differ in length.
func Crossing(x, y []float64, level float64) float64 {
	if len(x) != len(y) {
		panic(fmt.Sprintf("pnc: Crossing of %d values at %d places", len(y), len(x)))
	}
	for i := 1; i < len(y); i++ {
		if a, b := y[i-1], y[i]; a > level && b <= level {
			return x[i-1] * math.Pow(x[i]/x[i-1], (a-level)/(a-b))
		}
	}
	return math.NaN()
}
