package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"pnclab/internal/budget/memtest"
	"pnclab/pnc/internal/arrays"
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
	{file(`{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}}`, int64(1)), "a dimension of -1"},
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

// TestHostile reads files whose headers take far more memory than their text, or whose
// arrays are one and the same.
func TestHostile(t *testing.T) {
	repeated := func(n int, format string) string {
		var b strings.Builder
		b.WriteString("{")
		for i := range n {
			fmt.Fprintf(&b, format+",", fmt.Sprintf("%x", i))
		}
		return strings.TrimSuffix(b.String(), ",") + "}"
	}
	for _, test := range []struct {
		name, header, want string
	}{
		{"empty objects", repeated(300_000, `"%s":{}`), "0: a damaged header"},
		{"empty arrays", repeated(60_000, `"%s":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`), ""},
		{"many arrays", repeated(60_000, `"%s":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"more":"and more and more"}`), "too many bytes for a file of this size"},
		{"dimensions", `{"x":{"dtype":"U8","shape":[` + strings.Repeat("1,", 1_000_000) + `1],"data_offsets":[0,1]}}`, "x: a damaged header: 1000001 dimensions"},
		{"overlapping", `{"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"y":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}`, "y: a damaged header: its data_offsets overlap"},
		{"twice", `{"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"x":{"dtype":"I8","shape":[8],"data_offsets":[0,8]}}`, "x: twice in this file"},
		{"nested", `{"x":` + strings.Repeat("[", 1_000_000), "damaged header"},
		{"metadata", `{"__metadata__":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, "no arrays"},
		{"name", `{"a\u001b[2J":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}`, "control characters"},
		{"empty with large shape", `{"x":{"dtype":"U8","shape":[0,4611686018427387904],"data_offsets":[0,0]}}`, "x: a damaged header: a dimension of 4611686018427387904"},
		{"something behind", `{}{}`, "damaged header"},
	} {
		content := file(test.header, int64(1))
		t.Log(test.name)
		var err error
		memtest.Within(t, int64(len(content)), func() { err = readAll(content) })
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
		} else if err == nil || !strings.HasPrefix(err.Error(), "f: ") || !strings.Contains(err.Error(), test.want) || strings.ContainsAny(err.Error(), "\n\x1b") || len(err.Error()) > 300 {
			t.Errorf("%s: error %.300v, want one line with %q", test.name, err, test.want)
		}
	}
}

// TestWrite checks that what is written is read again, with its metadata, and that the same
// arrays give the same bytes.
func TestWrite(t *testing.T) {
	list := []arrays.Values{
		{Name: "z", Shape: []int{2, 3}, Data: []float64{1, 2, 3, 4, 5, 1. / 3}},
		{Name: "a \"quoted\" ä", Shape: []int{}, Data: []float64{-7}, Single: true},
		{Name: "empty", Shape: []int{0, 4}},
	}
	metadata := map[string]string{"format": "pt", "text": `{"a": "→"}`}
	var b, again bytes.Buffer
	if err := Write(&b, metadata, list); err != nil {
		t.Fatal(err)
	}
	if err := Write(&again, metadata, list); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("other bytes, error %v", err)
	}
	if n := binary.LittleEndian.Uint64(b.Bytes()); n%8 != 0 {
		t.Errorf("a header of %d bytes", n)
	}
	r, size := bytes.NewReader(b.Bytes()), int64(b.Len())
	if got, err := Metadata(r, "f", size); err != nil || !maps.Equal(got, metadata) {
		t.Errorf("metadata %v, %v", got, err)
	}
	all, err := Open(r, "f", size)
	if err != nil || len(all) != 3 {
		t.Fatalf("%v, %v", all, err)
	}
	for i, want := range []arrays.Values{list[1], list[2], list[0]} { // sorted by name
		if v, err := all[i].Floats(); err != nil || all[i].Name != want.Name || !slices.Equal(all[i].Shape, want.Shape) || !slices.Equal(v, want.Data) {
			t.Errorf("%s %v: %v, %v, want %+v", all[i].Name, all[i].Shape, v, err, want)
		}
	}
	if _, err := Metadata(bytes.NewReader(file(`{"__metadata__":{"a":1}}`)), "f", 32); err == nil || !strings.Contains(err.Error(), "f: __metadata__") {
		t.Errorf("error %v", err)
	}
}

// FuzzOpen requires that a file is refused by its name or read as its shapes say, and
// that it is the same again when its arrays are written and read.
func FuzzOpen(f *testing.F) {
	for _, test := range bad {
		f.Add(test.content)
	}
	f.Add(file(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, []float32{1, 2}))
	f.Add(file(`{"b":{"dtype":"BF16","shape":[2,1],"data_offsets":[1,5]},"a":{"dtype":"I8","shape":[],"data_offsets":[0,1]},"__metadata__":{"k":"v"}}`, []uint8{1, 2, 3, 4, 5}))
	f.Fuzz(func(t *testing.T, content []byte) {
		all, err := Open(bytes.NewReader(content), "f", int64(len(content)))
		type entry struct {
			Type    string   `json:"dtype"`
			Shape   []int    `json:"shape"`
			Offsets [2]int64 `json:"data_offsets"`
		}
		header := map[string]entry{}
		var values [][]float64
		var data []byte
		for _, a := range all {
			v, readErr := a.Floats()
			if err = readErr; err != nil {
				break
			}
			if len(v) != a.Len()*a.RowLen() {
				t.Fatalf("%d elements of shape %v", len(v), a.Shape)
			}
			values = append(values, v)
			from := int64(len(data))
			for _, x := range v {
				data = binary.LittleEndian.AppendUint64(data, math.Float64bits(x))
			}
			header[a.Name] = entry{"F64", a.Shape, [2]int64{from, int64(len(data))}}
		}
		if err != nil {
			if text := err.Error(); !strings.HasPrefix(text, "f: ") || strings.Contains(text, "\n") {
				t.Errorf("error %q, want one line with the file", text)
			}
			return
		}
		text, err := json.Marshal(header)
		if err != nil {
			t.Fatal(err)
		}
		copied := file(string(text), data)
		again, err := Open(bytes.NewReader(copied), "f", int64(len(copied)))
		if err != nil || len(again) != len(all) {
			t.Fatalf("%v, %v of what was written", again, err)
		}
		same := func(a, b float64) bool { return a == b || a != a && b != b }
		for i, a := range again {
			v, err := a.Floats()
			if err != nil || a.Name != all[i].Name || !slices.Equal(a.Shape, all[i].Shape) || !slices.EqualFunc(v, values[i], same) {
				t.Errorf("%s of shape %v is %s of shape %v, %v", all[i].Name, all[i].Shape, a.Name, a.Shape, err)
			}
		}
	})
}
