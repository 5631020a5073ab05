package pnc

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Source is a recipe for data: a plain value that yields the same data for the
// same seed. [NearlyOrthonormal], [GaussianSpectrum], [Uniform], [Blobs], [OneHot] and
// [Topics] are synthetic, [Glyphs] renders images, [ImageFiles] and [AGNews] read
// files, [Unbalanced] and [OnlyClasses] select from other data.
//
// A Source that reads files also has a method Fingerprint() (string, error) that
// identifies their contents.
type Source interface {
	Generate(seed int) (*Dataset, error)
}

// sourceTypes holds the types of sources under their names in JSON.
var sourceTypes = map[string]reflect.Type{}

// ownSources holds the types whose data are determined by their JSON, the code of
// this package and their Fingerprint.
var ownSources = map[reflect.Type]bool{}

// RegisterSource registers the types of the given sources under their names, such as
// "main.Spirals", so that experiments that use them can be read from JSON.
func RegisterSource(examples ...Source) {
	for _, s := range examples {
		t := reflect.TypeOf(s)
		sourceTypes[t.String()] = t
	}
}

// registerOwn is RegisterSource for the types of this package.
func registerOwn(examples ...Source) {
	RegisterSource(examples...)
	for _, s := range examples {
		ownSources[reflect.TypeOf(s)] = true
	}
}

// namedSource is a Source in JSON: an object whose only key is the name of its
// type.
type namedSource struct{ Source }

// MarshalJSON implements json.Marshaler.
func (s namedSource) MarshalJSON() ([]byte, error) {
	if s.Source == nil {
		return []byte("null"), nil
	}
	return json.Marshal(map[string]any{reflect.TypeOf(s.Source).String(): s.Source})
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *namedSource) UnmarshalJSON(b []byte) error {
	s.Source = nil
	if string(b) == "null" {
		return nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(b, &object); err != nil {
		return fmt.Errorf("data: want an object with one key, the name of a source, and its fields, not %.60s; available are %s", b, sourceNames())
	}
	if len(object) != 1 {
		return fmt.Errorf("data: want an object with one key, the name of a source; available are %s", sourceNames())
	}
	for name, text := range object {
		if set, ok := formerImageSets[name]; ok {
			f := ImageFiles{Set: set}
			if err := decodeStrictly(text, &f); err != nil {
				return fmt.Errorf("data: %s: %w", name, err)
			}
			s.Source = f
			return nil
		}
		t := sourceTypeNamed(name)
		if t == nil {
			return fmt.Errorf("data: no source %.60q; available are %s (pnc.RegisterSource adds others)", name, sourceNames())
		}
		v := reflect.New(t)
		if err := decodeStrictly(text, v.Interface()); err != nil {
			return fmt.Errorf("data: %s: %w", name, err)
		}
		s.Source = v.Elem().Interface().(Source)
	}
	return nil
}

// sourceTypeNamed returns the type of the sources with a name in JSON; for those of this
// package "Blobs" and "blobs" will do for "pnc.Blobs". It is nil if there is none.
func sourceTypeNamed(name string) reflect.Type {
	if t, ok := sourceTypes[name]; ok {
		return t
	}
	for own, t := range sourceTypes {
		if short, ok := strings.CutPrefix(own, "pnc."); ok && strings.EqualFold(short, name) {
			return t
		}
	}
	return nil
}

// formerImageSets are types of earlier versions, one for each set of [ImageFiles].
var formerImageSets = map[string]string{
	"pnc.MNIST": "mnist", "pnc.FashionMNIST": "fashion-mnist", "pnc.CIFAR10": "cifar-10", "pnc.CIFAR100": "cifar-100",
}

func sourceNames() string { return strings.Join(slices.Sorted(maps.Keys(sourceTypes)), ", ") }

// nested is implemented by sources of this package that select from another one.
type nested interface{ of() Source }

// content identifies the data that a source yields for a seed, beyond its JSON: by
// the files it reads or, for a type from another package, whose code is not part of
// the key of a run, by the data themselves.
func content(s Source, seed int) (string, error) {
	for inner := s; ; {
		if !ownSources[reflect.TypeOf(inner)] {
			return generated(s, seed)
		}
		n, ok := inner.(nested)
		if !ok {
			break
		}
		if inner = n.of(); inner == nil {
			break
		}
	}
	return fingerprint(s)
}

// generated returns the SHA-256 of the data.
func generated(s Source, seed int) (string, error) {
	if s == nil {
		return "", nil
	}
	d, err := s.Generate(seed)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintln(h, d.Labels, d.ClassNames)
	d.samples.Hash(h)
	return hex.EncodeToString(h.Sum(nil)), nil
}

// fingerprint identifies the contents of the files that a source reads; it is empty
// if there are none.
func fingerprint(s Source) (string, error) {
	if f, ok := s.(interface{ Fingerprint() (string, error) }); ok {
		return f.Fingerprint()
	}
	return "", nil
}
