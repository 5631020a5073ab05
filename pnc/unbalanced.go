package pnc

import (
	"encoding/json"
	"fmt"

	"pnclab/pnc/internal/random"
)

// Unbalanced reduces class k of other data to Sizes[k] samples, chosen at random.
type Unbalanced struct {
	Of    Source
	Sizes []int
}

// Generate draws the data and the selected samples from the seed.
func (s Unbalanced) Generate(seed int) (*Dataset, error) {
	d, err := s.Of.Generate(seed)
	if err != nil {
		return nil, err
	}
	if len(s.Sizes) != d.K() {
		return nil, fmt.Errorf("unbalanced data: %d sizes for %d classes", len(s.Sizes), d.K())
	}
	rnd := random.New(seed, random.Unbalance)
	var index []int
	for k, members := range d.members() {
		if s.Sizes[k] < 1 || s.Sizes[k] > len(members) {
			return nil, fmt.Errorf("unbalanced data: %d samples of class %d requested, but it has %d", s.Sizes[k], k, len(members))
		}
		rnd.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		index = append(index, members[:s.Sizes[k]]...)
	}
	u, err := d.Subset(index)
	if err != nil {
		return nil, err
	}
	u.Name = fmt.Sprintf("%s, classes of %v", d.Name, s.Sizes)
	return u, nil
}

// Fingerprint identifies the contents of the files that the data come from.
func (s Unbalanced) Fingerprint() (string, error) { return fingerprint(s.Of) }

// MarshalJSON writes the sizes, and the data with its type.
func (s Unbalanced) MarshalJSON() ([]byte, error) {
	return json.Marshal(unbalancedJSON{namedSource{s.Of}, s.Sizes})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Unbalanced) UnmarshalJSON(b []byte) error {
	var v unbalancedJSON
	if err := decodeStrictly(b, &v); err != nil {
		return err
	}
	*s = Unbalanced{v.Of.Source, v.Sizes}
	return nil
}

type unbalancedJSON struct {
	Of    namedSource
	Sizes []int
}

func (s Unbalanced) of() Source { return s.Of }
