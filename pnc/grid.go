package pnc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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
