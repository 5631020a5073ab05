package arrays

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Values is an array in memory, to be written to a file.
type Values struct {
	Name  string
	Shape []int     // the last index varies fastest
	Data  []float64 // as many as the shape says
	// Single writes them as float32, rounded, and otherwise as float64.
	Single bool
}

// Check panics if the number of elements is not that of the shape.
func (v *Values) Check() {
	n := 1
	for _, d := range v.Shape {
		n *= d
	}
	if n != len(v.Data) {
		panic(fmt.Sprintf("arrays: %d elements for %s of shape %v", len(v.Data), v.Name, v.Shape))
	}
}

// Dims64 returns the shape.
func (v *Values) Dims64() []int64 {
	dims := make([]int64, len(v.Shape))
	for i, d := range v.Shape {
		dims[i] = int64(d)
	}
	return dims
}

// Size returns the number of bytes of the elements.
func (v *Values) Size() int64 {
	if v.Single {
		return 4 * int64(len(v.Data))
	}
	return 8 * int64(len(v.Data))
}

// Write writes the elements, least significant byte first.
func (v *Values) Write(w io.Writer) error {
	const together = 1 << 13
	var buf []byte
	for from := 0; from < len(v.Data); from += together {
		buf = buf[:0]
		for _, x := range v.Data[from:min(from+together, len(v.Data))] {
			if v.Single {
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(float32(x)))
			} else {
				buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(x))
			}
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}
