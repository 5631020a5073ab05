package pnc

import "fmt"

// Precision is the floating-point arithmetic of training.
type Precision int

const (
	Float64 Precision = iota // for the theory
	Float32                  // for large networks: twice as fast, half the memory
)

var precisionNames = [...]string{"float64", "float32"}

// String returns the name of the precision.
func (p Precision) String() string { return precisionNames[p] }

// MarshalText implements encoding.TextMarshaler.
func (p Precision) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Precision) UnmarshalText(text []byte) error {
	i := indexOf(precisionNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("unknown precision %.60q; known are %q", text, precisionNames)
	}
	*p = Precision(i)
	return nil
}

// UnmarshalJSON reads the name, or the number that version 0 of experiments used.
func (p *Precision) UnmarshalJSON(b []byte) error {
	return unmarshalEnum(b, p, len(precisionNames), func(i int) { *p = Precision(i) })
}
