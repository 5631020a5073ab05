package pnc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"pnclab/pnc/internal/elementary"
)

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
