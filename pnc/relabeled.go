package pnc

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Relabeled is other data in which class k is called To[k]: several classes become
// one. Data and their relabelled form are the two tasks of a transfer experiment in
// which the new task, to tell the classes of Of apart, lies within the old.
type Relabeled struct {
	Of Source
	// To holds the new class, from 0, of every class of Of.
	To []int
	// Names holds the names of the new classes; nil numbers them.
	Names []string `json:",omitempty"`
}

// Generate draws the data from the seed and relabels them.
func (s Relabeled) Generate(seed int) (*Dataset, error) {
	d, err := s.Of.Generate(seed)
	if err != nil {
		return nil, err
	}
	if len(s.To) != d.K() {
		return nil, fmt.Errorf("relabelled data: %d new labels for the %d classes of %s", len(s.To), d.K(), d.Name)
	}
	if slices.Min(s.To) < 0 {
		return nil, fmt.Errorf("relabelled data: class %d; they are counted from 0", slices.Min(s.To))
	}
	names := s.Names
	if names == nil {
		names = numberNames(slices.Max(s.To) + 1)
	}
	labels := make([]int, d.Len())
	for i, k := range d.Labels {
		labels[i] = s.To[k]
	}
	return d.derived(fmt.Sprintf("%s, relabelled as %d classes", d.Name, len(names)), d.samples, labels, names)
}

// Fingerprint identifies the contents of the files that the data come from.
func (s Relabeled) Fingerprint() (string, error) { return fingerprint(s.Of) }

// MarshalJSON writes the new classes and the data with its type.
func (s Relabeled) MarshalJSON() ([]byte, error) {
	return json.Marshal(relabeledJSON{namedSource{s.Of}, s.To, s.Names})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Relabeled) UnmarshalJSON(b []byte) error {
	var v relabeledJSON
	if err := decodeStrictly(b, &v); err != nil {
		return err
	}
	*s = Relabeled{v.Of.Source, v.To, v.Names}
	return nil
}

type relabeledJSON struct {
	Of    namedSource
	To    []int
	Names []string `json:",omitempty"`
}

func (s Relabeled) of() Source { return s.Of }
