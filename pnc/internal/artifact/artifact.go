// Package artifact reads and writes files with results: a JSON header and raw
// arrays, followed by a checksum of both.
//
//	"pnclab\x00\x01"   magic number and version of the format
//	uint64             length of the header
//	header             {"kind": …, "arrays": [{"type": …, "length": …}, …], "content": …}
//	arrays             little-endian float64 or float32, one behind the other
//	32 bytes           SHA-256 of everything before
//
// Nothing in a file is trusted before it is checked: a reader allocates no more than
// package budget allows for.
package artifact

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"pnclab/internal/atomicfile"
	"pnclab/internal/budget"
	"pnclab/internal/oneline"
)

const magic = "pnclab\x00\x01"

type header struct {
	Kind    string          `json:"kind"`
	Arrays  []array         `json:"arrays"`
	Content json.RawMessage `json:"content"`
}

type array struct {
	Type   string `json:"type"`
	Length int64  `json:"length"`
}

// Sizes of the elements of an array.
var elementSize = map[string]int64{"float64": 8, "float32": 4}

// Write writes content as JSON and the arrays, each a []float64 or a []float32, to a
// file of the given kind, which gets its name only once it is complete.
func Write(path, kind string, content any, arrays []any) error {
	text, err := encodeHeader(kind, content, arrays)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(f io.Writer) error { return encode(f, text, arrays) })
}

// encodeHeader returns the header of a file.
func encodeHeader(kind string, content any, arrays []any) ([]byte, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	h := header{Kind: kind, Content: text, Arrays: []array{}}
	for _, a := range arrays {
		switch a := a.(type) {
		case []float64:
			h.Arrays = append(h.Arrays, array{"float64", int64(len(a))})
		case []float32:
			h.Arrays = append(h.Arrays, array{"float32", int64(len(a))})
		default:
			return nil, fmt.Errorf("an array of type %T", a)
		}
	}
	return json.Marshal(h)
}

// encode writes the file with the given header.
func encode(f io.Writer, header []byte, arrays []any) error {
	sum := sha256.New()
	size := len(header)
	for _, a := range arrays {
		size += binary.Size(a)
	}
	w := bufio.NewWriterSize(io.MultiWriter(f, sum), min(1<<20, size+len(magic)+8))
	w.WriteString(magic)
	binary.Write(w, binary.LittleEndian, uint64(len(header)))
	w.Write(header)
	chunk := make([]byte, 1<<16)
	for _, a := range arrays {
		switch a := a.(type) {
		case []float64:
			writeArray(w, chunk, a, 8, func(b []byte, v float64) { binary.LittleEndian.PutUint64(b, math.Float64bits(v)) })
		case []float32:
			writeArray(w, chunk, a, 4, func(b []byte, v float32) { binary.LittleEndian.PutUint32(b, math.Float32bits(v)) })
		}
	}
	if err := w.Flush(); err != nil { // the first error of all writes
		return err
	}
	_, err := f.Write(sum.Sum(nil))
	return err
}

func writeArray[T float32 | float64](w io.Writer, chunk []byte, a []T, size int, put func([]byte, T)) {
	for len(a) > 0 {
		n := min(len(a), len(chunk)/size)
		for i, v := range a[:n] {
			put(chunk[i*size:], v)
		}
		w.Write(chunk[:n*size]) // Flush reports errors
		a = a[n:]
	}
}

// ErrDamaged is wrapped by the errors for files that differ from what Write wrote.
var ErrDamaged = errors.New("damaged")

// Read reads a file of the given kind: its content into a pointer, and the arrays.
// The error wraps [ErrDamaged] if the file is damaged, and names the kind of the
// file if it is a different one.
func Read(path, kind string, content any) (arrays []any, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	rest := info.Size() - int64(len(magic)) - 8 - sha256.Size
	if rest < 0 {
		return nil, damaged("too short")
	}
	sum := sha256.New()
	r := bufio.NewReaderSize(io.TeeReader(io.LimitReader(f, info.Size()-sha256.Size), sum), int(min(1<<20, info.Size()+1)))
	start := make([]byte, len(magic)+8)
	if _, err := io.ReadFull(r, start); err != nil {
		return nil, damaged(err.Error())
	}
	if string(start[:len(magic)]) != magic {
		return nil, damaged("not a file of this program, or of an unknown version of the format")
	}
	length := binary.LittleEndian.Uint64(start[len(magic):])
	if length > uint64(rest) {
		return nil, damaged("a header longer than the file")
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, damaged(err.Error())
	}
	// An object may become a struct of measures, an element a number.
	if err := budget.JSON(text, budget.Cost{Object: 704, Element: 18, Field: 64, Depth: 200}); err != nil {
		return nil, damaged(err.Error())
	}
	var h header
	if err := json.Unmarshal(text, &h); err != nil {
		return nil, damaged(err.Error())
	}
	rest -= int64(length)
	for _, a := range h.Arrays {
		size, ok := elementSize[a.Type]
		if !ok || a.Length < 0 || a.Length > rest/size {
			return nil, damaged("arrays that do not fit the file")
		}
		rest -= a.Length * size
	}
	if rest != 0 {
		return nil, damaged("arrays that do not fit the file")
	}
	chunk := make([]byte, 1<<16)
	for _, a := range h.Arrays {
		var read any
		if a.Type == "float64" {
			read, err = readArray(r, chunk, a.Length, 8, func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) })
		} else {
			read, err = readArray(r, chunk, a.Length, 4, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) })
		}
		if err != nil {
			return nil, damaged(err.Error())
		}
		arrays = append(arrays, read)
	}
	want := make([]byte, sha256.Size)
	if _, err := io.ReadFull(f, want); err != nil || !bytes.Equal(want, sum.Sum(nil)) {
		return nil, damaged("the checksum does not match")
	}
	if h.Kind != kind {
		return nil, fmt.Errorf("it holds a %s, not a %s", oneline.Text(h.Kind, 40), kind)
	}
	if err := json.Unmarshal(h.Content, content); err != nil {
		return nil, damaged(err.Error())
	}
	return arrays, nil
}

func damaged(how string) error { return fmt.Errorf("%w: %s", ErrDamaged, oneline.Text(how, 400)) }

func readArray[T float32 | float64](r io.Reader, chunk []byte, length int64, size int, get func([]byte) T) ([]T, error) {
	a := make([]T, length)
	for done := 0; done < len(a); {
		n := min(len(a)-done, len(chunk)/size)
		if _, err := io.ReadFull(r, chunk[:n*size]); err != nil {
			return nil, err
		}
		for i := range n {
			a[done+i] = get(chunk[i*size:])
		}
		done += n
	}
	return a, nil
}
