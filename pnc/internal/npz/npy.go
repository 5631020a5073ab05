// Package npz reads arrays of numbers from files of NumPy: .npy, which holds one
// array, and .npz, a zip archive of them.
package npz

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"codeberg.org/sbinet/npyio/npy"
)

// Array is an array of numbers, whatever their type in the file, with the last
// index varying fastest.
type Array struct {
	Name  string
	Shape []int
	Data  []float64
}

// readArray reads one array from the size bytes of a .npy file.
//
// npyio reads the header. The elements are read here, since npyio takes one at a
// time and takes the end of a truncated file for zeros.
func readArray(r io.Reader, size int64) (a Array, err error) {
	counter := &countingReader{r: bufio.NewReader(r)}
	header, err := readHeader(counter, size)
	if err != nil {
		return a, err
	}
	a.Shape = header.Descr.Shape
	if a.Shape == nil {
		a.Shape = []int{} // a scalar
	}
	decode, width, err := decoder(strings.Trim(header.Descr.Type, "'"))
	if err != nil {
		return a, err
	}
	n := int64(1)
	for _, d := range a.Shape {
		if d < 0 || (d > 0 && n > size/int64(d)) {
			return a, errTruncated
		}
		n *= int64(d)
	}
	if counter.n+n*int64(width) > size {
		return a, errTruncated
	}
	a.Data = make([]float64, n)
	if err := readElements(counter, a.Data, decode, width); err != nil {
		return a, err
	}
	if header.Descr.Fortran {
		a.Data = fromFortran(a.Data, a.Shape)
	}
	return a, nil
}

var errTruncated = errors.New("truncated: it is shorter than its header says; export it again")

// readHeader reads the header with npyio, which trusts its length and panics at
// some malformed ones.
func readHeader(r *countingReader, size int64) (h npy.Header, err error) {
	const fixed = 12 // magic, version and, from version 2, a length of four bytes
	if b, _ := r.r.Peek(fixed); len(b) == fixed && string(b[:6]) == string(npy.Magic[:]) && b[6] >= 2 && int64(binary.LittleEndian.Uint32(b[8:])) > size {
		return h, errTruncated
	}
	defer func() {
		if recover() != nil {
			err = errors.New("not in the NumPy format, or the header is damaged")
		}
	}()
	reader, err := npy.NewReader(r)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return h, errTruncated
	case errors.Is(err, npy.ErrInvalidNumPyFormat):
		return h, errors.New("not in the NumPy format (.npy or .npz)")
	case err != nil:
		return h, fmt.Errorf("damaged header: %w", err)
	}
	return reader.Header, nil
}

// decoder returns the function that decodes an element of a type that NumPy
// calls by names such as <f4, and the number of bytes it takes.
func decoder(dtype string) (decode func([]byte) float64, width int, err error) {
	var order binary.ByteOrder = binary.LittleEndian
	kind := strings.TrimLeft(dtype, "<|=")
	if after, big := strings.CutPrefix(dtype, ">"); big {
		order, kind = binary.BigEndian, after
	}
	switch kind {
	case "f8":
		return func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) }, 8, nil
	case "f4":
		return func(b []byte) float64 { return float64(math.Float32frombits(order.Uint32(b))) }, 4, nil
	case "f2":
		return func(b []byte) float64 { return half(order.Uint16(b)) }, 2, nil
	case "i8":
		return func(b []byte) float64 { return float64(int64(order.Uint64(b))) }, 8, nil
	case "i4":
		return func(b []byte) float64 { return float64(int32(order.Uint32(b))) }, 4, nil
	case "i2":
		return func(b []byte) float64 { return float64(int16(order.Uint16(b))) }, 2, nil
	case "i1":
		return func(b []byte) float64 { return float64(int8(b[0])) }, 1, nil
	case "u8":
		return func(b []byte) float64 { return float64(order.Uint64(b)) }, 8, nil
	case "u4":
		return func(b []byte) float64 { return float64(order.Uint32(b)) }, 4, nil
	case "u2":
		return func(b []byte) float64 { return float64(order.Uint16(b)) }, 2, nil
	case "u1", "b1":
		return func(b []byte) float64 { return float64(b[0]) }, 1, nil
	case "O":
		return nil, 0, errors.New("holds Python objects; export it as an array of numbers, for example with np.asarray(x, dtype=np.float32)")
	}
	return nil, 0, fmt.Errorf("has elements of type %s; export it as float32, float64 or integers", dtype)
}

// half returns the value of a number in the 16-bit format of IEEE 754.
func half(bits uint16) float64 {
	exponent, fraction := int(bits>>10&0x1f), float64(bits&0x3ff)
	var v float64
	switch {
	case exponent == 0:
		v = math.Ldexp(fraction, -24)
	case exponent < 0x1f:
		v = math.Ldexp(fraction+0x400, exponent-25)
	case fraction == 0:
		v = math.Inf(1)
	default:
		v = math.NaN()
	}
	if bits>>15 == 1 {
		return -v
	}
	return v
}

// readElements fills dst.
func readElements(r io.Reader, dst []float64, decode func([]byte) float64, width int) error {
	buf := make([]byte, 1<<16)
	for len(dst) > 0 {
		n := min(len(buf)/width, len(dst))
		switch _, err := io.ReadFull(r, buf[:n*width]); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return errTruncated
		case err != nil:
			return err
		}
		for i := range n {
			dst[i] = decode(buf[i*width:])
		}
		dst = dst[n:]
	}
	return nil
}

// fromFortran returns the elements of an array whose first index varies fastest
// in the order in which the last one does.
func fromFortran(data []float64, shape []int) []float64 {
	strides := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = step
		step *= shape[i]
	}
	out := make([]float64, len(data))
	index := make([]int, len(shape))
	at := 0
	for _, v := range data {
		out[at] = v
		for i := range index {
			index[i]++
			at += strides[i]
			if index[i] < shape[i] {
				break
			}
			at -= index[i] * strides[i]
			index[i] = 0
		}
	}
	return out
}

// countingReader counts what is read from it.
type countingReader struct {
	r *bufio.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
