package pnc

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// jsonNumber is a float64 that JSON can always represent: NaN is null, and
// infinities are numbers too large for a float64, 1e999, which most languages read
// as infinite.
type jsonNumber float64

// MarshalJSON implements json.Marshaler.
func (v jsonNumber) MarshalJSON() ([]byte, error) {
	switch f := float64(v); {
	case math.IsNaN(f):
		return []byte("null"), nil
	case math.IsInf(f, 1):
		return []byte("1e999"), nil
	case math.IsInf(f, -1):
		return []byte("-1e999"), nil
	default:
		return json.Marshal(f)
	}
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *jsonNumber) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*v = jsonNumber(math.NaN())
		return nil
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("%.60s is not a number", b)
	}
	*v = jsonNumber(f)
	return nil
}

// jsonNumbers converts every element to a jsonNumber; nil stays nil.
func jsonNumbers(v []float64) []jsonNumber {
	if v == nil {
		return nil
	}
	out := make([]jsonNumber, len(v))
	for i, x := range v {
		out[i] = jsonNumber(x)
	}
	return out
}

// floats64 returns the numbers as float64; nil stays nil.
func floats64(v []jsonNumber) []float64 {
	if v == nil {
		return nil
	}
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}
