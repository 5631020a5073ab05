// Package idx reads the IDX format, in which MNIST and data sets modelled on it are
// published: a header with the element type and the sizes of the dimensions, then
// the elements.
package idx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Array is an array of bytes; Data holds it with the last index varying
// fastest.
type Array struct {
	Dims []int
	Data []uint8
}

const typeUint8 = 0x08

// Read reads an array of bytes from r, which yields at most that many bytes. It returns
// an error if the header does not describe such an array or if the number of elements
// differs from the header. No more memory is taken than r can yield.
func Read(r io.Reader, most int64) (*Array, error) {
	var magic [4]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil {
		return nil, truncated(err, "within the header")
	}
	if magic[0] != 0 || magic[1] != 0 || magic[3] == 0 {
		return nil, fmt.Errorf("not an IDX file: it starts with % x, not with 00 00 08 and the number of dimensions", magic)
	}
	if magic[2] != typeUint8 {
		return nil, fmt.Errorf("IDX element type 0x%02x is not supported, only 0x08 (bytes)", magic[2])
	}
	sizes := make([]uint32, magic[3])
	if err := binary.Read(r, binary.BigEndian, sizes); err != nil {
		return nil, truncated(err, "within the header")
	}
	a := &Array{}
	total := uint64(1)
	for _, n := range sizes {
		a.Dims = append(a.Dims, int(n))
		if n != 0 && total > uint64(most)/uint64(n) {
			return nil, fmt.Errorf("truncated: the IDX header announces an array of %v, which is more than the file holds", sizes)
		}
		total *= uint64(n)
	}
	a.Data = make([]uint8, total)
	if n, err := io.ReadFull(r, a.Data); err != nil {
		return nil, truncated(err, fmt.Sprintf("after %d of %d elements", n, total))
	}
	switch n, err := io.ReadFull(r, make([]byte, 1)); {
	case n > 0:
		return nil, fmt.Errorf("more data than the %v elements that the IDX header announces", a.Dims)
	case err != nil && !errors.Is(err, io.EOF): // a wrong checksum, for one
		return nil, truncated(err, "after the last element")
	}
	return a, nil
}

// truncated returns the error for data that end too early or cannot be read.
func truncated(err error, where string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("truncated %s", where)
	}
	return fmt.Errorf("damaged %s: %w", where, err)
}
