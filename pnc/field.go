package pnc

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"pnclab/internal/oneline"
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
		return &FieldError{path, err}
	}
	return e.set(path, text)
}

func (e *Experiment) set(path string, text json.RawMessage) error {
	v := reflect.ValueOf(e).Elem()
	return setField(v, "", strings.Split(path, "."), text)
}

// FieldError is the error of setting a field.
type FieldError struct {
	Path string // of the field, down to the innermost one that is wrong
	Err  error
}

// Error returns the path and what is wrong.
func (e *FieldError) Error() string { return oneline.Text(e.Path+": "+e.Err.Error(), 1000) }

// Unwrap returns what is wrong.
func (e *FieldError) Unwrap() error { return e.Err }

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

// setField sets the field below v, whose own path is at, that the names lead to; without
// names it is v itself.
func setField(v reflect.Value, at string, names []string, text json.RawMessage) error {
	if len(names) == 0 {
		return decodeField(v, at, text)
	}
	name, rest := names[0], names[1:]
	inner := strings.TrimPrefix(at+"."+name, ".")
	wrong := func(format string, args ...any) error { return &FieldError{inner, fmt.Errorf(format, args...)} }
	switch {
	case v.Type() == sourceType:
		if v.IsNil() {
			return wrong("there are no data that could have a field %s; set %s to a source first", name, at)
		}
		own := reflect.New(v.Elem().Type()).Elem() // what an interface holds cannot be set
		own.Set(v.Elem())
		if err := setField(own, at, names, text); err != nil {
			return err
		}
		v.Set(own)
		return nil
	case v.Type() == initType:
		i := v.Addr().Interface().(*Init)
		switch {
		case !strings.EqualFold(name, "scale") || len(rest) > 0:
			return wrong("no field %s; use scale", name)
		case !i.kind.scaled():
			return wrong("initialisation %s has no scale; set init to orthogonal(0.1), gaussian(0.1) or identity(0.1) first", i)
		}
		return decodeField(reflect.ValueOf(&i.scale).Elem(), inner, text)
	case v.Kind() == reflect.Slice:
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= v.Len() {
			return wrong("no element %s; there are %d, counted from 0", name, v.Len())
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len()) // copies of the experiment share the old one
		reflect.Copy(own, v)
		if err := setField(own.Index(i), inner, rest, text); err != nil {
			return err
		}
		v.Set(own)
		return nil
	case v.Kind() == reflect.Struct:
		var known []string
		for _, f := range fieldsOf(v.Type()) {
			if strings.EqualFold(f.name, name) || strings.EqualFold(f.goName, name) {
				return setField(v.Field(f.index), inner, rest, text)
			}
			known = append(known, f.name)
		}
		return wrong("no field %s; use %s", name, oneOf(known))
	default:
		return wrong("no field %s; %s is a single value", name, at)
	}
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

// decodeField sets v, whose path is at, to what the text says. It shares nothing with
// its old value.
func decodeField(v reflect.Value, at string, text json.RawMessage) error {
	text = bytes.TrimSpace(text)
	wrong := func(err error) error { return &FieldError{at, err} }
	if len(text) == 0 || string(text) == "null" {
		return wrong(fmt.Errorf("no value; use %s", describeKind(v)))
	}
	switch {
	case v.Type() == sourceType:
		return decodeSource(v, at, text)
	case v.Type() == durationType && text[0] == '"':
		d, err := time.ParseDuration(strings.Trim(string(text), `"`))
		if err != nil {
			return wrong(fmt.Errorf("%s is not a duration; use one such as 90s or 2h", text))
		}
		v.SetInt(int64(d))
		return nil
	case v.Kind() == reflect.Struct && !hasTextForm(v) && text[0] == '{':
		return decodeFields(v, at, text)
	case v.Kind() == reflect.Int && text[0] != '"':
		if f, err := strconv.ParseFloat(string(text), 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			text = strconv.AppendInt(nil, int64(f), 10) // 1e4 is a whole number, too
		}
	}
	fresh := reflect.New(v.Type())
	if err := decodeStrictly(text, fresh.Interface()); err != nil {
		if mismatch := new(json.UnmarshalTypeError); errors.As(err, &mismatch) && mismatch.Field == "" {
			return wrong(fmt.Errorf("%s is not possible; use %s", text, describeKind(v)))
		}
		return wrong(errors.New(strings.TrimPrefix(err.Error(), "json: ")))
	}
	v.Set(fresh.Elem())
	return nil
}

// hasTextForm reports whether a type has a text form.
func hasTextForm(v reflect.Value) bool {
	_, ok := v.Addr().Interface().(encoding.TextUnmarshaler)
	return ok
}

// decodeFields sets a struct to an object.
func decodeFields(v reflect.Value, at string, text json.RawMessage) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return &FieldError{at, err}
	}
	fresh := reflect.New(v.Type()).Elem()
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if err := setField(fresh, at, []string{name}, members[name]); err != nil {
			return err
		}
	}
	v.Set(fresh)
	return nil
}

// decodeSource sets a Source to an object with the name of its type.
func decodeSource(v reflect.Value, at string, text json.RawMessage) error {
	var members map[string]json.RawMessage
	json.Unmarshal(text, &members) // what is no object has no members
	for name, fields := range members {
		if t := sourceTypeNamed(name); t != nil && len(members) == 1 && ownSources[t] {
			own := reflect.New(t).Elem()
			if err := decodeField(own, at, fields); err != nil {
				return err
			}
			v.Set(own)
			return nil
		}
	}
	var s namedSource
	if err := s.UnmarshalJSON(text); err != nil {
		return &FieldError{at, errors.New(strings.TrimPrefix(err.Error(), "data: "))}
	}
	v.Set(reflect.ValueOf(s.Source))
	return nil
}

// describeKind says what a field takes.
func describeKind(v reflect.Value) string {
	switch {
	case v.Type() == sourceType:
		return "a source such as {Blobs: {classes: 3, perClass: 10, dim: 20, spread: 0.1}}"
	case v.Type() == durationType:
		return "a duration such as 90s or 2h"
	case hasTextForm(v):
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
