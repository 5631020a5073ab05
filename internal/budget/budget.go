// Package budget bounds the memory that reading a file from outside takes, whatever the
// file says of itself: 64 MB plus four times its size.
package budget

import (
	"bytes"
	"errors"
)

const (
	base   = 64 << 20
	factor = 4
)

// Memory returns the number of bytes that reading a file of size bytes may take.
func Memory(size int64) int64 { return base + factor*size }

// ErrSpent says that content takes more memory than the size of its file allows for.
var ErrSpent = errors.New("it takes far more memory than its size allows for")

// Budget is memory that is left for what a file holds.
type Budget int64

// Of returns the budget of a file of size bytes.
func Of(size int64) Budget { return Budget(Memory(size)) }

// Take takes n bytes and returns [ErrSpent] if they are not left.
func (b *Budget) Take(n int64) error {
	if n > int64(*b) {
		return ErrSpent
	}
	*b -= Budget(n)
	return nil
}

// ErrNested says that JSON is nested more deeply than it needs to be.
var ErrNested = errors.New("it is nested far more deeply than is ever written")

// Cost is what decoding JSON takes, in bytes, growth included: of every object, of every
// element of a list, and of every field of an object.
type Cost struct {
	Object, Element, Field int64
	// Depth is the largest depth of lists and objects. Decoders that read their parts as
	// text first take a time that grows with it.
	Depth int
}

// JSON returns [ErrSpent] if decoding the text may take more memory than is allowed for,
// since {} is two bytes and can become a struct of a thousand, and [ErrNested] if it is
// nested too deeply. The text itself and one copy of it are left to the caller.
func JSON(text []byte, c Cost) error {
	left := Budget(base + (factor-2)*int64(len(text)))
	depth := 0
	for i := 0; i < len(text); i++ {
		var err error
		switch text[i] {
		case '"':
			i += stringLen(text[i:]) - 1
		case '{':
			depth++
			err = left.Take(c.Object + c.Field)
		case '[':
			depth++
			err = left.Take(c.Element)
		case '}', ']':
			depth--
		case ':':
			err = left.Take(c.Field)
		case ',': // of a list, or of an object, whose fields are counted twice then
			err = left.Take(c.Element)
		}
		if depth > c.Depth {
			return ErrNested
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stringLen returns the length of the string that text begins with, all of it if it has
// no end.
func stringLen(text []byte) int {
	for i := 1; i < len(text); i++ {
		next := bytes.IndexAny(text[i:], `"\`)
		if next < 0 {
			break
		}
		if i += next; text[i] == '"' {
			return i + 1
		}
		i++ // what follows a backslash
	}
	return len(text)
}
