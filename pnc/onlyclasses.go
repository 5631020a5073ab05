package pnc

import (
	"encoding/json"
	"fmt"
	"strings"
)

// OnlyClasses selects the given classes of other data and renumbers them 0, 1, ...
// in the order given. Two of them, on the same data with different classes, are the
// two tasks of a transfer experiment.
type OnlyClasses struct {
	Of      Source
	Classes []int
}

// Generate draws the data from the seed and selects the classes.
func (s OnlyClasses) Generate(seed int) (*Dataset, error) {
	d, err := s.Of.Generate(seed)
	if err != nil {
		return nil, err
	}
	o, err := d.Classes(s.Classes...)
	if err != nil {
		return nil, err
	}
	o.Name = fmt.Sprintf("%s, only %s", d.Name, strings.Join(o.ClassNames, ", "))
	return o, nil
}

// Fingerprint identifies the contents of the files that the data come from.
func (s OnlyClasses) Fingerprint() (string, error) { return fingerprint(s.Of) }

// MarshalJSON writes the classes, and the data with its type.
func (s OnlyClasses) MarshalJSON() ([]byte, error) {
	return json.Marshal(onlyClassesJSON{namedSource{s.Of}, s.Classes})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *OnlyClasses) UnmarshalJSON(b []byte) error {
	var v onlyClassesJSON
	if err := decodeStrictly(b, &v); err != nil {
		return err
	}
	*s = OnlyClasses{v.Of.Source, v.Classes}
	return nil
}

type onlyClassesJSON struct {
	Of      namedSource
	Classes []int
}

func (s OnlyClasses) of() Source { return s.Of }
