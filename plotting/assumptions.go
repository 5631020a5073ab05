package plotting

import (
	"fmt"

	"gonum.org/v1/gonum/stat"

	"pnclab/pnc"
)

// PaperAssumptions holds the paper's values of the quantities that [Assumptions]
// shows, one per setting; nil means that it gives none.
type PaperAssumptions struct {
	Residual, Balancedness, Variance []float64
}

// Assumptions draws how well trained networks meet the second assumption of the
// theorem at several settings, such as depths or widths: the distance from the
// minimum-norm solution, the mean relative balancedness of the layers, and the
// variance of the middle singular values. runs[i] holds the networks at settings[i],
// one per seed; several are drawn as their mean and standard deviation. theory holds
// the predictions in the same order, of which the mean is drawn; nil means none. It
// panics if the numbers of settings and of runs or predictions differ.
func Assumptions(setting string, settings []int, runs, theory [][]*pnc.Assumptions, paper PaperAssumptions) *Figure {
	if len(settings) != len(runs) || theory != nil && len(settings) != len(theory) {
		panic(fmt.Sprintf("plotting: %d settings but assumptions at %d, predicted at %d", len(settings), len(runs), len(theory)))
	}
	panel := func(title, label string, of func(*pnc.Assumptions) float64, printed []float64) *Figure {
		traces := []Trace{overSeeds(runs, of)}
		if theory != nil {
			t := overSeeds(theory, of)
			t.label, t.role = "predicted", predicted
			traces = append(traces, t)
		}
		if printed != nil {
			traces = append(traces, Paper("Wang et al. (2025)", printed))
		}
		f := Over(Axes{Name: "assumptions", Title: title, X: setting, Y: label}, traces...)
		p := f.panels[0][0]
		p.X.Tick.Marker = nameTicks(settings)
		p.X.Min, p.X.Max = -0.5, float64(len(settings))-0.5
		p.Y.Min = 0 // the ideal value of all three
		f.Caption = fmt.Sprintf("%s at %s %v.", title, setting, settings)
		return f
	}
	f := Row(
		panel("Minimum-norm residual", `$r$`, func(a *pnc.Assumptions) float64 { return a.Residual }, paper.Residual),
		panel("Relative balancedness", `mean over layers`, func(a *pnc.Assumptions) float64 {
			return stat.Mean(a.RelativeBalancedness, nil)
		}, paper.Balancedness),
		panel("Middle singular values", `variance`, func(a *pnc.Assumptions) float64 { return a.MiddleVar }, paper.Variance),
	)
	f.Width, f.Height = 220, 200
	f.shareLegend()
	return f
}

// overSeeds returns the trace of a quantity with the values of runs[i] at x = i.
func overSeeds(runs [][]*pnc.Assumptions, of func(*pnc.Assumptions) float64) Trace {
	var t Trace
	seeds := 0
	for i, at := range runs {
		seeds = max(seeds, len(at))
		for _, a := range at {
			// Every network is a run with a single value: settings may differ in seeds.
			t.runs = append(t.runs, make([]float64, len(runs)))
			last := t.runs[len(t.runs)-1]
			for j := range last {
				last[j] = missing
			}
			last[i] = of(a)
		}
	}
	t.label = "measured"
	if seeds > 1 {
		t.label = fmt.Sprintf("measured, %d seeds", seeds)
	}
	return t
}
