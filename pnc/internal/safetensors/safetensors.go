// Package safetensors reads arrays from files in the format safetensors:
//
//	uint64    length of the header, little-endian
//	header    {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}
//	bytes     the elements, little-endian, the last index varying fastest
//
// The header may hold "__metadata__", an object of text, which is ignored. Nothing in
// a file is believed before it is checked, and no more of it is read than is requested.
package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"pnclab/pnc/internal/arrays"
)

// longestHeader bounds the header, as the reference implementation does.
const longestHeader = 100 << 20

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
	tensors, data, err := readHeader(f, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var all []*arrays.Array
	for name, t := range tensors {
		a := &arrays.Array{Name: name, Where: path + ": " + name, Type: types[t.Type], Shape: []int{}}
		a.Type.Name = t.Type
		for _, d := range t.Shape {
			if d < 0 || d > size {
				return nil, fmt.Errorf("%s: a damaged header: shape %v; export it again", a.Where, t.Shape)
			}
			a.Shape = append(a.Shape, int(d))
		}
		from, to := t.Offsets[0], t.Offsets[1]
		if from < 0 || to < from || to > size-data {
			return nil, fmt.Errorf("%s: %w", a.Where, arrays.ErrTruncated)
		}
		if a.Type.Numbers() {
			n, err := arrays.Elements(a.Shape, a.Type.Width, to-from)
			if err == nil && n*int64(a.Type.Width) != to-from {
				err = errors.New("a damaged header: shape and data_offsets do not match; export it again")
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", a.Where, err)
			}
		}
		section := io.NewSectionReader(f, data+from, to-from)
		a.At = section
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

// readHeader returns what the header says and the offset of the elements.
func readHeader(f io.ReaderAt, size int64) (map[string]tensor, int64, error) {
	start := make([]byte, 8)
	if _, err := f.ReadAt(start, 0); err != nil {
		return nil, 0, arrays.ErrTruncated
	}
	n := binary.LittleEndian.Uint64(start)
	if n > uint64(max(0, size-8)) {
		return nil, 0, arrays.ErrTruncated
	}
	if n > longestHeader {
		return nil, 0, errors.New("a damaged header; export it again")
	}
	text := make([]byte, n)
	if _, err := f.ReadAt(text, 8); err != nil {
		return nil, 0, arrays.ErrTruncated
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, 0, errors.New("a damaged header; export it again")
	}
	delete(fields, "__metadata__")
	tensors := map[string]tensor{}
	for name, raw := range fields {
		var t tensor
		if err := json.Unmarshal(raw, &t); err != nil {
			return nil, 0, fmt.Errorf("%s: a damaged header; export it again", name)
		}
		tensors[name] = t
	}
	return tensors, 8 + int64(n), nil
}
