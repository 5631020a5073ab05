package plotting

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Control is something that a reader can move, for [Interact]: a number ([Float],
// [Int]), one of several words ([Choice]) or a switch ([Toggle]). It has a finite
// number of positions.
type Control struct {
	name   string
	kind   controlKind
	labels []string  // of the positions
	values []float64 // of the positions of a number
	at     int       // the position at which it starts
}

type controlKind string

const (
	floatControl  controlKind = "Float"
	intControl    controlKind = "Int"
	choiceControl controlKind = "Choice"
	toggleControl controlKind = "Toggle"
)

// sliderPositions is about the number of positions of a slider.
const sliderPositions = 100

// Float returns a slider from min to max that starts at value. Its positions are min,
// max, value and, between min and max, the multiples of a round step, about 100. It
// panics unless min < max are finite and value is between them.
func Float(name string, min, max, value float64) Control {
	checkRange(name, min, max, value)
	step := roundStep((max - min) / sliderPositions)
	values := []float64{min}
	for i := math.Floor(min/step) + 1; i*step < max-step/2; i++ {
		if v := rounded(i*step, step); v > min+step/2 {
			values = append(values, v)
		}
	}
	return slider(name, floatControl, append(values, max), value)
}

// Log returns the slider with positions that are equally far apart on a logarithmic
// scale, but for rounding to two digits (three if max is less than ten times min). It
// panics unless the control is a [Float] whose min is positive.
func (c Control) Log() Control {
	if c.kind != floatControl || c.values[0] <= 0 {
		panic(fmt.Sprintf("plotting: control %q is no Float of positive numbers, which a logarithmic scale needs", c.name))
	}
	low, high, value := c.values[0], c.values[len(c.values)-1], c.values[c.at]
	digits := 2
	if high < 10*low {
		digits = 3
	}
	values := []float64{low}
	for i := 1; i < sliderPositions; i++ {
		v := low * math.Pow(high/low, float64(i)/sliderPositions)
		v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
		if v > values[len(values)-1] && v < high {
			values = append(values, v)
		}
	}
	return slider(c.name, floatControl, append(values, high), value)
}

// Int returns a slider over the whole numbers from min to max that starts at value; of
// more than 200 numbers it has the multiples of a round step, min, max and value. It
// panics unless min < max and value is between them.
func Int(name string, min, max, value int) Control {
	checkRange(name, float64(min), float64(max), float64(value))
	step := 1
	if n := max - min; n > 2*sliderPositions {
		step = int(roundStep(float64(n) / sliderPositions))
	}
	values := []float64{float64(min)}
	for i := min/step - 1; i*step < max; i++ {
		if i*step > min {
			values = append(values, float64(i*step))
		}
	}
	return slider(name, intControl, append(values, float64(max)), float64(value))
}

// Choice returns a list of words, of which one is chosen: the first, to begin with. It
// panics if there are fewer than two or one is there twice.
func Choice(name string, options ...string) Control {
	if len(options) < 2 {
		panic(fmt.Sprintf("plotting: control %q has %d options, less than two", name, len(options)))
	}
	for i, o := range options {
		if slices.Contains(options[:i], o) {
			panic(fmt.Sprintf("plotting: control %q has the option %q twice", name, o))
		}
	}
	return Control{name: name, kind: choiceControl, labels: slices.Clone(options)}
}

// Toggle returns a switch that is on or off.
func Toggle(name string, on bool) Control {
	c := Control{name: name, kind: toggleControl, labels: []string{"off", "on"}}
	if on {
		c.at = 1
	}
	return c
}

// slider returns a slider over values in ascending order, and over value, at which it
// starts.
func slider(name string, kind controlKind, values []float64, value float64) Control {
	at, found := slices.BinarySearch(values, value)
	if !found {
		values = slices.Insert(values, at, value)
	}
	c := Control{name: name, kind: kind, values: values, at: at}
	format := byte('g')
	if kind == intControl {
		format = 'f'
	}
	for _, v := range values {
		c.labels = append(c.labels, strconv.FormatFloat(v, format, -1, 64))
	}
	return c
}

func checkRange(name string, min, max, value float64) {
	if !(min < max) || math.IsInf(min, 0) || math.IsInf(max, 0) {
		panic(fmt.Sprintf("plotting: control %q cannot go from %v to %v", name, min, max))
	}
	if !(value >= min && value <= max) {
		panic(fmt.Sprintf("plotting: control %q starts at %v, which is not from %v to %v", name, value, min, max))
	}
}

// rounded returns a multiple of a round step without what multiplication has added.
func rounded(v, step float64) float64 {
	digits := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'f', digits, 64), 64)
	return r + 0 // no negative zero
}

// show returns what the control says at a position: "ξ = 0.3".
func (c Control) show(at int) string {
	separator := " = "
	if c.values == nil {
		separator = ": "
	}
	return plain(c.name) + separator + c.labels[at]
}

// checkControls panics unless there are controls and all have names of their own.
func checkControls(controls []Control) {
	if len(controls) == 0 {
		panic("plotting: there are no controls to move")
	}
	for i, c := range controls {
		if len(c.labels) == 0 {
			panic("plotting: a zero Control; make one by Float, Int, Choice or Toggle")
		}
		if slices.ContainsFunc(controls[:i], func(other Control) bool { return other.name == c.name }) {
			panic(fmt.Sprintf("plotting: two controls are named %q", c.name))
		}
	}
}

// Values are the values that controls have.
type Values struct {
	controls []Control
	at       []int // their positions
}

// starting returns the values at which controls start.
func starting(controls []Control) Values {
	v := Values{controls: controls}
	for _, c := range controls {
		v.at = append(v.at, c.at)
	}
	return v
}

// moved returns the values with controls at other positions, or false if there are no
// such positions.
func (v Values) moved(at []int) (Values, bool) {
	if len(at) != len(v.controls) {
		return v, false
	}
	for i, a := range at {
		if a < 0 || a >= len(v.controls[i].labels) {
			return v, false
		}
	}
	return Values{v.controls, slices.Clone(at)}, true
}

// Float returns the value of the [Float] or [Int] with a name. Like the other methods,
// it panics if there is none.
func (v Values) Float(name string) float64 {
	c, at := v.find(name, floatControl, intControl)
	return c.values[at]
}

// Int returns the value of the [Int] with a name.
func (v Values) Int(name string) int {
	c, at := v.find(name, intControl)
	return int(c.values[at])
}

// Choice returns the word that is chosen in the [Choice] with a name.
func (v Values) Choice(name string) string {
	c, at := v.find(name, choiceControl)
	return c.labels[at]
}

// Toggle reports whether the [Toggle] with a name is on.
func (v Values) Toggle(name string) bool {
	_, at := v.find(name, toggleControl)
	return at == 1
}

// find returns the control with a name and its position.
func (v Values) find(name string, kinds ...controlKind) (Control, int) {
	var have []string
	for i, c := range v.controls {
		if c.name == name && slices.Contains(kinds, c.kind) {
			return c, v.at[i]
		}
		have = append(have, fmt.Sprintf("%s(%q)", c.kind, c.name))
	}
	panic(fmt.Sprintf("plotting: there is no control %s(%q), but %s", kinds[0], name, strings.Join(have, ", ")))
}

// String returns all values: "ξ = 0.3, depth = 6, network: linear".
func (v Values) String() string {
	var s []string
	for i, c := range v.controls {
		s = append(s, c.show(v.at[i]))
	}
	return strings.Join(s, ", ")
}
