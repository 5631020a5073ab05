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

const (
	typeUint8 = 0x08
	// maxSize bounds the memory that a damaged header can request; the largest data
	// sets of this kind have 5·10⁸ bytes.
	maxSize = 1 << 32
)

// Read reads an array of bytes. It returns an error if the header does not describe
// such an array or if the number of elements differs from the header.
func Read(r io.Reader) (*Array, error) {
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
		if total *= uint64(n); total > maxSize {
			return nil, fmt.Errorf("IDX header announces an array of %v, which is too large to be plausible", sizes)
		}
	}
	// The data is not allocated in advance, because the header may be wrong.
	data, err := io.ReadAll(io.LimitReader(r, int64(total)+1))
	switch {
	case err != nil:
		return nil, truncated(err, fmt.Sprintf("after %d of %d elements", len(data), total))
	case uint64(len(data)) < total:
		return nil, truncated(io.ErrUnexpectedEOF, fmt.Sprintf("after %d of %d elements", len(data), total))
	case uint64(len(data)) > total:
		return nil, fmt.Errorf("more data than the %v elements that the IDX header announces", a.Dims)
	}
	a.Data = data
	return a, nil
}

// truncated returns the error for data that end too early or cannot be read.
func truncated(err error, where string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("truncated %s", where)
	}
	return fmt.Errorf("damaged %s: %w", where, err)
}
