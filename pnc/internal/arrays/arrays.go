// Package arrays reads arrays of numbers from files piece by piece, in any of the
// element types, byte orders and memory orders of their formats, which packages npz
// and safetensors know.
package arrays

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pnclab/internal/budget"
)

// Array is an array in a file.
type Array struct {
	// Name is the name of the array, Where names it in messages, with its file.
	Name, Where string
	Shape       []int
	Type        Type
	// Fortran says that the first index varies fastest, otherwise the last.
	Fortran bool
	// Stored is the number of bytes that the elements take in the file, where they may be
	// compressed.
	Stored int64
	// Open returns a reader of the elements, from the first one.
	Open func() (io.ReadCloser, error)
	// At reads elements at any place; nil if they can only be read from the first on.
	At io.ReaderAt
}

// ErrTruncated is the error of files that are shorter than they say.
var ErrTruncated = errors.New("truncated: it is shorter than its header says; export it again")

// longestName bounds the names of arrays, which are repeated in messages.
const longestName = 1000

// CheckName returns an error if an array cannot have a name: messages are one line, and
// what is printed must not control the terminal.
func CheckName(name string) error {
	if len(name) > longestName {
		return fmt.Errorf("%.60q…: a name of %d bytes, or a damaged header; rename the array", name, len(name))
	}
	if strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name) {
		return fmt.Errorf("%q: a name with control characters, or a damaged header; rename the array", name)
	}
	return nil
}

// mostDims is the largest number of dimensions of an array, as in NumPy.
const mostDims = 64

// Elements returns the number of elements of a shape, and an error if their bytes
// are more than size.
func Elements(shape []int, width int, size int64) (int64, error) {
	if len(shape) > mostDims {
		return 0, fmt.Errorf("a damaged header: %d dimensions; export it again", len(shape))
	}
	n, empty := int64(1), false
	for _, d := range shape {
		switch {
		case d < 0:
			return 0, fmt.Errorf("a damaged header: the shape %v is negative; export it again", shape)
		case d == 0:
			empty = true // nevertheless, products of the others are not to overflow
		case n > max(size, 1<<20)/int64(d):
			return 0, ErrTruncated
		default:
			n *= int64(d)
		}
	}
	switch {
	case empty:
		return 0, nil
	case n > size/int64(max(1, width)):
		return 0, ErrTruncated
	}
	return n, nil
}

// Len returns the number of rows: the first dimension, 1 for scalars.
func (a *Array) Len() int {
	if len(a.Shape) == 0 {
		return 1
	}
	return a.Shape[0]
}

// RowLen returns the number of elements of a row.
func (a *Array) RowLen() int {
	n := 1
	for i, d := range a.Shape {
		if i > 0 {
			n *= d
		}
	}
	return n
}

// Readable returns an error that names the array if its elements are no numbers.
func (a *Array) Readable() error {
	switch {
	case a.Type.Numbers():
		return nil
	case a.Type.Name == "O" || a.Type.Name == "|O":
		return fmt.Errorf("%s: holds Python objects; export it as an array of numbers, for example with np.asarray(x, dtype=np.float32)", a.Where)
	default:
		return fmt.Errorf("%s: has elements of type %s; export it as float32, float64 or integers", a.Where, a.Type.Name)
	}
}

// Floats returns all elements with the last index varying fastest. It returns an error if
// they take more memory than is allowed for what they take in the file.
func (a *Array) Floats() ([]float64, error) {
	if err := a.Readable(); err != nil {
		return nil, err
	}
	n := a.Len() * a.RowLen()
	if left := budget.Of(a.Stored); left.Take(8*int64(n)) != nil {
		return nil, fmt.Errorf("%s: %w; an array of this shape is read piece by piece only, as a layer", a.Where, budget.ErrSpent)
	}
	v := make([]float64, 0, n)
	err := a.EachFloats(func(part []float64) error {
		v = append(v, part...)
		return nil
	})
	return v, err
}

// Raw returns the bytes of all elements, with the limit of Floats.
func (a *Array) Raw() ([]byte, error) {
	if err := a.Readable(); err != nil {
		return nil, err
	}
	n := a.Len() * a.RowLen() * a.Type.Width
	if left := budget.Of(a.Stored); left.Take(int64(n)) != nil {
		return nil, fmt.Errorf("%s: %w; save it without compression", a.Where, budget.ErrSpent)
	}
	v := make([]byte, 0, n)
	err := a.each(func(b []byte) error {
		v = append(v, b...)
		return nil
	})
	return v, err
}

// together is the number of elements that are read at once, if a row has not more.
const together = 1 << 16

// EachFloats calls visit with the elements of some rows, in their order, the last index
// varying fastest. They are valid until the next call.
func (a *Array) EachFloats(visit func(part []float64) error) error {
	if err := a.Readable(); err != nil {
		return err
	}
	var buf []float64
	return a.each(func(b []byte) error {
		n := len(b) / a.Type.Width
		if cap(buf) < n {
			buf = make([]float64, n)
		}
		Decode(a.Type, buf[:n], b)
		return visit(buf[:n])
	})
}

// EachString calls visit with the elements of an array of text, in their order.
func (a *Array) EachString(visit func(s string) error) error {
	if a.Type.Kind != Unicode && a.Type.Kind != Bytes {
		return fmt.Errorf("%s: has elements of type %s, not text", a.Where, a.Type.Name)
	}
	w := a.Type.Width
	if w == 0 {
		return fmt.Errorf("%s: texts of no characters; export it again", a.Where)
	}
	var text []rune
	return a.each(func(b []byte) error {
		for ; len(b) > 0; b = b[w:] {
			element := b[:w]
			if a.Type.Kind == Bytes {
				if err := visit(strings.TrimRight(string(element), "\x00")); err != nil {
					return err
				}
				continue
			}
			text = text[:0]
			for j := 0; j+4 <= w; j += 4 {
				text = append(text, rune(a.Type.order().Uint32(element[j:])))
			}
			if err := visit(strings.TrimRight(string(text), "\x00")); err != nil {
				return err
			}
		}
		return nil
	})
}

// each calls visit with the bytes of some rows at a time, and reads what is left behind
// the last one.
func (a *Array) each(visit func(b []byte) error) error {
	r, err := a.Rows()
	if err != nil {
		return err
	}
	defer r.Close()
	if slices.Contains(a.Shape, 0) {
		return nil
	}
	rows := max(1, together/max(1, a.RowLen()))
	for at := 0; at < a.Len(); at += rows {
		b, err := r.Next(min(rows, a.Len()-at))
		if err != nil {
			return err
		}
		if err := visit(b); err != nil {
			return err
		}
	}
	return r.End()
}
