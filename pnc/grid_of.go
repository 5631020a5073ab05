package pnc

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// GridOf returns a grid of the given experiments, so that what a notebook passes to
// [Sweep] can be printed as the file of a sweep. Its base is the first experiment. If
// they are all combinations of the values of their fields, in the order of a grid, it
// has an axis for each of these, and otherwise one axis on which they vary together. An
// experiment that occurs again is left out. It returns an error for no experiments,
// and for some that JSON cannot hold.
func GridOf(experiments ...Experiment) (Grid, error) {
	var different []Experiment
	var texts []string
	seen := map[string]bool{}
	for _, e := range experiments {
		text, err := json.Marshal(e)
		if err != nil {
			return Grid{}, fmt.Errorf("grid: %w", err)
		}
		if !seen[string(text)] {
			seen[string(text)] = true
			different, texts = append(different, e), append(texts, string(text))
		}
	}
	if len(different) == 0 {
		return Grid{}, fmt.Errorf("grid: there are no experiments")
	}
	values := make([]reflect.Value, len(different))
	for i := range different {
		values[i] = reflect.ValueOf(&different[i]).Elem()
	}
	columns, err := varying("", values)
	if err != nil {
		return Grid{}, fmt.Errorf("grid: %w", err)
	}
	product := Grid{Base: different[0], Axes: productAxes(columns)}
	if product.gives(texts) {
		return product, nil
	}
	rows := make([][]any, len(different))
	fields := make([]string, len(columns))
	for i, c := range columns {
		fields[i] = c.field
		for j, v := range c.values {
			rows[j] = append(rows[j], v)
		}
	}
	together := Grid{Base: different[0], Axes: []Axis{Together(fields, rows...)}}
	if len(columns) == 1 {
		together.Axes = []Axis{{fields, columns[0].values}}
	}
	if !together.gives(texts) {
		return Grid{}, fmt.Errorf("grid: the experiments differ in something that no field holds")
	}
	return together, nil
}

// gives reports whether the experiments of the grid have the given JSON.
func (g Grid) gives(texts []string) bool {
	points, err := g.Points()
	if err != nil || len(points) != len(texts) {
		return false
	}
	for i, p := range points {
		if text, err := json.Marshal(p.Experiment); err != nil || string(text) != texts[i] {
			return false
		}
	}
	return true
}

// column holds the values of a field in every experiment.
type column struct {
	field  string
	values []any
}

// varying returns the fields below path that are not the same in all values.
func varying(path string, values []reflect.Value) ([]column, error) {
	first := values[0]
	same := !slices.ContainsFunc(values, func(v reflect.Value) bool {
		return !reflect.DeepEqual(v.Interface(), first.Interface())
	})
	if same {
		return nil, nil
	}
	switch {
	case first.Type() == sourceType:
		inner := make([]reflect.Value, len(values))
		for i, v := range values {
			if v.IsNil() || v.Elem().Type() != first.Elem().Type() || v.Elem().Kind() != reflect.Struct {
				return leafColumn(path, values)
			}
			inner[i] = v.Elem()
		}
		return varyingFields(path, inner)
	case first.Type() == initType:
		for _, v := range values {
			if i := v.Interface().(Init); i.kind != first.Interface().(Init).kind || !i.kind.scaled() {
				return leafColumn(path, values)
			}
		}
		scales := make([]any, len(values))
		for i, v := range values {
			scales[i] = v.Interface().(Init).scale
		}
		return []column{{path + ".scale", plainValues(scales)}}, nil
	case first.Kind() == reflect.Struct:
		if _, text := first.Interface().(encoding.TextMarshaler); !text {
			return varyingFields(path, values)
		}
	}
	return leafColumn(path, values)
}

// varyingFields returns those of the fields of structs.
func varyingFields(path string, values []reflect.Value) ([]column, error) {
	var all []column
	for _, f := range fieldsOf(values[0].Type()) {
		inner := make([]reflect.Value, len(values))
		for i, v := range values {
			inner[i] = v.Field(f.index)
		}
		columns, err := varying(strings.TrimPrefix(path+"."+f.name, "."), inner)
		if err != nil {
			return nil, err
		}
		all = append(all, columns...)
	}
	return all, nil
}

// leafColumn returns the values of a field as JSON has them.
func leafColumn(path string, values []reflect.Value) ([]column, error) {
	c := column{field: path}
	for _, v := range values {
		text, err := fieldJSON(v.Interface())
		if err != nil {
			return nil, err
		}
		value, err := parseValue(text)
		if err != nil {
			return nil, err
		}
		c.values = append(c.values, value)
	}
	return []column{c}, nil
}

// productAxes returns the axes of a product in which the columns would have these
// values: columns that change at the same places are on one axis, and the axis that
// changes last comes first.
func productAxes(columns []column) []Axis {
	type group struct {
		columns []column
		pattern []int // index of the value of every experiment among the different ones
		change  int   // the first experiment that has another value than the first
	}
	var groups []*group
	for _, c := range columns {
		pattern := patternOf(c.values)
		i := slices.IndexFunc(groups, func(g *group) bool { return slices.Equal(g.pattern, pattern) })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &group{pattern: pattern, change: slices.IndexFunc(pattern, func(i int) bool { return i > 0 })})
		}
		groups[i].columns = append(groups[i].columns, c)
	}
	slices.SortStableFunc(groups, func(a, b *group) int { return cmp.Compare(b.change, a.change) })
	var axes []Axis
	for _, g := range groups {
		var a Axis
		for _, c := range g.columns {
			a.Fields = append(a.Fields, c.field)
		}
		for i, p := range g.pattern {
			if p < len(a.Values) {
				continue
			}
			row := make([]any, len(g.columns))
			for k, c := range g.columns {
				row[k] = c.values[i]
			}
			if len(row) == 1 {
				a.Values = append(a.Values, row[0])
			} else {
				a.Values = append(a.Values, row)
			}
		}
		axes = append(axes, a)
	}
	return axes
}

// patternOf numbers different values in the order of their first occurrence.
func patternOf(values []any) []int {
	numbers := map[string]int{}
	pattern := make([]int, len(values))
	for i, v := range values {
		text := fmt.Sprintf("%T %v", v, v)
		if _, ok := numbers[text]; !ok {
			numbers[text] = len(numbers)
		}
		pattern[i] = numbers[text]
	}
	return pattern
}
