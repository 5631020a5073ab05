package idx

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	file := []byte{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 11, 12, 13, 14, 255}
	a, err := Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a.Dims, []int{2, 3}) || !slices.Equal(a.Data, []uint8{10, 11, 12, 13, 14, 255}) {
		t.Errorf("got %v", a)
	}
}

func TestReadBad(t *testing.T) {
	for _, test := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "truncated within the header"},
		{"short header", []byte{0, 0, 8, 2, 0, 0, 0, 2}, "truncated within the header"},
		{"wrong magic", []byte("PNG file"), "not an IDX file"},
		{"no dimensions", []byte{0, 0, 8, 0}, "not an IDX file"},
		{"floats", []byte{0, 0, 0x0d, 1, 0, 0, 0, 1, 0, 0, 0, 0}, "type 0x0d"},
		{"truncated", []byte{0, 0, 8, 1, 0, 0, 0, 3, 1, 2}, "truncated after 2 of 3"},
		{"too long", []byte{0, 0, 8, 1, 0, 0, 0, 1, 1, 2}, "more data"},
		{"huge", []byte{0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255}, "too large"},
		{"lying", []byte{0, 0, 8, 1, 0xf0, 0, 0, 0, 1}, "truncated after 1 of 4026531840"},
	} {
		_, err := Read(bytes.NewReader(test.file))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", test.name, err, test.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 10, 11})
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := Read(bytes.NewReader(file))
		if err != nil {
			return
		}
		n := 1
		for _, d := range a.Dims {
			n *= d
		}
		if n != len(a.Data) {
			t.Errorf("%d elements for dimensions %v", len(a.Data), a.Dims)
		}
	})
}
