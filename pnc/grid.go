package pnc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"pnclab/pnc/internal/elementary"
)

// Grid is a sweep as a value: experiments that differ from a base in the fields that
// its axes set. It contains every combination of their values, the last axis changing
// fastest. A Grid survives JSON, which is also the form of the files that "pnclab
// sweep" runs on one machine or many.
//
//	grid := pnc.Grid{
//		Base: pnc.Experiment{Data: data, Net: pnc.Linear(4, 50), Init: pnc.Orthogonal(0.3)},
//		Axes: []pnc.Axis{
//			pnc.Over("net.depth", 2, 4, 6),
//			pnc.Over("init.scale", pnc.LogRange(0.01, 1, 10)),
//			pnc.Over("seed", pnc.Range(1, 5)),
//		},
//	}
//	outcomes, err := grid.Run(ctx)
type Grid struct {
	// Name says what the sweep is about.
	Name string
	// Base is the experiment that all others start from.
	Base Experiment
	// Axes are the fields that vary. They are set in this order.
	Axes []Axis
}

// Axis is one or several fields of an experiment, and the values that they take. With
// several fields, which vary together, every value is a []any with one element for
// each. Values are what JSON has: numbers, texts, booleans, lists and objects.
type Axis struct {
	Fields []string // see [Experiment.Set]
	Values []any
}

// Over returns the axis of one field over values. A slice of int, float64 or string,
// such as [Range] and [LogRange] return, adds each of its elements.
// It panics if a value cannot be written as JSON.
func Over(field string, values ...any) Axis {
	a := Axis{Fields: []string{field}}
	for _, v := range values {
		switch v := v.(type) {
		case []int:
			a.Values = append(a.Values, plainValues(v)...)
		case []float64:
			a.Values = append(a.Values, plainValues(v)...)
		case []string:
			a.Values = append(a.Values, plainValues(v)...)
		default:
			a.Values = append(a.Values, plainValue(v))
		}
	}
	return a
}

// Together returns the axis of several fields that vary together: each row holds one
// value per field. It panics if a value cannot be written as JSON.
func Together(fields []string, rows ...[]any) Axis {
	a := Axis{Fields: slices.Clone(fields)}
	for _, row := range rows {
		a.Values = append(a.Values, plainValues(row))
	}
	return a
}

func plainValues[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = plainValue(v)
	}
	return out
}

// plainValue returns a value as it is read back from JSON: whole numbers as int.
func plainValue(v any) any {
	switch v := v.(type) {
	case int:
		return v
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int(v)
		} else if !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v
		}
	}
	text, err := fieldJSON(v)
	if err == nil {
		v, err = parseValue(text)
	}
	if err != nil {
		panic("pnc: " + err.Error())
	}
	return v
}

// parseValue reads a value from JSON.
func parseValue(text json.RawMessage) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return plainNumbers(v)
}

// plainNumbers replaces json.Number by int or float64.
func plainNumbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return nil, fmt.Errorf("%s is no number that fits a float64", v)
		}
		if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return int(f), nil
		}
		return f, nil
	case []any:
		for i := range v {
			if v[i], err = plainNumbers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range v {
			if v[k], err = plainNumbers(v[k]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// Range returns the whole numbers from the first to the last.
func Range(first, last int) []int {
	var all []int
	for i := first; i <= last; i++ {
		all = append(all, i)
	}
	return all
}

// LinearRange returns n ≥ 2 numbers from the first to the last at equal distances.
func LinearRange(first, last float64, n int) []float64 {
	return between(first, last, n, func(t float64) float64 { return first + float64(t*(last-first)) })
}

// LogRange returns n ≥ 2 numbers from the first to the last with equal ratios. It
// panics unless both are positive. All processors give the same bits.
func LogRange(first, last float64, n int) []float64 {
	if !(first > 0 && last > 0) {
		panic(fmt.Sprintf("pnc: logarithmic range from %g to %g; both must be positive", first, last))
	}
	return between(first, last, n, func(t float64) float64 { return first * elementary.Pow(last/first, t) })
}

// between returns n values of f from 0 to 1, with the exact ends.
func between(first, last float64, n int, f func(t float64) float64) []float64 {
	if n < 2 {
		panic(fmt.Sprintf("pnc: range of %d values; it has at least its two ends", n))
	}
	all := make([]float64, n)
	for i := range all {
		all[i] = f(float64(i) / float64(n-1))
	}
	all[0], all[n-1] = first, last
	return all
}

// maxGrid is the largest number of experiments of a grid, of some kilobytes each.
const maxGrid = 100_000

// Size returns the number of experiments, and 0 for an axis without values.
func (g Grid) Size() int {
	n := 1
	for _, a := range g.Axes {
		if n > maxGrid {
			return n
		}
		n *= len(a.Values)
	}
	return n
}

// Fields returns the fields of all axes, in their order.
func (g Grid) Fields() []string {
	var all []string
	for _, a := range g.Axes {
		all = append(all, a.Fields...)
	}
	return all
}

// GridPoint is one experiment of a grid.
type GridPoint struct {
	// Coordinates are the values of [Grid.Fields].
	Coordinates []any
	Experiment  Experiment
}

// AxisError is the error of an axis of a grid.
type AxisError struct {
	Axis  int // index of the axis
	Value int // index of its value; -1 if the axis itself is wrong
	Err   error
}

// Error says what is wrong.
func (e *AxisError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *AxisError) Unwrap() error { return e.Err }

// check returns an error if fields or values are missing or occur twice.
func (g Grid) check() error {
	seen := map[string]bool{}
	for i, a := range g.Axes {
		wrong := func(value int, format string, args ...any) error {
			return &AxisError{i, value, fmt.Errorf(format, args...)}
		}
		if len(a.Fields) == 0 {
			return wrong(-1, "axis %d has no field; name one, such as net.depth", i+1)
		}
		for _, f := range a.Fields {
			if key := strings.ToLower(f); seen[key] {
				return wrong(-1, "%s is on two axes; put all of its values on one", f)
			} else {
				seen[key] = true
			}
		}
		if len(a.Values) == 0 {
			return wrong(-1, "%s has no values; list some, such as [2, 4] or 1..10", strings.Join(a.Fields, ", "))
		}
		earlier := map[string]bool{}
		for j, v := range a.Values {
			if row, ok := v.([]any); len(a.Fields) > 1 && (!ok || len(row) != len(a.Fields)) {
				return wrong(j, "%s vary together; each value is a list of %d, not %v", strings.Join(a.Fields, ", "), len(a.Fields), v)
			}
			text, err := fieldJSON(v)
			if err != nil {
				return wrong(j, "%s: %w", strings.Join(a.Fields, ", "), err)
			}
			if earlier[string(text)] {
				return wrong(j, "%s has the value %s twice; remove one", strings.Join(a.Fields, ", "), text)
			}
			earlier[string(text)] = true
		}
	}
	return g.CheckSize()
}

// CheckSize returns an error if the grid has more than 100,000 experiments.
func (g Grid) CheckSize() error {
	if g.Size() > maxGrid {
		return fmt.Errorf("the grid has more than %d experiments; remove values or split it", maxGrid)
	}
	return nil
}

// Points returns the experiments with their coordinates. An error about an axis is an
// [*AxisError].
func (g Grid) Points() ([]GridPoint, error) {
	if err := g.check(); err != nil {
		return nil, err
	}
	points := []GridPoint{{Experiment: g.Base}}
	for i, a := range g.Axes {
		texts := make([][]json.RawMessage, len(a.Values)) // per value and field
		for j, v := range a.Values {
			row := []any{v}
			if len(a.Fields) > 1 {
				row = v.([]any)
			}
			for _, v := range row {
				text, err := fieldJSON(v)
				if err != nil {
					return nil, &AxisError{i, j, err}
				}
				texts[j] = append(texts[j], text)
			}
		}
		finer := make([]GridPoint, 0, len(points)*len(a.Values))
		for _, p := range points {
			for j, v := range a.Values {
				q := GridPoint{Experiment: p.Experiment}
				for k, field := range a.Fields {
					if err := q.Experiment.set(field, texts[j][k]); err != nil {
						return nil, &AxisError{i, j, err}
					}
				}
				row := []any{v}
				if len(a.Fields) > 1 {
					row = v.([]any)
				}
				q.Coordinates = append(slices.Clip(p.Coordinates), row...)
				finer = append(finer, q)
			}
		}
		points = finer
	}
	return points, nil
}

// Experiments returns the experiments.
func (g Grid) Experiments() ([]Experiment, error) {
	points, err := g.Points()
	all := make([]Experiment, len(points))
	for i, p := range points {
		all[i] = p.Experiment
	}
	return all, err
}

// Run runs all experiments and returns their outcomes in the order of [Grid.Points],
// see [Sweep].
func (g Grid) Run(ctx context.Context) ([]*Outcome, error) {
	all, err := g.Experiments()
	if err != nil {
		return nil, err
	}
	return Sweep(ctx, all)
}

// axisJSON is an Axis as JSON, with field or fields.
type axisJSON struct {
	Field  string     `json:"field,omitempty"`
	Fields []string   `json:"fields,omitempty"`
	Values axisValues `json:"values"`
}

// MarshalJSON writes field, or fields if there are several, and values: a list, or a
// text where they are a range: "1..10", "log(0.01, 1, 10)", "linear(0, 1, 5)".
func (a Axis) MarshalJSON() ([]byte, error) {
	if len(a.Fields) == 1 {
		return json.Marshal(axisJSON{Field: a.Fields[0], Values: a.Values})
	}
	return json.Marshal(axisJSON{Fields: a.Fields, Values: a.Values})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Axis) UnmarshalJSON(b []byte) error {
	var v axisJSON
	if err := decodeStrictly(b, &v); err != nil {
		return fmt.Errorf("axis: %w", err)
	}
	if (v.Field == "") == (v.Fields == nil) {
		return errors.New("axis: want field, such as net.depth, or fields, a list of several that vary together")
	}
	*a = Axis{v.Fields, v.Values}
	if v.Field != "" {
		a.Fields = []string{v.Field}
	}
	return nil
}

// axisValues are the values of an axis in JSON.
type axisValues []any

// MarshalJSON writes a range as text.
func (v axisValues) MarshalJSON() ([]byte, error) {
	if text := rangeText(v); text != "" {
		return json.Marshal(text)
	}
	return json.Marshal([]any(v))
}

// UnmarshalJSON reads a list or a range.
func (v *axisValues) UnmarshalJSON(b []byte) error {
	parsed, err := parseValue(b)
	if err != nil {
		return err
	}
	switch parsed := parsed.(type) {
	case []any:
		*v = parsed
		return nil
	case string:
		*v, err = parseRange(parsed)
		return err
	}
	return fmt.Errorf("values: %s is neither a list, such as [2, 4], nor a range, such as 1..10 or log(0.01, 1, 10)", b)
}

// rangeText returns the text of a range, or "" for values that are none or too few to be
// shorter as one.
func rangeText(v []any) string {
	if len(v) < 3 {
		return ""
	}
	var numbers []float64
	whole := true
	for i, x := range v {
		switch x := x.(type) {
		case int:
			whole = whole && (i == 0 || float64(x) == numbers[i-1]+1)
			numbers = append(numbers, float64(x))
		case float64:
			whole = false
			numbers = append(numbers, x)
		default:
			return ""
		}
	}
	first, last, n := numbers[0], numbers[len(v)-1], len(v)
	switch {
	case whole:
		return fmt.Sprintf("%d..%d", v[0], v[n-1])
	case n >= 5 && slices.Equal(numbers, LinearRange(first, last, n)):
		return fmt.Sprintf("linear(%v, %v, %d)", first, last, n)
	case n >= 4 && first > 0 && last > 0 && slices.Equal(numbers, LogRange(first, last, n)):
		return fmt.Sprintf("log(%v, %v, %d)", first, last, n)
	}
	return ""
}

// parseRange reads the text of a range.
func parseRange(text string) ([]any, error) {
	wrong := fmt.Errorf("values: %q is no range; use 1..10, linear(0, 1, 5) or log(0.01, 1, 10)", text)
	if from, to, ok := strings.Cut(text, ".."); ok {
		first, err := strconv.Atoi(strings.TrimSpace(from))
		last, err2 := strconv.Atoi(strings.TrimSpace(to))
		if err != nil || err2 != nil || last < first || last-first >= maxGrid {
			return nil, wrong
		}
		return plainValues(Range(first, last)), nil
	}
	kind, args, err := parseCall(text)
	if err != nil || len(args) != 3 {
		return nil, wrong
	}
	first, err := strconv.ParseFloat(args[0], 64)
	last, err2 := strconv.ParseFloat(args[1], 64)
	n, err3 := strconv.Atoi(args[2])
	if err != nil || err2 != nil || err3 != nil || n < 2 || n > maxGrid || math.IsNaN(first-last) || math.IsInf(first-last, 0) {
		return nil, wrong
	}
	switch {
	case kind == "linear":
		return plainValues(LinearRange(first, last, n)), nil
	case kind == "log" && first > 0 && last > 0:
		return plainValues(LogRange(first, last, n)), nil
	}
	return nil, wrong
}

// gridJSON is a Grid as JSON.
type gridJSON struct {
	Name string          `json:"name,omitempty"`
	Base json.RawMessage `json:"base"`
	Axes []Axis          `json:"axes"`
}

// MarshalJSON writes name, base and axes.
func (g Grid) MarshalJSON() ([]byte, error) {
	base, err := json.Marshal(g.Base)
	if err != nil {
		return nil, err
	}
	return json.Marshal(gridJSON{g.Name, base, g.Axes})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (g *Grid) UnmarshalJSON(b []byte) error {
	var v gridJSON
	if err := decodeStrictly(b, &v); err != nil {
		return fmt.Errorf("grid: %w", err)
	}
	*g = Grid{Name: v.Name, Axes: v.Axes}
	if len(v.Base) > 0 {
		return json.Unmarshal(v.Base, &g.Base)
	}
	return nil
}

// String returns the grid as a file that "pnclab sweep" reads: JSON that leaves out
// the fields of the base that have their zero value.
func (g Grid) String() string {
	base, err := briefJSON(g.Base)
	if err != nil {
		return fmt.Sprintf("grid: %v", err)
	}
	var b strings.Builder
	name, _ := json.Marshal(g.Name) // a string
	fmt.Fprintf(&b, "{\n  \"name\": %s,\n  \"base\": %s,\n  \"axes\": [", name, base)
	for i, a := range g.Axes {
		text, err := json.Marshal(a)
		if err != nil {
			return fmt.Sprintf("grid: %v", err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n    ")
		b.Write(text)
	}
	b.WriteString("\n  ]\n}\n")
	return b.String()
}

// briefJSON returns the experiment as indented JSON without zero values.
func briefJSON(e Experiment) ([]byte, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	var object any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return nil, err
	}
	return json.MarshalIndent(withoutZeros(object), "  ", "  ")
}

// withoutZeros removes members of objects that are null, false, 0, "" or empty. Sources,
// the only objects whose presence says something, are never empty: their one member,
// the name of the type, is kept.
func withoutZeros(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for name, member := range object {
		member = withoutZeros(member)
		object[name] = member
		zero := member == nil || member == false || member == "" || member == json.Number("0")
		if m, ok := member.(map[string]any); ok && len(m) == 0 && !strings.Contains(name, ".") {
			zero = true
		}
		if zero {
			delete(object, name)
		}
	}
	return object
}
