package plotting

import (
	"math"
	"slices"
	"testing"

	"pnclab/pnc"
)

func TestSeries(t *testing.T) {
	runs := Series("a", []float64{1, 10}, []float64{3, 1000, 5}, []float64{math.NaN(), -1, 7})
	s := runs.series(false, nil)
	// Means 2, 1009/3, 6; deviations √2, ..., √2 by hand.
	if want := []float64{0, 1, 2}; !slices.Equal(s.x, want) {
		t.Errorf("x = %v, want %v", s.x, want)
	}
	if !near(s.mean[0], 2) || !near(s.high[0], 2+math.Sqrt2) || !near(s.low[0], 2-math.Sqrt2) || !near(s.mean[1], 1009./3) || !near(s.mean[2], 6) {
		t.Errorf("means %v, low %v, high %v", s.mean, s.low, s.high)
	}
	// A logarithmic axis cannot show -1: the mean of 10 and 1000 is 100, their
	// deviation ln 100/√2.
	s = runs.series(true, nil)
	if factor := math.Exp(math.Log(100) / math.Sqrt2); !near(s.mean[1], 100) || !near(s.high[1], 100*factor) || !near(s.low[1], 100/factor) {
		t.Errorf("logarithmic means %v, low %v, high %v", s.mean, s.low, s.high)
	}
	if s := Series("a", []float64{1, 2}).series(false, nil); s.deviates {
		t.Error("a single run deviates")
	}
}

// near reports equality up to rounding.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-12*math.Abs(b) }

func TestTracePlaces(t *testing.T) {
	for _, tt := range []struct {
		trace Trace
		want  []float64
	}{
		{Series("", []float64{1, 2, 3}), []float64{0, 1, 2}},
		{Series("", []float64{1, 2, 3}).From(1), []float64{1, 2, 3}},
		{Series("", []float64{1, 2, 3}).At(200, 100), []float64{100, 200}},
		{Measured("", &pnc.Evaluation{Layers: []pnc.LayerMeasures{{Layer: 2}, {Layer: 4}}}), []float64{2, 4}},
	} {
		if got := tt.trace.series(true, CompressionOf.read).x; !slices.Equal(got, tt.want) {
			t.Errorf("%+v: places %v, want %v", tt.trace, got, tt.want)
		}
	}
}

// Names go with their values, wherever these are on the x axis.
func TestNames(t *testing.T) {
	s := Series("a", []float64{5, 6, 7, 8}).At(30, 10, 20, 40).Named("first", "second", "", "fourth").series(false, nil)
	l := newNames(s, ink, 0)
	want := map[string][2]float64{"first": {30, 5}, "second": {10, 6}, "fourth": {40, 8}}
	if len(l.Labels) != len(want) {
		t.Errorf("names %q", l.Labels)
	}
	for i, name := range l.Labels {
		if at := [2]float64{l.XYs[i].X, l.XYs[i].Y}; at != want[name] {
			t.Errorf("%s at %v, want %v", name, at, want[name])
		}
	}
}

// The legend must give the rate and R² that package pnc fits.
func TestFitInLegend(t *testing.T) {
	c := []float64{13.5, 3.9, 1.1, 0.31, 0.09, 0.025}
	ev := &pnc.Evaluation{}
	for l, v := range c {
		ev.Layers = append(ev.Layers, pnc.LayerMeasures{Layer: l, C: v, D: 0.9 + 0.01*v})
	}
	legend := func(f *Figure) []string {
		var all []string
		for _, e := range f.panels[0][0].legend.entries {
			all = append(all, plain(e.label))
		}
		return all
	}
	// The least-squares line through log C over l, worked out in Python from its
	// sums: exp(-1.2580316) = 0.2842129, 1 - R² = 1.6735838e-5.
	if got, want := legend(Compression(Measured("a", ev))), []string{"a", "fit: C_ℓ ∼ 0.284^ℓ, 1 − R^2 = 2×10^−5"}; !slices.Equal(got, want) {
		t.Errorf("legend %q, want %q", got, want)
	}
	if got := legend(Compression(Measured("a", ev).NoFit())); len(got) != 1 {
		t.Errorf("NoFit: legend %q", got)
	}
	if got := legend(Compression(Measured("", ev))); len(got) != 0 {
		t.Errorf("no label: legend %q", got)
	}
	gap := &pnc.Evaluation{Layers: []pnc.LayerMeasures{ev.Layers[0], ev.Layers[2], ev.Layers[3]}}
	if got := legend(Compression(Measured("a", gap))); len(got) != 1 {
		t.Errorf("layers with a gap: legend %q, want no fit, which assumes that they are consecutive", got)
	}
}

func TestBoundOutOfSight(t *testing.T) {
	d := []float64{0.95, 0.96, 0.97}
	axis := func(bound []float64) (min, max float64, label string) {
		p := Discrimination(Series("a", d).NoFit(), Bound("bound", bound)).panels[0][0]
		return p.Y.Min, p.Y.Max, plain(p.legend.entries[1].label)
	}
	min0, max0, _ := axis(nil)
	if min, max, label := axis([]float64{-213, -190, -167}); min != min0 || max != max0 || label != "bound (off the axis: −213 to −167)" {
		t.Errorf("axis [%g, %g], want [%g, %g]; label %q", min, max, min0, max0, label)
	}
	if min, _, label := axis([]float64{0.94, 0.945, 0.95}); min >= 0.94 || label != "bound" {
		t.Errorf("axis from %g does not show a bound from 0.94; label %q", min, label)
	}
	p := Discrimination(Series("a", d), Bound("bound", []float64{-213, -190, -167}).Whole()).panels[0][0]
	if p.Y.Min >= -213 || p.Y.Max < 0.97 {
		t.Errorf("a whole bound from -213 is on an axis from %g to %g", p.Y.Min, p.Y.Max)
	}
	if min, _, _ := axis([]float64{-213, 0.94, 0.95}); min < min0-1.001*(max0-min0) {
		t.Errorf("a bound widens the axis to %g", min)
	}
}

func TestSaturation(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		want   int
	}{
		{[]float64{78, 94, 98, 99, 99.8, 99.8, 100}, 3},
		{[]float64{100, 100}, 0},
		{[]float64{99, 100, 90, 99.5}, 3},
		{[]float64{100, 90}, -1},
		{[]float64{math.NaN()}, -1},
		{nil, -1},
	} {
		if got := saturation(tt.values, 1); got != tt.want {
			t.Errorf("%v: saturated from %d, want %d", tt.values, got, tt.want)
		}
	}
}

func TestThin(t *testing.T) {
	y := make([]float64, 100_000)
	y[777], y[98_765] = 5, -3
	x, thinned := thin(count(len(y)), y, false)
	if len(thinned) > 2000 || len(x) != len(thinned) {
		t.Errorf("%d points left", len(thinned))
	}
	if slices.Max(thinned) != 5 || slices.Min(thinned) != -3 || !slices.IsSorted(x) {
		t.Error("a spike or the order is lost")
	}
}

func TestRatiosOfEvaluation(t *testing.T) {
	ev := &pnc.Evaluation{Layers: []pnc.LayerMeasures{{Layer: 1, C: 8}, {Layer: 2, C: 4}, {Layer: 3, C: 1}}}
	if layers, ratios := readRatios(ev); !slices.Equal(ratios, []float64{0.5, 0.25}) || !slices.Equal(layers, []float64{1, 2}) {
		t.Errorf("ratios %v at the layers %v", ratios, layers)
	}
	if layers, ratios := readRatios(&pnc.Evaluation{}); len(layers)+len(ratios) > 0 {
		t.Errorf("ratios %v of no layers", ratios)
	}
}
