package arrays

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"
)

// Type is the type of the elements of an array.
type Type struct {
	Kind  Kind
	Width int  // bytes of an element
	Big   bool // most significant byte first
	// Name is what the format calls it, for messages.
	Name string
}

// Kind is what elements are.
type Kind int

const (
	// Unknown elements cannot be read.
	Unknown Kind = iota
	// Float is IEEE 754, of 2, 4 or 8 bytes.
	Float
	// BFloat is bfloat16: the upper half of a float32.
	BFloat
	// Int and Uint are integers of 1, 2, 4 or 8 bytes.
	Int
	Uint
	// Unicode is text of Width/4 code points, Bytes of Width bytes, both filled up
	// with zeros.
	Unicode
	Bytes
)

// Numbers reports whether elements are numbers.
func (t Type) Numbers() bool { return t.Kind >= Float && t.Kind <= Uint }

// Single reports whether elements are floating-point numbers that float32 holds.
func (t Type) Single() bool { return t.Kind == BFloat || t.Kind == Float && t.Width < 8 }

// Unit returns the unit roundoff of elements: half the distance between 1 and the
// next larger number; that of float64 for integers.
func (t Type) Unit() float64 {
	switch {
	case t.Kind == BFloat:
		return 0x1p-8
	case t.Kind == Float && t.Width == 2:
		return 0x1p-11
	case t.Kind == Float && t.Width == 4:
		return 0x1p-24
	}
	return 0x1p-53
}

// Tiny returns the smallest positive number of 16 and 32 bits, below which elements are
// rounded more than Unit says; 0 for others.
func (t Type) Tiny() float64 {
	switch {
	case t.Kind == BFloat:
		return 0x1p-133
	case t.Kind == Float && t.Width == 2:
		return 0x1p-24
	case t.Kind == Float && t.Width == 4:
		return 0x1p-149
	}
	return 0
}

func (t Type) order() binary.ByteOrder {
	if t.Big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// bigEndian says that this machine stores the most significant byte first.
var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// Decode writes the elements in b, which must be numbers, to dst.
func Decode[T float32 | float64](t Type, dst []T, b []byte) {
	if len(dst) == 0 {
		return
	}
	order := t.order()
	switch size := int(unsafe.Sizeof(dst[0])); {
	case t.Kind == Float && t.Width == size && t.Big == bigEndian: // as they are in memory
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&dst[0])), size*len(dst)), b[:size*len(dst)])
	case t.Kind == Float && t.Width == 8:
		for i := range dst {
			dst[i] = T(math.Float64frombits(order.Uint64(b[8*i:])))
		}
	case t.Kind == Float && t.Width == 4 && !t.Big:
		b := b[:4*len(dst)]
		for i := range dst {
			dst[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
		}
	case t.Kind == Float && t.Width == 4:
		for i := range dst {
			dst[i] = T(math.Float32frombits(order.Uint32(b[4*i:])))
		}
	case t.Kind == Float:
		for i := range dst {
			dst[i] = T(half(order.Uint16(b[2*i:])))
		}
	case t.Kind == BFloat:
		for i := range dst {
			dst[i] = T(math.Float32frombits(uint32(order.Uint16(b[2*i:])) << 16))
		}
	default:
		for i := range dst {
			dst[i] = T(t.integer(b[t.Width*i:]))
		}
	}
}

// integer returns the integer at the beginning of b as a float64.
func (t Type) integer(b []byte) float64 {
	order := t.order()
	var bits uint64
	switch t.Width {
	case 1:
		bits = uint64(b[0])
	case 2:
		bits = uint64(order.Uint16(b))
	case 4:
		bits = uint64(order.Uint32(b))
	case 8:
		bits = order.Uint64(b)
	default:
		panic(fmt.Sprintf("arrays: integers of %d bytes", t.Width))
	}
	if t.Kind == Uint {
		return float64(bits)
	}
	unused := 64 - 8*t.Width
	return float64(int64(bits<<unused) >> unused)
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
