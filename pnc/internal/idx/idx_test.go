package idx

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	file := []byte{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 11, 12, 13, 14, 255}
	a, err := Read(bytes.NewReader(file), int64(len(file)))
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
		{"huge", []byte{0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255}, "more than the file holds"},
		{"lying", []byte{0, 0, 8, 1, 0xf0, 0, 0, 0, 1}, "truncated: the IDX header announces an array of [4026531840]"},
	} {
		_, err := Read(bytes.NewReader(test.file), int64(len(test.file)))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", test.name, err, test.want)
		}
	}
}

// FuzzRead requires that what is read is what the file says: written again it is the
// same file.
func FuzzRead(f *testing.F) {
	f.Add([]byte{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 10, 11})
	f.Add([]byte{0, 0, 8, 1, 0xf0, 0, 0, 0, 1})
	f.Add([]byte{0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 0, 0, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := Read(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			if text := err.Error(); text == "" || strings.Contains(text, "\n") {
				t.Errorf("error %q, want one line", text)
			}
			return
		}
		again := []byte{0, 0, 8, byte(len(a.Dims))}
		for _, d := range a.Dims {
			again = binary.BigEndian.AppendUint32(again, uint32(d))
		}
		if again = append(again, a.Data...); !bytes.Equal(again, file) {
			t.Errorf("%v of % x", a, file)
		}
	})
}
