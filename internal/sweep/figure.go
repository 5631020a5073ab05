package sweep

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"pnclab/plotting"
	"pnclab/pnc"
)

// FigureOptions say what a figure of a sweep shows.
type FigureOptions struct {
	Quantity string // name of the quantity; "" means C
	// X is the field on the horizontal axis, or "layer"; "" means the first that has
	// several values, the seed aside. Y, if it isn't "", makes the figure a heat map.
	X, Y string
	// Layer selects the layer, -1 the last one of each network, -2 the one before.
	Layer int
	// Where selects runs by the values of fields, as text.
	Where map[string]string
}

// maxTraces is the number of lines that a figure can show.
const maxTraces = 10

// Figure draws a quantity of the table that [Folder.Collect] returns: over one field as
// lines with a band of one standard deviation over seeds, one line per combination of the
// fields that remain, or over two fields as colours that are means over seeds, geometric
// ones for quantities on a logarithmic scale. Runs that diverged or failed have no part in
// it: where all of a combination did, there is a gap or a grey cell.
func (f *Folder) Figure(runs *Table, o FigureOptions) (*plotting.Figure, error) {
	if o.Quantity == "" {
		o.Quantity = "C"
	}
	quantity, err := pnc.QuantityNamed(o.Quantity)
	if err != nil {
		return nil, err
	}
	q := plotting.Of(quantity)
	value := slices.Index(runs.Columns, quantity.Name) // names differ in case alone, such as d and D
	if value < 0 {
		return nil, fmt.Errorf("%s was not measured in any run that is done; measures of the base must include %s", quantity.Name, quantity.Group)
	}
	points, err := f.points(runs, value, &o)
	if err != nil {
		return nil, err
	}
	if o.Y != "" {
		return cells(q, points, o), nil
	}
	return lines(q, points, o)
}

// figurePoint is the value of a run that a figure shows.
type figurePoint struct {
	x, y  any
	label string // of its line
	seed  string // and whatever else varies within a line
	value float64
	ok    bool // it is defined
}

// points selects what a figure shows.
func (f *Folder) points(runs *Table, value int, o *FigureOptions) ([]figurePoint, error) {
	fields := f.Head.Fields
	find := func(name string) (int, error) {
		if strings.EqualFold(name, "layer") {
			return runs.column("layer"), nil
		}
		if i := slices.IndexFunc(fields, func(f string) bool { return strings.EqualFold(f, name) }); i >= 0 {
			return i, nil
		}
		return 0, fmt.Errorf("no axis %s; this sweep has %s and layer", name, strings.Join(fields, ", "))
	}
	several := func(i int) bool {
		for _, row := range runs.Rows[1:] {
			if Coordinate(row[i]) != Coordinate(runs.Rows[0][i]) {
				return true
			}
		}
		return false
	}
	if o.X == "" {
		for i, field := range fields {
			if !strings.EqualFold(field, "seed") && !strings.EqualFold(field, o.Y) && several(i) {
				o.X = field
				break
			}
		}
		if o.X == "" {
			o.X = "layer"
		}
	}
	x, err := find(o.X)
	if err != nil {
		return nil, err
	}
	y := -1
	if o.Y != "" {
		if y, err = find(o.Y); err != nil {
			return nil, err
		}
	}
	where := map[int]string{}
	for name, text := range o.Where {
		i, err := find(name)
		if err != nil {
			return nil, err
		}
		where[i] = text
	}
	layer := runs.column("layer")
	last := map[string]int{} // layer of every run, by key
	key := runs.column("key")
	for _, row := range runs.Rows {
		if l, ok := row[layer].(int); ok {
			last[row[key].(string)] = max(last[row[key].(string)], l)
		}
	}
	var points []figurePoint
	for _, row := range runs.Rows {
		p := figurePoint{x: row[x]}
		if y >= 0 {
			p.y = row[y]
		}
		p.value, p.ok = row[value].(float64)
		if l, ok := row[layer].(int); ok && x != layer && y != layer {
			want := o.Layer
			if want < 0 {
				want += last[row[key].(string)] + 1
			}
			if l != want {
				continue
			}
		}
		skip := false
		var label []string
		for i, field := range fields {
			text := shortNumber(row[i])
			if want, ok := where[i]; ok {
				skip = skip || want != text && want != Coordinate(row[i])
				continue
			}
			switch {
			case strings.EqualFold(field, "seed"):
				p.seed = text
			case i != x && i != y && several(i):
				label = append(label, fmt.Sprintf("%s %s", field, text))
			}
		}
		if want, ok := where[layer]; ok && want != fmt.Sprint(row[layer]) {
			skip = true
		}
		if skip {
			continue
		}
		p.label = strings.Join(label, ", ")
		points = append(points, p)
	}
	if !slices.ContainsFunc(points, func(p figurePoint) bool { return p.ok }) {
		return nil, errors.New("no run that is done has a value to show")
	}
	return points, nil
}

// shortNumber returns a coordinate with at most four digits, for labels.
func shortNumber(v any) string {
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'g', 4, 64)
	}
	return Coordinate(v)
}

// lines draws lines over one field.
func lines(q plotting.Quantity, points []figurePoint, o FigureOptions) (*plotting.Figure, error) {
	xs := distinct(points, func(p figurePoint) any { return p.x })
	numbers := make([]float64, len(xs))
	for i, x := range xs {
		switch x := x.(type) {
		case float64:
			numbers[i] = x
		case int:
			numbers[i] = float64(x)
		default:
			return nil, fmt.Errorf("%s has the value %v, which is no number; a heat map, with --x and --y, shows any values", o.X, x)
		}
	}
	a := plotting.Axes{Name: "sweep", Title: q.Title + layerTitle(o), X: plotting.Text(o.X), Y: q.Label, LogX: spreads(numbers), LogY: q.Log}
	a.WholeNumbers = !a.LogX && !slices.ContainsFunc(numbers, func(v float64) bool { return v != float64(int(v)) })
	var traces []plotting.Trace
	labels := distinct(points, func(p figurePoint) any { return p.label })
	if len(labels) > maxTraces {
		return nil, fmt.Errorf("%d lines are too many for one figure; select with --where, such as --where '%s', or draw a heat map with --y", len(labels), firstCondition(points))
	}
	for _, label := range labels {
		values := map[string][]float64{} // per seed, over at
		at := map[string][]float64{}
		var order []string
		for _, p := range points {
			if p.label != label || !p.ok {
				continue
			}
			if values[p.seed] == nil {
				order = append(order, p.seed)
			}
			values[p.seed] = append(values[p.seed], p.value)
			at[p.seed] = append(at[p.seed], numbers[slices.Index(xs, p.x)])
		}
		var all, places []float64
		for _, seed := range order {
			all, places = append(all, values[seed]...), append(places, at[seed]...)
		}
		if all != nil {
			name := label.(string)
			if name == "" {
				name = "measured"
			}
			traces = append(traces, plotting.Series(plotting.Text(name), all).At(places...).Band())
		}
	}
	return plotting.Over(a, traces...), nil
}

// firstCondition returns a condition that selects the first line.
func firstCondition(points []figurePoint) string {
	first, _, _ := strings.Cut(points[0].label, ", ")
	field, value, _ := strings.Cut(first, " ")
	return field + "=" + value
}

// cells draws a heat map over two fields.
func cells(q plotting.Quantity, points []figurePoint, o FigureOptions) *plotting.Figure {
	xs, ys := distinct(points, func(p figurePoint) any { return p.x }), distinct(points, func(p figurePoint) any { return p.y })
	values := make([][][]float64, len(ys))
	for i := range values {
		values[i] = make([][]float64, len(xs))
	}
	for _, p := range points {
		if p.ok {
			i, j := slices.Index(ys, p.y), slices.Index(xs, p.x)
			values[i][j] = append(values[i][j], p.value)
		}
	}
	means := make([][]float64, len(ys))
	for i := range means {
		means[i] = make([]float64, len(xs))
		for j := range means[i] {
			means[i][j] = meanOn(q.Log, values[i][j])
		}
	}
	a := plotting.Axes{Name: "sweep-map", Title: q.Title + layerTitle(o), X: plotting.Text(o.X), Y: plotting.Text(o.Y)}
	return plotting.Cells(a, q, names(xs), names(ys), means)
}

// names returns the values with two digits or, if two of them would look the same, four.
func names(values []any) []string {
	for digits := 2; ; digits = 4 {
		var all []string
		for _, v := range values {
			f, ok := v.(float64)
			if !ok || f == math.Trunc(f) && math.Abs(f) < 1e6 {
				all = append(all, Coordinate(v))
			} else {
				all = append(all, strconv.FormatFloat(f, 'g', digits, 64))
			}
		}
		if sorted := slices.Sorted(slices.Values(all)); digits == 4 || len(slices.Compact(sorted)) == len(values) {
			return all
		}
	}
}

// layerTitle says which layer a figure shows.
func layerTitle(o FigureOptions) string {
	switch {
	case strings.EqualFold(o.X, "layer") || strings.EqualFold(o.Y, "layer"):
		return ""
	case o.Layer == -1:
		return ", last layer"
	case o.Layer < 0:
		return fmt.Sprintf(", layer %d from the end", -o.Layer)
	}
	return fmt.Sprintf(", layer %d", o.Layer)
}

// distinct returns the different values in the order in which they come first; numbers
// in ascending order.
func distinct(points []figurePoint, of func(figurePoint) any) []any {
	var all []any
	numeric := true
	for _, p := range points {
		v := of(p)
		if v == nil || slices.Contains(all, v) {
			continue
		}
		all = append(all, v)
		switch v.(type) {
		case float64, int:
		default:
			numeric = false
		}
	}
	if numeric {
		slices.SortFunc(all, func(a, b any) int { return cmp.Compare(asFloat(a), asFloat(b)) })
	}
	return all
}

// asFloat returns a number as float64.
func asFloat(v any) float64 {
	if i, ok := v.(int); ok {
		return float64(i)
	}
	return v.(float64)
}

// spreads reports whether a logarithmic axis suits positive numbers in ascending order:
// they spread over more than one decade, and the upper half lies further apart.
func spreads(v []float64) bool {
	n := len(v)
	return n > 2 && v[0] > 0 && v[n-1] > 20*v[0] && v[n-1]-v[n/2] > v[n/2]-v[0]
}
