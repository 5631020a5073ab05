//go:build !js

package session

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pnclab/pnc"
)

// TestAddress checks that what configurations describe comes back, and that what the
// page cannot show is an error.
func TestAddress(t *testing.T) {
	for _, change := range []func(*Config){
		func(*Config) {},
		func(c *Config) { c.Common, c.Seed, c.Momentum = 0.5, 7, 0.9 },
		func(c *Config) { c.Data, c.Noise = "gaussian", 0.5 },
		func(c *Config) { c.Data, c.Noise, c.Dim = "blobs", 0.7, 30 },
		func(c *Config) { c.Data, c.Classes, c.Net, c.Depth, c.Loss = "digits", 4, "mlp", 5, "cross-entropy" },
		func(c *Config) { c.Net, c.BatchNorm, c.Depth = "hybrid", false, 8 },
	} {
		want := Default()
		change(&want)
		e, err := want.Experiment()
		if err != nil {
			t.Fatal(err)
		}
		got, err := fromExperiment(e)
		if got.Noise-want.Noise < 1e-15 && want.Noise-got.Noise < 1e-15 { // of blobs, by way of the spread
			got.Noise = want.Noise
		}
		if err != nil || got != want {
			t.Errorf("%+v became %+v, %v", want, got, err)
		}
		if a, err := Address(e); err != nil || !strings.Contains(a, "data="+want.Data) {
			t.Errorf("address %s, %v", a, err)
		}
	}
	e, err := Default().Experiment()
	if err != nil {
		t.Fatal(err)
	}
	for text, change := range map[string]func(*pnc.Experiment){
		"no such data":      func(e *pnc.Experiment) { e.Data = pnc.Images{} },
		"depth is 12":       func(e *pnc.Experiment) { e.Net.Depth = 12 },
		"weights start":     func(e *pnc.Experiment) { e.Init = pnc.Gaussian(0.3) },
		"with bias":         func(e *pnc.Experiment) { e.Net.Bias = true },
		"all samples":       func(e *pnc.Experiment) { e.Train.Batch = 5 },
		"no weight decay":   func(e *pnc.Experiment) { e.Train.WeightDecay = 1e-4 },
		"constant learning": func(e *pnc.Experiment) { e.Train.Schedule = pnc.Cosine(0.01) },
		"epochs is 1e+06":   func(e *pnc.Experiment) { e.Train.Epochs = 1_000_000 },
	} {
		other := e
		change(&other)
		if _, err := Address(other); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("error %v, want one with %q", err, text)
		}
	}
}

// TestRanges checks that the ranges of numbers are those of the page's sliders.
func TestRanges(t *testing.T) {
	text, err := os.ReadFile("../web/controls.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range Default().numbers() {
		row := fmt.Sprintf(`\{id: "%s",[^\n]* min: %v, max: %v\b`, n.name, n.min, n.max)
		if !regexp.MustCompile(row).Match(text) {
			t.Errorf("controls.js has no control that matches %s", row)
		}
	}
}

// FuzzAddress requires that an experiment is refused or has an address of all controls,
// with numbers within their ranges.
func FuzzAddress(f *testing.F) {
	e, err := Default().Experiment()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(e.String())
	f.Add(`{"Data":{"pnc.OnlyClasses":{"Of":{"pnc.Glyphs":{}},"Classes":[0,1]}},"Net":{"Depth":3,"Nonlinear":2}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var e pnc.Experiment
		if json.Unmarshal([]byte(text), &e) != nil {
			return
		}
		address, err := Address(e)
		if err != nil {
			return
		}
		v, err := url.ParseQuery(strings.TrimPrefix(address, "#"))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range Default().numbers() {
			if x, err := strconv.ParseFloat(v.Get(n.name), 64); err != nil || !(x >= n.min && x <= n.max) {
				t.Errorf("%s is %q in %s", n.name, v.Get(n.name), address)
			}
		}
	})
}
