// Package safetensors reads and writes files of arrays in the format safetensors:
//
//	uint64    length of the header, little-endian
//	header    {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}
//	bytes     the elements, little-endian, the last index varying fastest
//
// The header may hold "__metadata__", an object of text, which [Metadata] returns. Nothing
// in a file is believed before it is checked, and no more of it is read than is requested.
package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"pnclab/pnc/internal/arrays"
)

// A header may have headerBase bytes and 1/headerShare of the file: its arrays take some
// fifteen times that in memory.
const (
	headerBase  = 3 << 20
	headerShare = 8
)

// Is reports whether a file that begins with the given bytes, at least 9, may be in
// this format.
func Is(start []byte, size int64) bool {
	if len(start) < 9 {
		return false
	}
	n := binary.LittleEndian.Uint64(start)
	return n >= 2 && n <= uint64(max(0, size-8)) && start[8] == '{'
}

type tensor struct {
	name    string
	Type    string   `json:"dtype"`
	Shape   []int64  `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

var types = map[string]arrays.Type{
	"F64":  {Kind: arrays.Float, Width: 8},
	"F32":  {Kind: arrays.Float, Width: 4},
	"F16":  {Kind: arrays.Float, Width: 2},
	"BF16": {Kind: arrays.BFloat, Width: 2},
	"I64":  {Kind: arrays.Int, Width: 8},
	"I32":  {Kind: arrays.Int, Width: 4},
	"I16":  {Kind: arrays.Int, Width: 2},
	"I8":   {Kind: arrays.Int, Width: 1},
	"U64":  {Kind: arrays.Uint, Width: 8},
	"U32":  {Kind: arrays.Uint, Width: 4},
	"U16":  {Kind: arrays.Uint, Width: 2},
	"U8":   {Kind: arrays.Uint, Width: 1},
	"BOOL": {Kind: arrays.Uint, Width: 1},
}

// Open returns the arrays of a file of size bytes, by name, since the format keeps no
// order. The file must stay open until they are read. Every error starts with the
// path, which is used for nothing else.
func Open(f io.ReaderAt, path string, size int64) ([]*arrays.Array, error) {
	tensors, _, data, err := readHeader(f, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	slices.SortFunc(tensors, func(a, b tensor) int { return cmp.Compare(a.Offsets[0], b.Offsets[0]) })
	var all []*arrays.Array
	end := int64(0)
	for _, t := range tensors {
		a := &arrays.Array{Name: t.name, Where: path + ": " + t.name, Type: types[t.Type], Shape: []int{}}
		a.Type.Name = t.Type
		for _, d := range t.Shape {
			if d < 0 || d > size {
				return nil, fmt.Errorf("%s: a damaged header: a dimension of %d; export it again", a.Where, d)
			}
			a.Shape = append(a.Shape, int(d))
		}
		from, to := t.Offsets[0], t.Offsets[1]
		if from < 0 || to < from || to > size-data {
			return nil, fmt.Errorf("%s: %w", a.Where, arrays.ErrTruncated)
		}
		if from < end && from < to {
			return nil, fmt.Errorf("%s: a damaged header: its data_offsets overlap those of another array; export it again", a.Where)
		}
		end = max(end, to)
		rest := int64(math.MaxInt64) // of types that are not read
		if a.Type.Numbers() {
			rest = to - from
		}
		n, err := arrays.Elements(a.Shape, a.Type.Width, rest)
		if err == nil && a.Type.Numbers() && n*int64(a.Type.Width) != to-from {
			err = errors.New("a damaged header: shape and data_offsets do not match; export it again")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Where, err)
		}
		section := io.NewSectionReader(f, data+from, to-from)
		a.At, a.Stored = section, to-from
		a.Open = func() (io.ReadCloser, error) {
			return io.NopCloser(io.NewSectionReader(section, 0, section.Size())), nil
		}
		all = append(all, a)
	}
	if all == nil {
		return nil, fmt.Errorf("%s: no arrays in this file", path)
	}
	slices.SortFunc(all, func(a, b *arrays.Array) int {
		if a.Name < b.Name {
			return -1
		}
		return 1 // names are different
	})
	return all, nil
}

// Metadata returns the text that the header holds under "__metadata__", nil if there is
// none.
func Metadata(f io.ReaderAt, path string, size int64) (map[string]string, error) {
	_, text, _, err := readHeader(f, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if text == nil {
		return nil, nil
	}
	var m map[string]string
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s: __metadata__: not an object of text; export it again", path)
	}
	return m, nil
}

// metadataKey is the key of the header that is no array.
const metadataKey = "__metadata__"

// readHeader returns what the header says of the arrays, its metadata, nil if there are
// none, and the offset of the elements.
func readHeader(f io.ReaderAt, size int64) ([]tensor, json.RawMessage, int64, error) {
	start := make([]byte, 8)
	if _, err := f.ReadAt(start, 0); err != nil {
		return nil, nil, 0, arrays.ErrTruncated
	}
	n := binary.LittleEndian.Uint64(start)
	if n > uint64(max(0, size-8)) {
		return nil, nil, 0, arrays.ErrTruncated
	}
	if n > uint64(headerBase+size/headerShare) {
		return nil, nil, 0, errors.New("a header of too many bytes for a file of this size; export it again")
	}
	text := make([]byte, n)
	if _, err := f.ReadAt(text, 8); err != nil {
		return nil, nil, 0, arrays.ErrTruncated
	}
	tensors, metadata, err := parseHeader(text)
	return tensors, metadata, 8 + int64(n), err
}

var errHeader = errors.New("a damaged header; export it again")

// parseHeader parses a header, field by field since objects take less space as text than
// in memory.
func parseHeader(text []byte) (tensors []tensor, metadata json.RawMessage, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, nil, errHeader
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		name, ok := key.(string)
		if err != nil || !ok {
			return nil, nil, errHeader
		}
		if err := arrays.CheckName(name); err != nil {
			return nil, nil, err
		}
		if seen[name] {
			return nil, nil, fmt.Errorf("%s: twice in this file, and which one counts is not known; export it again", name)
		}
		seen[name] = true
		if name == metadataKey {
			if err := d.Decode(&metadata); err != nil {
				return nil, nil, errHeader
			}
			continue
		}
		t := tensor{name: name}
		if err := d.Decode(&t); err != nil || t.Type == "" {
			return nil, nil, fmt.Errorf("%s: a damaged header; export it again", name)
		}
		tensors = append(tensors, t)
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, errHeader
	}
	if rest := bytes.TrimLeft(text[d.InputOffset():], " \t\r\n\x00"); len(rest) > 0 {
		return nil, nil, errHeader
	}
	return tensors, metadata, nil
}
