package artifact

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pnclab/internal/budget/memtest"
)

type content struct {
	Name string
	N    int
}

func write(t *testing.T) (path string, arrays []any) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "a")
	large := make([]float64, 20_000) // several chunks
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range large {
		large[i] = rnd.NormFloat64()
	}
	arrays = []any{[]float64{1, math.Inf(1), math.Copysign(0, -1)}, []float32{}, []float32{1.5, float32(math.Inf(-1))}, large}
	if err := Write(path, "thing", content{"x", 3}, arrays); err != nil {
		t.Fatal(err)
	}
	return path, arrays
}

func TestRoundTrip(t *testing.T) {
	path, want := write(t)
	var c content
	got, err := Read(path, "thing", &c)
	if err != nil {
		t.Fatal(err)
	}
	if c != (content{"x", 3}) || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v and %d arrays", c, len(got))
	}
	if _, err := Read(path, "other", &c); err == nil || !strings.Contains(err.Error(), "thing") {
		t.Errorf("different kind: error %v", err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("%d files left behind", len(entries)-1)
	}
}

// TestDamage flips every bit of the header and some of the rest, and truncates the
// file at many places: every change must be detected.
func TestDamage(t *testing.T) {
	const seed = 3
	t.Logf("seed %d", seed)
	path, _ := write(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		var c content
		if _, err := Read(path, "thing", &c); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: error %v, want ErrDamaged", what, err)
		}
	}
	rnd := rand.New(rand.NewPCG(seed, 0))
	for i := range 800 {
		bit := i
		if i > 400 {
			bit = rnd.IntN(8 * len(whole))
		}
		b := append([]byte(nil), whole...)
		b[bit/8] ^= 1 << (bit % 8)
		try("a flipped bit", b)
	}
	for range 100 {
		try("a truncated file", whole[:rnd.IntN(len(whole))])
	}
	try("trailing data", append(append([]byte(nil), whole...), 0))
}

// sealed returns a file with the given header and what follows it, and the checksum of
// both.
func sealed(header string, rest []byte) []byte {
	b := append([]byte(magic), binary.LittleEndian.AppendUint64(nil, uint64(len(header)))...)
	b = append(append(b, header...), rest...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// TestHostile reads files with right checksums whose headers say more than there is, or
// take far more memory than their text.
func TestHostile(t *testing.T) {
	for name, header := range map[string]string{
		"size":       `{"kind":"thing","arrays":[{"type":"float64","length":1152921504606846976}],"content":{}}`,
		"sum":        `{"kind":"thing","arrays":[` + strings.Repeat(`{"type":"float64","length":1152921504606846975},`, 20) + `{}],"content":{}}`,
		"negative":   `{"kind":"thing","arrays":[{"type":"float64","length":-1},{"type":"float64","length":2}],"content":{}}`,
		"arrays":     `{"kind":"thing","arrays":[` + strings.Repeat(`{},`, 4_000_000) + `{}],"content":{}}`,
		"no arrays":  `{"kind":"thing","arrays":[],"content":{}}`,
		"no content": `{"kind":"thing","arrays":[{"type":"float64","length":1}]}`,
		"nested":     `{"kind":"thing","arrays":` + strings.Repeat("[", 1_000_000),
	} {
		b := sealed(header, make([]byte, 8))
		path := filepath.Join(t.TempDir(), "a")
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		t.Log(name)
		memtest.Within(t, int64(len(b)), func() {
			var c content
			if _, err := Read(path, "thing", &c); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: error %v, want ErrDamaged", name, err)
			}
		})
	}
}

// FuzzRead requires that a file with a right checksum is refused or read, and that what
// is read is the same when it is written and read again.
func FuzzRead(f *testing.F) {
	f.Add(`{"kind":"thing","arrays":[{"type":"float64","length":1},{"type":"float32","length":2}],"content":{"Name":"x","N":3}}`, make([]byte, 16), true)
	f.Add(`{"kind":"thing","arrays":[{"type":"float64","length":-1}],"content":{}}`, []byte{}, true)
	f.Add(`{"kind":"th\ng","content":{}}`, []byte{}, true)
	f.Add(`{}`, []byte{0}, false)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, header string, rest []byte, seal bool) {
		b := sealed(header, rest)
		if !seal { // the whole file from outside
			b = append([]byte(header), rest...)
		}
		path := filepath.Join(dir, "a")
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		var c json.RawMessage
		arrays, err := Read(path, "thing", &c)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q, want one line", err)
			}
			return
		}
		// Written through memory, since a file is flushed to the disk.
		text, err := encodeHeader("thing", c, arrays)
		if err != nil {
			t.Fatal(err)
		}
		var written bytes.Buffer
		if err := encode(&written, text, arrays); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, written.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		var again json.RawMessage
		copied, err := Read(path, "thing", &again)
		if err != nil || len(copied) != len(arrays) {
			t.Fatalf("%v of what was written", err)
		}
		for i, a := range arrays {
			if !bytes.Equal(bits(a), bits(copied[i])) {
				t.Errorf("array %d differs", i)
			}
		}
		if !equalJSON(c, again) {
			t.Errorf("content %s is %s", c, again)
		}
	})
}

func bits(a any) []byte {
	b, _ := binary.Append(nil, binary.LittleEndian, a)
	return b
}

func equalJSON(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
