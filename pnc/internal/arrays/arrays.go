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
)

// Array is an array in a file.
type Array struct {
	// Name is the name of the array, Where names it in messages, with its file.
	Name, Where string
	Shape       []int
	Type        Type
	// Fortran says that the first index varies fastest, otherwise the last.
	Fortran bool
	// Open returns a reader of the elements, from the first one.
	Open func() (io.ReadCloser, error)
	// At reads elements at any place; nil if they can only be read from the first on.
	At io.ReaderAt
}

// ErrTruncated is the error of files that are shorter than they say.
var ErrTruncated = errors.New("truncated: it is shorter than its header says; export it again")

// Elements returns the number of elements of a shape, and an error if their bytes
// are more than size.
func Elements(shape []int, width int, size int64) (int64, error) {
	n := int64(1)
	for _, d := range shape {
		switch {
		case d < 0:
			return 0, fmt.Errorf("a damaged header: the shape %v is negative; export it again", shape)
		case d > 0 && n > size/int64(d):
			return 0, ErrTruncated
		}
		n *= int64(d)
	}
	if n > size/int64(max(1, width)) {
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

// Floats returns all elements with the last index varying fastest.
func (a *Array) Floats() ([]float64, error) {
	if err := a.Readable(); err != nil {
		return nil, err
	}
	r, err := a.Rows()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if slices.Contains(a.Shape, 0) {
		return nil, nil
	}
	v := make([]float64, a.Len()*a.RowLen())
	const together = 1 << 16 // elements
	rows := max(1, together/max(1, a.RowLen()))
	for at := 0; at < a.Len(); at += rows {
		n := min(rows, a.Len()-at)
		b, err := r.Next(n)
		if err != nil {
			return nil, err
		}
		Decode(a.Type, v[at*a.RowLen():(at+n)*a.RowLen()], b)
	}
	return v, r.End()
}

// Strings returns all elements of an array of text.
func (a *Array) Strings() ([]string, error) {
	if a.Type.Kind != Unicode && a.Type.Kind != Bytes {
		return nil, fmt.Errorf("%s: has elements of type %s, not text", a.Where, a.Type.Name)
	}
	r, err := a.Rows()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := r.Next(a.Len())
	if err != nil {
		return nil, err
	}
	w := a.Type.Width
	s := make([]string, a.Len()*a.RowLen())
	for i := range s {
		element := b[i*w : (i+1)*w]
		if a.Type.Kind == Bytes {
			s[i] = strings.TrimRight(string(element), "\x00")
			continue
		}
		var text []rune
		for j := 0; j+4 <= w; j += 4 {
			text = append(text, rune(a.Type.order().Uint32(element[j:])))
		}
		s[i] = strings.TrimRight(string(text), "\x00")
	}
	return s, r.End()
}
