package pnc

import (
	"encoding/json"
	"fmt"
	"math"

	"pnclab/pnc/internal/random"
)

// Portion is a part of other data: of the n samples of every class, in an order
// drawn from the seed, those from place From·n up to To·n, rounded. Portions of the
// same data and seed that do not overlap share no sample: one to train on, one to
// fit new classifiers to, one to test them. [Dataset.Split] makes two from data
// that are there already.
type Portion struct {
	Of       Source
	From, To float64 // 0 ≤ From < To ≤ 1
}

// Generate draws the data and the order from the seed.
func (s Portion) Generate(seed int) (*Dataset, error) {
	if !(0 <= s.From && s.From < s.To && s.To <= 1) {
		return nil, fmt.Errorf("portion from %g to %g; it must lie between 0 and 1, and end after it begins", s.From, s.To)
	}
	d, err := s.Of.Generate(seed)
	if err != nil {
		return nil, err
	}
	rnd := random.New(seed, random.Portion)
	var index []int
	for _, members := range d.members() {
		rnd.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		place := func(fraction float64) int { return int(math.Round(fraction * float64(len(members)))) }
		index = append(index, members[place(s.From):place(s.To)]...)
	}
	if len(index) == 0 {
		return nil, fmt.Errorf("%s: there is no sample from %g to %g of a class", d.Name, s.From, s.To)
	}
	p, err := d.Subset(index)
	if err != nil {
		return nil, err
	}
	p.Name = fmt.Sprintf("%s, %d of %d", d.Name, p.Len(), d.Len())
	return p, nil
}

// Fingerprint identifies the contents of the files that the data come from.
func (s Portion) Fingerprint() (string, error) { return fingerprint(s.Of) }

// MarshalJSON writes the bounds and the data with its type.
func (s Portion) MarshalJSON() ([]byte, error) {
	return json.Marshal(portionJSON{namedSource{s.Of}, s.From, s.To})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Portion) UnmarshalJSON(b []byte) error {
	var v portionJSON
	if err := decodeStrictly(b, &v); err != nil {
		return err
	}
	*s = Portion{v.Of.Source, v.From, v.To}
	return nil
}

type portionJSON struct {
	Of       namedSource
	From, To float64
}

func (s Portion) of() Source { return s.Of }
