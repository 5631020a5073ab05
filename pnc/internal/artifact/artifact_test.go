package artifact

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
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

// FuzzRead requires that reading a file neither panics nor allocates memory out of
// proportion to its size.
func FuzzRead(f *testing.F) {
	f.Add([]byte(magic + "\x02\x00\x00\x00\x00\x00\x00\x00{}" + strings.Repeat("\x00", 32)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "a")
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		var c content
		Read(path, "thing", &c)
	})
}
