package plotting

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
)

// labels joins the labels of ticks.
func labels(ticks []plot.Tick) string {
	var s []string
	for _, t := range ticks {
		if !t.IsMinor() {
			s = append(s, plain(t.Label))
		}
	}
	return strings.Join(s, " ")
}

func TestDecadeTicks(t *testing.T) {
	for _, tt := range []struct {
		min, max float64
		want     string
	}{
		{1e-5, 20, "10^−5 10^−4 10^−3 10^−2 10^−1 10^0 10^1"},
		{0.9e-3, 1.1, "10^−3 10^−2 10^−1 10^0"},
		{1e-3, 1e-1, "10^−3 10^−2 10^−1"},
		{0.03, 0.5, "0.05 0.1 0.2 0.5"}, // one power of ten
		{1.5, 14, "2 5 10"},
		{2e-5, 3e-4, "2×10^−5 5×10^−5 10^−4 2×10^−4"},
		{0.25, 0.33, "0.25 0.26 0.27 0.28 0.29 0.30 0.31 0.32 0.33"}, // a seventh of a decade
		{1e-30, 1, "10^−28 10^−24 10^−20 10^−16 10^−12 10^−8 10^−4 10^0"},
		{3e4, 2e8, "10^5 10^6 10^7 10^8"},
		{0, 1, ""}, {-1, 1, ""}, {1, 1, ""}, {math.NaN(), 1, ""}, {1, math.Inf(1), ""},
	} {
		if got := labels(DecadeTicks{}.Ticks(tt.min, tt.max)); got != tt.want {
			t.Errorf("[%g, %g]: %s, want %s", tt.min, tt.max, got, tt.want)
		}
	}
}

func TestTicksStayOnTheAxis(t *testing.T) {
	for _, marker := range []plot.Ticker{DecadeTicks{}, LinearTicks{}, LayerTicks{}} {
		for min := 1e-12; min < 1e6; min *= 7 {
			for span := 1.001; span < 1e14; span *= 3.7 {
				max := min * span
				ticks := marker.Ticks(min, max)
				major := 0
				for _, tick := range ticks {
					const slack = 1e-9 // of a step, for rounding
					if tick.Value < min*(1-1e-6)-slack*math.Max(max, 1) || tick.Value > max*(1+1e-6) {
						t.Fatalf("%T [%g, %g]: tick at %g", marker, min, max, tick.Value)
					}
					if !tick.IsMinor() {
						major++
					}
				}
				if _, whole := marker.(LayerTicks); major > 16 || major < 2 && !whole {
					t.Errorf("%T [%g, %g]: %d labels: %s", marker, min, max, major, labels(ticks))
				}
			}
		}
	}
}

func TestLinearTicks(t *testing.T) {
	for _, tt := range []struct {
		min, max float64
		want     string
	}{
		{0.96, 0.99, "0.960 0.965 0.970 0.975 0.980 0.985 0.990"},
		{-0.008, 0.006, "−0.008 −0.006 −0.004 −0.002 0 0.002 0.004 0.006"},
		{0, 1.05e-6, "0 0.2×10^−6 0.4×10^−6 0.6×10^−6 0.8×10^−6 1.0×10^−6"},
		{-213, 1, "−200 −150 −100 −50 0"},
		{0, 100000, "0 20000 40000 60000 80000 100000"},
		{0, 4e6, "0 0.5×10^6 1.0×10^6 1.5×10^6 2.0×10^6 2.5×10^6 3.0×10^6 3.5×10^6 4.0×10^6"},
		{1, 1, ""}, {2, 1, ""}, {math.NaN(), 1, ""}, {0, math.Inf(1), ""}, {1, math.Nextafter(1, 2), ""},
	} {
		if got := labels(LinearTicks{}.Ticks(tt.min, tt.max)); got != tt.want {
			t.Errorf("[%g, %g]: %s, want %s", tt.min, tt.max, got, tt.want)
		}
	}
}

func TestLayerTicks(t *testing.T) {
	for _, tt := range []struct {
		min, max float64
		want     string
	}{
		{-0.35, 5.35, "0 1 2 3 4 5"},
		{0.65, 1.35, "1"},
		{0, 24.3, "0 2 4 6 8 10 12 14 16 18 20 22 24"},
		{0.1, 0.9, ""},
		{0, 400, "0 50 100 150 200 250 300 350 400"},
	} {
		if got := labels(LayerTicks{}.Ticks(tt.min, tt.max)); got != tt.want {
			t.Errorf("[%g, %g]: %s, want %s", tt.min, tt.max, got, tt.want)
		}
	}
}

func TestMathNumber(t *testing.T) {
	for _, tt := range []struct {
		v      float64
		digits int
		want   string
	}{
		{0.2846, 3, "0.285"}, {-0.00449, 3, "−0.00449"}, {4e-5, 1, "4×10^−5"}, {1e-7, 1, "10^−7"},
		{-213, 3, "−213"}, {123456, 3, "1.23×10^5"}, {0, 3, "0"}, {math.NaN(), 3, "NaN"}, {math.Inf(-1), 3, "−Inf"},
	} {
		if got := plain(mathNumber(tt.v, tt.digits)); got != tt.want {
			t.Errorf("%g: %s, want %s", tt.v, got, tt.want)
		}
	}
}
