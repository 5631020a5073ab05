package pnc

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Set sets the field that a path names to a value in its JSON form: "net.depth" to 4,
// "train.schedule" to "cosine(factor=0.01)", "data" to a Source. A path consists of the
// names in the JSON of experiments, in upper or lower case, with dots between them, and
// leads into the data, as in "data.noise" or "data.of.perClass". "init.scale" is the
// scale of an initialisation that has one; elements of lists have their index for a
// name. Everything else that the experiment holds stays as it is, and is not shared
// with copies of it.
func (e *Experiment) Set(path string, value any) error {
	text, err := fieldJSON(value)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return e.set(path, text)
}

func (e *Experiment) set(path string, text json.RawMessage) error {
	if err := setField(reflect.ValueOf(e).Elem(), path, 0, text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// fieldJSON returns the JSON form of the value of a field.
func fieldJSON(value any) (json.RawMessage, error) {
	if s, ok := value.(Source); ok {
		value = namedSource{s}
	}
	return json.Marshal(value)
}

var (
	sourceType   = reflect.TypeFor[Source]()
	initType     = reflect.TypeFor[Init]()
	durationType = reflect.TypeFor[time.Duration]()
)

// setField sets the field of v that path names from the offset on; "" there is v
// itself.
func setField(v reflect.Value, path string, offset int, text json.RawMessage) error {
	if offset >= len(path) {
		return decodeField(v, text)
	}
	name, _, _ := strings.Cut(path[offset:], ".")
	next := offset + len(name) + 1
	switch {
	case v.Type() == sourceType:
		if v.IsNil() {
			return fmt.Errorf("there are no data that could have a field %s; set %s to a source first", name, strings.TrimSuffix(path[:offset], "."))
		}
		inner := reflect.New(v.Elem().Type()).Elem() // what an interface holds cannot be set
		inner.Set(v.Elem())
		if err := setField(inner, path, offset, text); err != nil {
			return err
		}
		v.Set(inner)
		return nil
	case v.Type() == initType:
		return v.Addr().Interface().(*Init).setScale(name, text)
	case v.Kind() == reflect.Slice:
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= v.Len() {
			return fmt.Errorf("no element %s; there are %d, counted from 0", name, v.Len())
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len()) // copies of the experiment share the old one
		reflect.Copy(own, v)
		v.Set(own)
		return setField(own.Index(i), path, next, text)
	case v.Kind() == reflect.Struct:
		fields := fieldsOf(v.Type())
		for _, f := range fields {
			if strings.EqualFold(f.name, name) || strings.EqualFold(f.goName, name) {
				return setField(v.Field(f.index), path, next, text)
			}
		}
		var names []string
		for _, f := range fields {
			names = append(names, f.name)
		}
		return fmt.Errorf("no field %s; use %s", name, oneOf(names))
	default:
		return fmt.Errorf("no field %s; %s is a single value", name, strings.TrimSuffix(path[:offset], "."))
	}
}

// setScale sets the scale of an initialisation that has one.
func (i *Init) setScale(name string, text json.RawMessage) error {
	switch {
	case !strings.EqualFold(name, "scale"):
		return fmt.Errorf("no field %s; use scale", name)
	case !i.kind.scaled():
		return fmt.Errorf("initialisation %s has no scale; set init to orthogonal(0.1), gaussian(0.1) or identity(0.1) first", i)
	}
	return decodeField(reflect.ValueOf(&i.scale).Elem(), text)
}

// oneOf lists names as alternatives.
func oneOf(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// namedField is a field of a struct as paths call it.
type namedField struct {
	name, goName string
	index        int
}

// fieldsOf returns the fields of a struct that JSON holds.
func fieldsOf(t reflect.Type) []namedField {
	var all []namedField
	for i := range t.NumField() {
		f := t.Field(i)
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || tag == "-" {
			continue
		}
		name := tag
		if name == "" {
			name = f.Name
		}
		all = append(all, namedField{lowerFirst(name), f.Name, i})
	}
	return all
}

// lowerFirst returns a name with its first letter in lower case.
func lowerFirst(name string) string {
	r := []rune(name)
	r[0] = unicode.ToLower(r[0])
	return string(r)
}

// decodeField sets v to what the text says, and shares nothing with its old value.
func decodeField(v reflect.Value, text json.RawMessage) error {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || string(text) == "null" {
		return fmt.Errorf("no value; use %s", describeKind(v))
	}
	switch {
	case v.Type() == sourceType:
		var s namedSource
		if err := s.UnmarshalJSON(text); err != nil {
			return trimData(err)
		}
		v.Set(reflect.ValueOf(s.Source))
		return nil
	case v.Type() == durationType && text[0] == '"':
		var s string
		if err := json.Unmarshal(text, &s); err != nil {
			return err
		}
		d, err := time.ParseDuration(s)
		if err != nil {
			return fmt.Errorf("%s is not a duration; use one such as 90s or 2h", text)
		}
		v.SetInt(int64(d))
		return nil
	case v.Kind() == reflect.Int && text[0] != '"':
		if f, err := strconv.ParseFloat(string(text), 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			text = strconv.AppendInt(nil, int64(f), 10) // 1e4 is a whole number, too
		}
	}
	fresh := reflect.New(v.Type())
	if err := decodeStrictly(text, fresh.Interface()); err != nil {
		if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) && wrong.Field == "" {
			return fmt.Errorf("%s is not possible; use %s", text, describeKind(v))
		}
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	v.Set(fresh.Elem())
	return nil
}

// trimData returns the error of a source without the field that a path names already.
func trimData(err error) error { return errors.New(strings.TrimPrefix(err.Error(), "data: ")) }

// describeKind says what a field takes.
func describeKind(v reflect.Value) string {
	switch _, text := v.Addr().Interface().(encoding.TextUnmarshaler); {
	case v.Type() == sourceType:
		return "a source such as {Blobs: {classes: 3, perClass: 10, dim: 20, spread: 0.1}}"
	case v.Type() == durationType:
		return "a duration such as 90s or 2h"
	case text:
		return fmt.Sprintf("a text such as %v", v.Interface())
	}
	switch v.Kind() {
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct:
		return "fields and their values"
	default:
		return "a text"
	}
}
