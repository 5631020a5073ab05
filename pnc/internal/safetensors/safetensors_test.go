package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// file returns a file with the given header and elements.
func file(header string, elements ...any) []byte {
	var b bytes.Buffer
	binary.Write(&b, binary.LittleEndian, uint64(len(header)))
	b.WriteString(header)
	for _, e := range elements {
		binary.Write(&b, binary.LittleEndian, e)
	}
	return b.Bytes()
}

func TestTypes(t *testing.T) {
	for _, test := range []struct {
		dtype    string
		elements any
		want     []float64
		unit     float64
	}{
		{"F64", []float64{1.5, -2e300}, []float64{1.5, -2e300}, 0x1p-53},
		{"F32", []float32{1.5, -2e30}, []float64{1.5, float64(float32(-2e30))}, 0x1p-24},
		{"F16", []uint16{0x3c00, 0xc001}, []float64{1, -2 - 1./512}, 0x1p-11},
		{"BF16", []uint16{0x3f80, 0xc049}, []float64{1, -3.140625}, 0x1p-8},
		{"I64", []int64{-7, 1 << 40}, []float64{-7, 1 << 40}, 0x1p-53},
		{"I32", []int32{-7, 9}, []float64{-7, 9}, 0x1p-53},
		{"I16", []int16{-7, 9}, []float64{-7, 9}, 0x1p-53},
		{"I8", []int8{-7, 9}, []float64{-7, 9}, 0x1p-53},
		{"U8", []uint8{7, 200}, []float64{7, 200}, 0x1p-53},
		{"BOOL", []uint8{0, 1}, []float64{0, 1}, 0x1p-53},
	} {
		size := binary.Size(test.elements)
		content := file(fmt.Sprintf(`{"x":{"dtype":%q,"shape":[2],"data_offsets":[0,%d]},"__metadata__":{"format":"pt"}}`, test.dtype, size), test.elements)
		if !Is(content, int64(len(content))) {
			t.Errorf("%s: not recognised", test.dtype)
		}
		all, err := Open(bytes.NewReader(content), "f", int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := all[0].Floats()
		if err != nil || !slices.Equal(got, test.want) || all[0].Type.Unit() != test.unit {
			t.Errorf("%s: %v, %v, want %v", test.dtype, got, err, test.want)
		}
	}
}

func TestOffsets(t *testing.T) {
	content := file(`{"b":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]},"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}`,
		int64(5), []float32{1, 2, 3, 4})
	all, err := Open(bytes.NewReader(content), "f", int64(len(content)))
	if err != nil || len(all) != 2 || all[0].Name != "a" || all[1].Where != "f: b" {
		t.Fatalf("%v, %v", all, err)
	}
	if v, err := all[1].Floats(); err != nil || !slices.Equal(v, []float64{1, 2, 3, 4}) {
		t.Errorf("%v, %v", v, err)
	}
}

var bad = []struct {
	content []byte
	want    string
}{
	{nil, "truncated"},
	{file("{}"), "no arrays"},
	{file("{oops"), "damaged header"},
	{file(`{"x":[1]}`), "x: a damaged header"},
	{[]byte("\xff\xff\xff\xff\xff\xff\xff\xff{}"), "truncated"},
	{file(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, float32(1)), "x: truncated"},
	{file(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}`, float32(1)), "x: truncated"},
	{file(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}`, int64(1)), "do not match"},
	{file(`{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}}`, int64(1)), "shape [-1]"},
	{file(`{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}`, int64(1)), "damaged header"},
	{file(`{"x":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}`, int64(1)), "has elements of type F8_E4M3"},
}

func TestBad(t *testing.T) {
	for _, test := range bad {
		err := readAll(test.content)
		if err == nil || !strings.HasPrefix(err.Error(), "f: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want %q", test.content, err, test.want)
		}
	}
}

// readAll opens a file and reads everything in it.
func readAll(content []byte) error {
	all, err := Open(bytes.NewReader(content), "f", int64(len(content)))
	for _, a := range all {
		v, err := a.Floats()
		if err != nil {
			return err
		}
		if len(v) != a.Len()*a.RowLen() {
			return fmt.Errorf("%d elements of shape %v", len(v), a.Shape)
		}
	}
	return err
}

func FuzzOpen(f *testing.F) {
	for _, test := range bad {
		f.Add(test.content)
	}
	f.Add(file(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, []float32{1, 2}))
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := readAll(content); err != nil && strings.Contains(err.Error(), "elements of shape") {
			t.Error(err)
		}
	})
}
