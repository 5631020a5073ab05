package npz

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"pnclab/pnc/internal/arrays"
)

const magic = "\x93NUMPY"

// longestHeader bounds what is read of a header. Those of arrays of numbers take some
// hundred bytes; NumPy itself reads ten thousand.
const longestHeader = 1<<16 - 1

// readHeader reads the header of a .npy file of size bytes, in version 1, 2 or 3 of
// the format, and returns the array that it describes and the offset of its elements.
func readHeader(r io.Reader, size int64) (a *arrays.Array, offset int64, err error) {
	start := make([]byte, 8)
	switch n, err := io.ReadFull(r, start); {
	case !strings.HasPrefix(magic, string(start[:min(n, len(magic))])):
		return nil, 0, errors.New("not in the NumPy format (.npy or .npz)")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, 0, arrays.ErrTruncated
	case err != nil:
		return nil, 0, err
	}
	width := 4 // of the length of the header
	switch start[6] {
	case 1:
		width = 2
	case 2, 3: // they differ in the encoding of names of fields
	default:
		return nil, 0, fmt.Errorf("version %d of the NumPy format, which is not known here; export it again", start[6])
	}
	length := make([]byte, 4)
	if _, err := io.ReadFull(r, length[:width]); err != nil {
		return nil, 0, arrays.ErrTruncated
	}
	n := int64(binary.LittleEndian.Uint32(length))
	if n > size && width == 4 {
		return nil, 0, arrays.ErrTruncated
	}
	if n > longestHeader {
		return nil, 0, errors.New("a damaged header; export it again")
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, 0, errors.New("truncated, or the header is damaged; export it again")
	}
	a, err = parseHeader(string(bytes.TrimRight(text, " \n\x00")))
	if err != nil {
		return nil, 0, err
	}
	offset = 8 + int64(width) + n
	rest := size - offset
	if a.Type.Width == 0 {
		rest = math.MaxInt64 // what is not read, such as objects of Python, may take any size
	}
	_, err = arrays.Elements(a.Shape, a.Type.Width, rest)
	return a, offset, err
}

var (
	descrPattern   = regexp.MustCompile(`["']descr["']\s*:\s*(?:["']([^"']*)["']|(\[))`)
	orderPattern   = regexp.MustCompile(`["']fortran_order["']\s*:\s*(True|False|0|1)\b`)
	shapePattern   = regexp.MustCompile(`["']shape["']\s*:\s*\(([^)]*)\)`)
	typePattern    = regexp.MustCompile(`^([<>|=]?)([a-zA-Z])(\d*)$`)
	errHeader      = errors.New("damaged header: it has no descr, fortran_order or shape; export it again")
	floatingWidths = map[int]bool{2: true, 4: true, 8: true}
	integerWidths  = map[int]bool{1: true, 2: true, 4: true, 8: true}
)

// parseHeader reads a header, a literal dictionary of Python with the keys descr,
// fortran_order and shape in any order. Integers may end in L, as Python 2 wrote them.
func parseHeader(text string) (*arrays.Array, error) {
	descr, order, shape := descrPattern.FindStringSubmatch(text), orderPattern.FindStringSubmatch(text), shapePattern.FindStringSubmatch(text)
	if !strings.HasPrefix(text, "{") {
		return nil, errors.New("not written by NumPy, or the header is damaged; export it again")
	}
	if descr == nil || order == nil || shape == nil {
		return nil, errHeader
	}
	a := &arrays.Array{Shape: []int{}, Fortran: order[1] == "True" || order[1] == "1"}
	for field := range strings.SplitSeq(shape[1], ",") {
		field = strings.TrimSuffix(strings.TrimSpace(field), "L")
		if field == "" {
			continue
		}
		d, err := strconv.Atoi(field)
		if err != nil {
			return nil, errHeader
		}
		a.Shape = append(a.Shape, d)
	}
	if descr[2] != "" {
		a.Type.Name = "a record"
		return a, nil
	}
	a.Type = parseType(descr[1])
	return a, nil
}

// parseType returns the type that NumPy calls by names such as <f4.
func parseType(name string) arrays.Type {
	t := arrays.Type{Name: name}
	m := typePattern.FindStringSubmatch(name)
	if m == nil {
		return t
	}
	t.Big = m[1] == ">"
	width, _ := strconv.Atoi(m[3])
	switch m[2] {
	case "f":
		if floatingWidths[width] {
			t.Kind, t.Width = arrays.Float, width
		}
	case "i":
		if integerWidths[width] {
			t.Kind, t.Width = arrays.Int, width
		}
	case "u":
		if integerWidths[width] {
			t.Kind, t.Width = arrays.Uint, width
		}
	case "b":
		t.Kind, t.Width = arrays.Uint, 1
	case "U":
		if width < 1<<16 {
			t.Kind, t.Width = arrays.Unicode, 4*width
		}
	case "S", "a":
		if width < 1<<16 {
			t.Kind, t.Width = arrays.Bytes, width
		}
	}
	return t
}
