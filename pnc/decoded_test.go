package pnc

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pnclab/pnc/internal/samples"
)

// TestDecodeOnce reads a set several times, by one goroutine and by several, changes what
// was returned, and then the file.
func TestDecodeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "set")
	write := func(text string, age time.Duration) {
		t.Helper()
		at := time.Now().Add(-age)
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	var reads atomic.Int32
	read := func() (*Dataset, error) {
		reads.Add(1)
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return newDataset("set", samples.NewPixels(b, 1, 1, 1), []int{0, 1}, []string{"a", "b"})
	}
	var kept []*Dataset // or it would have to be read again, if a collection came in between
	get := func(kind string) *Dataset {
		t.Helper()
		d, err := decodeOnce(kind, []string{path}, func() (*Dataset, error) {
			d, err := read()
			kept = append(kept, d)
			return d, err
		})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	pixel := func(d *Dataset, i int) rune { return rune(math.Round(255 * d.X().At(i, 0))) }
	count := func(want int32, when string) {
		t.Helper()
		if n := reads.Swap(0); n != want {
			t.Errorf("%s: read %d times, want %d", when, n, want)
		}
	}
	write("xy", time.Hour)
	first := get("one")
	first.Name, first.Labels[0], first.ClassNames[0], first.Differs = "changed", 1, "c", "in something"
	second := get("one")
	count(1, "twice")
	if second.Name != "set" || second.Labels[0] != 0 || second.ClassNames[0] != "a" || second.Differs != "" || pixel(second, 1) != 'y' {
		t.Errorf("the second time: %+v", second)
	}
	get("another")
	count(1, "another kind of set")

	write("zy", 30*time.Minute)
	if v := pixel(get("one"), 0); v != 'z' {
		t.Errorf("the changed file holds %c", v)
	}
	count(1, "a changed file")

	write("ab", 0)
	get("one")
	write("cb", 0) // of the same size, and perhaps at the same time
	if v := pixel(get("one"), 0); v != 'c' {
		t.Errorf("the file that changed at once holds %c", v)
	}
	count(2, "a file of just now")

	write("xy", 2*time.Hour)
	var wg sync.WaitGroup
	held := make([]*Dataset, 8)
	for i := range held {
		wg.Go(func() {
			held[i], _ = decodeOnce("many", []string{path}, func() (*Dataset, error) {
				d, err := read()
				kept = append(kept, d) // one at a time
				return d, err
			})
		})
	}
	wg.Wait()
	count(1, "at once")
	runtime.KeepAlive(kept)

	kept = nil
	runtime.GC()
	runtime.GC()
	get("many")
	count(1, "after its memory was needed")

	if _, err := decodeOnce("one", []string{filepath.Join(t.TempDir(), "none")}, func() (*Dataset, error) { return nil, os.ErrNotExist }); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	write("xy", 3*time.Hour)
	fails := errors.New("damaged")
	if _, err := decodeOnce("one", []string{path}, func() (*Dataset, error) { return nil, fails }); err != fails {
		t.Errorf("error %v", err)
	}
	get("one")
	count(1, "after an error")
	if _, err := decodeOnce("folder", []string{filepath.Dir(path)}, read); err == nil {
		if _, err = decodeOnce("folder", []string{filepath.Dir(path)}, read); err != nil {
			t.Error(err)
		}
	}
	count(2, "a folder")
}
