package sweep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"pnclab/internal/budget"
	"pnclab/internal/oneline"
	"pnclab/pnc"
)

// SpecError is what is wrong with the file of a sweep.
type SpecError struct {
	File string
	Line int // 0 if it concerns no line
	Err  error
}

// Error returns file, line and what is wrong, as compilers do: one line without control
// characters, whatever names and values of the file it has.
func (e *SpecError) Error() string {
	message := oneline.Error(e.Err).Error()
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, message)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, message)
}

// Unwrap returns what is wrong.
func (e *SpecError) Unwrap() error { return e.Err }

// ReadSpec reads the file of a sweep, YAML or JSON:
//
//	name: compression over depth and scale
//	base:
//	  data: {NearlyOrthonormal: {classes: 3, perClass: 10, dim: 50, noise: 1}}
//	  net: {depth: 4, width: 50}
//	  init: orthogonal(0.3)
//	  train: {alpha: 100, stopLoss: 3e-10}
//	  measures: scatter
//	axes:
//	  net.depth: [2, 4, 6]
//	  init.scale: log(0.01, 1, 10)
//	  seed: 1..10
//
// The fields of base are those of [pnc.Experiment], in upper or lower case; axes are
// paths that [pnc.Experiment.Set] takes, or several with commas between them for fields
// that vary together. What [pnc.Grid.String] writes is such a file, too. An error is a
// [*SpecError]. The grid's name defaults to that of the file.
func ReadSpec(file string) (pnc.Grid, error) {
	text, err := readLimited(file)
	if errors.Is(err, fs.ErrNotExist) {
		return pnc.Grid{}, &SpecError{file, 0, errors.New("no such file; name the YAML file of a sweep, which pnclab sweep --help describes")}
	}
	if err != nil {
		return pnc.Grid{}, &SpecError{file, 0, errors.New(strings.TrimPrefix(err.Error(), "open "+file+": "))}
	}
	if line := tooDeep(text); line > 0 {
		return pnc.Grid{}, &SpecError{file, line, errors.New("nested far more deeply than a sweep is; is this the right file?")}
	}
	s := specReader{file: file, left: budget.Of(int64(len(text)))}
	grid, err := s.read(text)
	if err != nil {
		return pnc.Grid{}, err
	}
	if grid.Name == "" {
		grid.Name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	}
	return grid, nil
}

// specReader reads the file of a sweep.
type specReader struct {
	file    string
	anchors map[string]ast.Node
	left    budget.Budget // for what aliases make of the text
}

func (s *specReader) errorf(at ast.Node, format string, args ...any) error {
	return s.wrong(at, fmt.Errorf(format, args...))
}

// wrong returns an error at a node; an empty document has none, and some nodes no token.
func (s *specReader) wrong(at ast.Node, err error) error {
	line := 0
	if at != nil && at.GetToken() != nil && at.GetToken().Position != nil {
		line = at.GetToken().Position.Line
	}
	return &SpecError{s.file, line, err}
}

func (s *specReader) read(text []byte) (pnc.Grid, error) {
	var grid pnc.Grid
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		line, message := 0, err.Error()
		if e := yaml.Error(nil); errors.As(err, &e) {
			line, message = e.GetToken().Position.Line, e.GetMessage()
		}
		return grid, &SpecError{s.file, line, fmt.Errorf("neither YAML nor JSON: %s", message)}
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return grid, &SpecError{s.file, 0, errors.New("the file is empty; it needs base and axes")}
	}
	if len(file.Docs) > 1 {
		return grid, s.errorf(file.Docs[1].Body, "a second document begins here; a file holds one sweep")
	}
	s.anchors = map[string]ast.Node{}
	for _, a := range ast.Filter(ast.AnchorType, file.Docs[0].Body) {
		anchor := a.(*ast.AnchorNode)
		s.anchors[anchor.Name.String()] = anchor.Value
	}
	top, err := s.mapping(file.Docs[0].Body)
	if err != nil {
		return grid, err
	}
	var base, axes ast.Node
	for _, m := range top {
		switch key := keyOf(m); strings.ToLower(key) {
		case "name":
			if err := s.value(m.Value, &grid.Name, "a text"); err != nil {
				return grid, err
			}
		case "base":
			base = m.Value
		case "axes":
			axes = m.Value
		default:
			return grid, s.errorf(m.Key, "no field %s; a sweep has name, base and axes", key)
		}
	}
	if base == nil {
		return grid, s.errorf(file.Docs[0].Body, "base is missing: the experiment that all others start from")
	}
	if err := s.base(base, &grid.Base); err != nil {
		return grid, err
	}
	var places []axisPlace
	if axes != nil {
		if places, err = s.axes(axes, &grid); err != nil {
			return grid, err
		}
	}
	if _, err := grid.Points(); err != nil {
		var wrong *pnc.AxisError
		if !errors.As(err, &wrong) || wrong.Axis >= len(places) {
			return grid, &SpecError{s.file, 0, err}
		}
		place := places[wrong.Axis]
		if wrong.Value >= 0 && wrong.Value < len(place.values) {
			return grid, s.wrong(place.values[wrong.Value], err)
		}
		return grid, s.wrong(place.axis, err)
	}
	return grid, nil
}

// base reads the experiment field by field, so that an error has a line.
func (s *specReader) base(node ast.Node, e *pnc.Experiment) error {
	fields, err := s.mapping(node)
	if err != nil {
		return err
	}
	for _, m := range fields {
		text, err := s.json(m.Value)
		if err != nil {
			return err
		}
		if key := keyOf(m); strings.EqualFold(key, "version") {
			// Of the JSON of experiments, which says what it can read.
			if err := json.Unmarshal([]byte(`{"Version":`+string(text)+`}`), new(pnc.Experiment)); err != nil {
				return s.wrong(m.Value, err)
			}
		} else if err := e.Set(key, json.RawMessage(text)); err != nil {
			return s.locate(m, err)
		}
	}
	if e.Data == nil {
		return s.errorf(node, "base has no data; add a source such as data: {Blobs: {classes: 3, perClass: 10, dim: 20, spread: 0.1}}")
	}
	return nil
}

// locate returns the error of setting a field, at the innermost place in the file that
// its path leads to.
func (s *specReader) locate(m *ast.MappingValueNode, err error) error {
	var wrong *pnc.FieldError
	if !errors.As(err, &wrong) {
		return s.wrong(m.Key, err)
	}
	at := ast.Node(m.Key)
	for _, name := range strings.Split(wrong.Path, ".")[1:] {
		members, _ := s.mapping(m.Value)
		if len(members) == 1 && !strings.EqualFold(keyOf(members[0]), name) { // the name of a source
			at = members[0].Key
			members, _ = s.mapping(members[0].Value)
		}
		i := slices.IndexFunc(members, func(m *ast.MappingValueNode) bool { return strings.EqualFold(keyOf(m), name) })
		if i < 0 {
			break
		}
		m = members[i]
		at = m.Key
	}
	return s.wrong(at, err)
}

// axisPlace says where an axis is in the file.
type axisPlace struct {
	axis   ast.Node
	values []ast.Node // one per value; nil for ranges
}

// axes reads the axes, a mapping from fields to values or a list of objects with
// field (or fields) and values.
func (s *specReader) axes(node ast.Node, grid *pnc.Grid) ([]axisPlace, error) {
	var places []axisPlace
	add := func(at ast.Node, fields []string, values ast.Node) error {
		text, err := s.json(values)
		if err != nil {
			return err
		}
		form := map[string]any{"fields": fields, "values": json.RawMessage(text)}
		if len(fields) == 1 {
			form = map[string]any{"field": fields[0], "values": json.RawMessage(text)}
		}
		all, err := json.Marshal(form)
		if err != nil {
			return err
		}
		var a pnc.Axis
		if err := json.Unmarshal(all, &a); err != nil {
			return s.wrong(values, err)
		}
		place := axisPlace{axis: at}
		if list, ok := s.resolve(values).(*ast.SequenceNode); ok {
			place.values = list.Values
		}
		grid.Axes, places = append(grid.Axes, a), append(places, place)
		if err := grid.CheckSize(); err != nil { // before further axes take memory
			return s.wrong(at, err)
		}
		return nil
	}
	list, isList := s.resolve(node).(*ast.SequenceNode)
	if !isList {
		entries, err := s.mapping(node)
		if err != nil {
			return nil, err
		}
		for _, m := range entries {
			var fields []string
			for f := range strings.SplitSeq(keyOf(m), ",") {
				fields = append(fields, strings.TrimSpace(f))
			}
			if err := add(m.Key, fields, m.Value); err != nil {
				return nil, err
			}
		}
		return places, nil
	}
	for _, entry := range list.Values {
		members, err := s.mapping(entry)
		if err != nil {
			return nil, err
		}
		var fields []string
		var values ast.Node
		for _, m := range members {
			switch key := keyOf(m); strings.ToLower(key) {
			case "field":
				var field string
				if err := s.value(m.Value, &field, "a path such as net.depth"); err != nil {
					return nil, err
				}
				fields = append(fields, field)
			case "fields":
				if err := s.value(m.Value, &fields, "a list of paths such as net.depth"); err != nil {
					return nil, err
				}
			case "values":
				values = m.Value
			default:
				return nil, s.errorf(m.Key, "no field %s; an axis has field (or fields) and values", key)
			}
		}
		if len(fields) == 0 || values == nil {
			return nil, s.errorf(entry, "an axis needs field, such as net.depth, and values")
		}
		if err := add(entry, fields, values); err != nil {
			return nil, err
		}
	}
	return places, nil
}

// value decodes a node into v.
func (s *specReader) value(node ast.Node, v any, want string) error {
	text, err := s.json(node)
	if err != nil {
		return err
	}
	if json.Unmarshal(text, v) != nil {
		return s.errorf(node, "%s is not %s", text, want)
	}
	return nil
}

// resolve returns the node that aliases, anchors and tags lead to.
func (s *specReader) resolve(node ast.Node) ast.Node {
	for range 100 { // aliases may form a circle
		switch n := node.(type) {
		case *ast.AnchorNode:
			node = n.Value
		case *ast.AliasNode:
			target, ok := s.anchors[n.Value.String()]
			if !ok {
				return node
			}
			node = target
		case *ast.TagNode:
			node = n.Value
		default:
			return node
		}
	}
	return node
}

// mapping returns the entries of a mapping.
func (s *specReader) mapping(node ast.Node) ([]*ast.MappingValueNode, error) {
	switch n := s.resolve(node).(type) {
	case *ast.MappingNode:
		return n.Values, nil
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, nil
	}
	return nil, s.errorf(node, "fields and their values belong here, as in \"depth: 3\"")
}

// keyOf returns the name of a field.
func keyOf(m *ast.MappingValueNode) string { return m.Key.GetToken().Value }

// json returns a node as JSON.
func (s *specReader) json(node ast.Node) ([]byte, error) { return s.nested(node, 0) }

func (s *specReader) nested(node ast.Node, depth int) ([]byte, error) {
	if depth > 50 {
		return nil, s.errorf(node, "an alias leads back to itself, or fields are nested too deeply")
	}
	// A node of an alias costs at every place where the alias is.
	if s.left.Take(nodeMemory) != nil {
		return nil, s.errorf(node, "aliases make far more of this file than it has; write the values out, or split the sweep")
	}
	var b bytes.Buffer
	switch n := s.resolve(node).(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		entries, _ := s.mapping(n)
		seen := map[string]bool{}
		b.WriteByte('{')
		for i, m := range entries {
			key := keyOf(m)
			if m.Key.IsMergeKey() {
				return nil, s.errorf(m.Key, "merging by << is not supported; write the fields out")
			}
			if lower := strings.ToLower(key); seen[lower] {
				return nil, s.errorf(m.Key, "%s occurs twice; remove one", key)
			} else {
				seen[lower] = true
			}
			if i > 0 {
				b.WriteByte(',')
			}
			name, _ := json.Marshal(key) // a string
			value, err := s.nested(m.Value, depth+1)
			if err != nil {
				return nil, err
			}
			b.Write(name)
			b.WriteByte(':')
			b.Write(value)
		}
		b.WriteByte('}')
		return b.Bytes(), nil
	case *ast.SequenceNode:
		b.WriteByte('[')
		for i, v := range n.Values {
			if i > 0 {
				b.WriteByte(',')
			}
			value, err := s.nested(v, depth+1)
			if err != nil {
				return nil, err
			}
			b.Write(value)
		}
		b.WriteByte(']')
		return b.Bytes(), nil
	case *ast.NullNode, nil:
		return []byte("null"), nil
	case *ast.BoolNode:
		return json.Marshal(n.Value)
	case *ast.IntegerNode:
		return json.Marshal(n.Value)
	case *ast.FloatNode:
		return s.number(n, n.Value)
	case *ast.InfinityNode, *ast.NanNode:
		return nil, s.errorf(node, "%s is not finite", node.GetToken().Value)
	case *ast.StringNode:
		// A number such as 1e4, which YAML takes for text.
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil && n.Token.Type == token.StringType && strings.Trim(n.Value, "0123456789+-.eE") == "" {
			return s.number(n, f)
		}
		return json.Marshal(n.Value)
	case *ast.LiteralNode:
		return json.Marshal(n.Value.Value)
	default:
		return nil, s.errorf(node, "%s is not supported here; use a number, a text, a list or fields", strings.TrimSpace(n.String()))
	}
}

func (s *specReader) number(node ast.Node, f float64) ([]byte, error) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, s.errorf(node, "%s is not finite", node.GetToken().Value)
	}
	return json.Marshal(f)
}
