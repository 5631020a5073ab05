package plotting

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestControlPositions(t *testing.T) {
	for _, test := range []struct {
		control Control
		start   string
		n       int      // positions
		some    []string // labels that are there
	}{
		{Float("a", 0.05, 1, 0.3).Log(), "0.3", 84, []string{"0.05", "0.052", "0.1", "0.11", "1"}},
		{Float("a", 0.9, 1, 0.95).Log(), "0.95", 100, []string{"0.9", "0.901", "1"}},
		{Float("a", 1e-7, 1e-3, 1e-5).Log(), "1e-05", 101, []string{"1e-07", "0.001"}},
		{Float("a", 0, 3, 1), "1", 151, []string{"0", "0.02", "0.3", "2.98", "3"}},
		{Float("a", -1, 1, 0.333), "0.333", 102, []string{"-1", "-0.02", "0", "0.02", "1"}},
		{Float("a", 0.013, 0.99, 0.99), "0.99", 99, []string{"0.013", "0.02", "0.99"}},
		{Int("a", 2, 10, 6), "6", 9, []string{"2", "10"}},
		{Int("a", -3, 3, 0), "0", 7, []string{"-3", "-1", "3"}},
		{Int("a", 1, 20000, 1234), "1234", 102, []string{"1", "200", "19800", "20000"}},
		{Int("a", 0, 5_000_000, 1_000_000), "1000000", 101, []string{"0", "50000", "5000000"}},
	} {
		c := test.control
		if got := c.labels[c.at]; got != test.start || len(c.labels) != test.n {
			t.Errorf("starts at %s and has %d positions, want %s and %d: %v", got, len(c.labels), test.start, test.n, c.labels)
		}
		for _, want := range test.some {
			if !slices.Contains(c.labels, want) {
				t.Errorf("no position %s in %v", want, c.labels)
			}
		}
		for i, label := range c.labels {
			v, err := strconv.ParseFloat(label, 64)
			if err != nil || v != c.values[i] || i > 0 && !(v > c.values[i-1]) {
				t.Errorf("position %d says %s and is %v, after %v", i, label, c.values[i], c.values[max(0, i-1)])
			}
		}
	}
}

func TestValues(t *testing.T) {
	controls := []Control{Float(`\xi`, 0.05, 1, 0.3).Log(), Int("depth", 2, 10, 6), Choice("net", "linear", "MLP"), Toggle("norm", true)}
	v := starting(controls)
	if v.Float(`\xi`) != 0.3 || v.Int("depth") != 6 || v.Float("depth") != 6 || v.Choice("net") != "linear" || !v.Toggle("norm") {
		t.Errorf("values %v", v)
	}
	if got, want := v.String(), "ξ = 0.3, depth = 6, net: linear, norm: on"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	at := []int{0, 0, 1, 0}
	moved, ok := v.moved(at)
	at[0] = 5 // not theirs any more
	if got, want := moved.String(), "ξ = 0.05, depth = 2, net: MLP, norm: off"; !ok || got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestControlPanics(t *testing.T) {
	v := starting([]Control{Int("depth", 2, 10, 6)})
	for want, f := range map[string]func(){
		"cannot go from 1 to 1":                   func() { Float("a", 1, 1, 1) },
		"cannot go from 0 to +Inf":                func() { Float("a", 0, math.Inf(1), 1) },
		"starts at 2, which is not from 0 to 1":   func() { Float("a", 0, 1, 2) },
		"starts at 11, which is not":              func() { Int("a", 2, 10, 11) },
		"a logarithmic scale needs":               func() { Float("a", 0, 1, 1).Log() },
		"is no Float of positive":                 func() { Toggle("a", true).Log() },
		"1 options, less than two":                func() { Choice("a", "b") },
		`the option "b" twice`:                    func() { Choice("a", "b", "b") },
		"no controls":                             func() { Interact(nil) },
		"a zero Control":                          func() { Interact(nil, Control{}) },
		`two controls are named "a"`:              func() { Interact(nil, Toggle("a", true), Int("a", 1, 2, 1)) },
		`no control Float("xi"), but Int("depth"`: func() { v.Float("xi") },
		`no control Toggle("depth")`:              func() { v.Toggle("depth") },
		"no figure for depth = 6":                 func() { drawn(func(Values) *Figure { return nil }, v) },
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, "plotting: ") || !strings.Contains(text, want) {
					t.Errorf("panic %q, want %q", text, want)
				}
			}()
			f()
		}()
	}
}
