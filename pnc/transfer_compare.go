package pnc

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// TransferComparison is what [Transfer] measures of one layer of a trained network,
// and what [PredictTransfer] says of it, for the new task of a [TransferTask].
type TransferComparison struct {
	Trained float64 // accuracy of the network on the data of training, in per cent
	C, LawC float64 // of the layer, on the data of training: measured, and by [Predict]
	// Accuracy and Law are those on test samples of every new classifier, in per cent:
	// measured and predicted.
	Accuracy, Law []float64
}

// MarshalJSON writes numbers that JSON has no form for as [Evaluation] does.
func (c TransferComparison) MarshalJSON() ([]byte, error) {
	return json.Marshal(transferComparisonJSON{jsonNumber(c.Trained), jsonNumber(c.C), jsonNumber(c.LawC), jsonNumbers(c.Accuracy), jsonNumbers(c.Law)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *TransferComparison) UnmarshalJSON(b []byte) error {
	var v transferComparisonJSON
	if err := decodeStrictly(b, &v); err != nil {
		return err
	}
	*c = TransferComparison{float64(v.Trained), float64(v.C), float64(v.LawC), floats64(v.Accuracy), floats64(v.Law)}
	return nil
}

type transferComparisonJSON struct {
	Trained, C, LawC jsonNumber
	Accuracy, Law    []jsonNumber
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

// Report describes the change in words, a line for C, one for each classifier, of which
// names has the names, and one for the accuracy of the networks on their own task unless
// it is 100 %. What theory says is left out where it is what is measured.
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
	if before, after, _, _ := c.Of(func(t TransferComparison) float64 { return t.Trained }); min(before, after) < 100 {
		fmt.Fprintf(&b, "%-14s %.1f %% to %.1f %%\n", "its own task", before, after)
	}
	return strings.TrimRight(b.String(), "\n")
}

// Judge adds rows on the change to a table. C must rise, and so must the accuracy of
// every classifier, of which names has the names ("" leaves one out), if sign is positive, or
// both must fall if it is negative: the accuracy by more than two standard errors. Paper
// has what it says of the ratio of C and of the points gained.
func (c TransferChange) Judge(v *Verdicts, title string, sign float64, paper [2]string, names ...string) {
	judge, factor := v.AtLeast, 2.0
	if sign < 0 {
		judge, factor = v.AtMost, -2.0
	}
	before, after, _, _ := c.Of(func(t TransferComparison) float64 { return t.C })
	judge(title+": C, last over first", paper[0], 1, after/before)
	for k, name := range names {
		if name == "" {
			continue
		}
		_, _, law, _ := c.Of(func(t TransferComparison) float64 { return t.Law[k] })
		_, _, change, err := c.Of(func(t TransferComparison) float64 { return t.Accuracy[k] })
		v.Note(title+": points gained, "+name, paper[1], law, change, fmt.Sprintf("± %.1f", err))
		judge(title+": the same, two standard errors nearer to zero", "", 0, change-factor*err)
	}
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
