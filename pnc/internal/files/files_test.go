//go:build !js && !pnclab_cell

package files

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pnclab/internal/budget"
)

func write(t *testing.T, content string, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct{ name, content, want string }{
		{"plain", "hello", "hello"},
		{"empty", "", ""},
		{"named.gz", "hello", "hello"}, // not compressed in spite of its name
		{"compressed", gzipped("hello"), "hello"},
	} {
		r, err := Open(write(t, test.content, dir, test.name))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != test.want {
			t.Errorf("%s: read %q, %v", test.name, got, err)
		}
		r.Close()
	}
	// What unpacks to far more than its size is given up on, and nothing is returned of
	// the block in which that shows.
	base := int(budget.Memory(0))
	for size, ok := range map[int]bool{base: true, base + base/100: false} { // gzip packs zeros to a thousandth
		packed := gzipped(strings.Repeat("\x00", size))
		r, err := Open(write(t, packed, dir, "bomb"))
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		if limit := budget.Memory(int64(len(packed))); ok && (err != nil || n != int64(size)) || !ok && (err != errExpansion || n > limit) {
			t.Errorf("%d bytes in %d: read %d, %v", size, len(packed), n, err)
		}
		r.Close()
	}
	if _, err := Open(filepath.Join(dir, "missing")); err == nil || !strings.HasSuffix(err.Error(), "missing: no such file") {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Open(write(t, "\x1f\x8b\x08", dir, "cut")); err == nil || !strings.Contains(err.Error(), "cut: the file is truncated") {
		t.Errorf("cut file: %v", err)
	}
}

func TestFind(t *testing.T) {
	given, cache := t.TempDir(), t.TempDir()
	s := Store{Given: given, Cache: cache}
	want := []File{{Name: "images.gz"}, {Name: "labels.gz"}}
	if paths, ok := s.Find(Set{Name: "set", Flat: true}, want); ok {
		t.Errorf("found %v in empty directories", paths)
	}
	write(t, "", given, "set", "images.gz") // not both
	write(t, "", cache, "set", "images.gz")
	write(t, "", cache, "set", "labels.gz")
	expect := func(flat bool, names ...string) {
		t.Helper()
		if paths, ok := s.Find(Set{Name: "set", Flat: flat}, want); !ok || !slices.Equal(paths, names) {
			t.Errorf("found %v, want %v", paths, names)
		}
	}
	expect(true, filepath.Join(cache, "set", "images.gz"), filepath.Join(cache, "set", "labels.gz"))
	write(t, "", given, "images")
	write(t, "", given, "labels")
	expect(false, filepath.Join(cache, "set", "images.gz"), filepath.Join(cache, "set", "labels.gz"))
	expect(true, filepath.Join(given, "images"), filepath.Join(given, "labels"))
	write(t, "", given, "set", "labels")
	expect(true, filepath.Join(given, "set", "images.gz"), filepath.Join(given, "set", "labels"))

	write(t, "", given, "set", "cifar-sample.tar.gz")
	if paths, ok := s.Find(Set{Name: "set"}, []File{{Name: "cifar.tar.gz", Patterns: []string{"cifar*.tar.gz"}}}); !ok || len(paths) != 1 {
		t.Errorf("pattern found %v", paths)
	}
}

func TestOpenText(t *testing.T) {
	dir := t.TempDir()
	for _, content := range []string{"label", "\ufefflabel", gzipped("\ufefflabel")} {
		r, err := OpenText(write(t, content, dir, "x"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != "label" {
			t.Errorf("%q: read %q, %v", content, got, err)
		}
		r.Close()
	}
	if _, err := OpenText(write(t, "\xff\xfel\x00", dir, "x")); err == nil || !strings.HasSuffix(err.Error(), "x: the text is UTF-16; save it as UTF-8") {
		t.Errorf("UTF-16: %v", err)
	}
}

// TestFindLayouts lays files out as other programs do, in a directory whose name is a
// pattern.
func TestFindLayouts(t *testing.T) {
	file := File{Name: "train-images-idx3-ubyte.gz", URLs: []string{"http://localhost"}, Unread: []string{"batches-py"}}
	mnist := Set{Name: "mnist", Folders: []string{"MNIST/raw"}, Flat: true}
	fashion := Set{Name: "fashion-mnist", Folders: []string{"FashionMNIST/raw"}}
	for _, test := range []struct {
		given, path    string
		mnist, fashion bool
	}{
		{"data", "mnist/train-images-idx3-ubyte", true, false},
		{"data [1]", "mnist/train-images-idx3-ubyte", true, false},
		{"data", "MNIST/raw/train-images-idx3-ubyte", true, false},
		{"data", "FashionMNIST/raw/train-images-idx3-ubyte.gz", false, true},
		{"data", "train-images-idx3-ubyte/train-images-idx3-ubyte", true, false},
		{"MNIST/raw", "train-images-idx3-ubyte", true, false},
		{"FashionMNIST/raw", "train-images-idx3-ubyte", false, true},
		{"Fashion_MNIST", "train-images-idx3-ubyte", false, true},
		{"my-mnist", "train-images-idx3-ubyte", true, false},
		{"fashion", "train-images-idx3-ubyte", false, false},
		{"KMNIST/raw", "train-images-idx3-ubyte", false, false},
		{"data", "KMNIST/raw/train-images-idx3-ubyte", false, false},
	} {
		s := Store{Given: filepath.Join(t.TempDir(), test.given)}
		path := write(t, "", s.Given, filepath.FromSlash(test.path))
		for _, want := range []struct {
			set   Set
			found bool
		}{{mnist, test.mnist}, {fashion, test.fashion}} {
			paths, ok := s.Find(want.set, []File{file})
			if ok != want.found || ok && paths[0] != path {
				t.Errorf("%s in %s: %s found %v", test.path, test.given, want.set.Name, paths)
			}
		}
	}
	s := Store{Given: t.TempDir(), Offline: true}
	unread := write(t, "", s.Given, "batches-py")
	_, err := s.Get(t.Context(), mnist, []File{file}, nil)
	if want := "mnist: " + unread + " is a version that only Python reads and downloads are off (PNC_OFFLINE); put train-images-idx3-ubyte.gz beside it"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestSum(t *testing.T) {
	dir := t.TempDir()
	a, b := write(t, "a", dir, "x", "a"), write(t, "b", dir, "x", "b")
	files, err := Sum(a, b)
	if err != nil {
		t.Fatal(err)
	}
	if whole, err := Sum(filepath.Join(dir, "x")); err != nil || whole != files {
		t.Errorf("directory has %s, its files %s (%v)", whole, files, err)
	}
	if err := os.Symlink(filepath.Join(dir, "x"), filepath.Join(dir, "link")); err == nil {
		if linked, err := Sum(filepath.Join(dir, "link")); err != nil || linked != files {
			t.Errorf("a link to the directory has %s, its files %s (%v)", linked, files, err)
		}
	}
	if swapped, _ := Sum(b, a); swapped == files {
		t.Error("the order does not matter")
	}
	if _, err := Sum(filepath.Join(dir, "missing")); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("missing file: %v", err)
	}
}

func TestDefault(t *testing.T) {
	root := t.TempDir()
	write(t, "module m\n", root, "clone", "go.mod")
	write(t, "", root, "clone", "a", "b", "x.go")
	write(t, "", root, "data", "x")
	t.Setenv("XDG_CACHE_HOME", filepath.Join(root, "cache"))
	t.Chdir(filepath.Join(root, "clone", "a", "b"))

	t.Setenv(EnvData, "../data") // as seen from the module's directory
	t.Setenv(EnvOffline, "1")
	s, err := Default()
	if err != nil || !s.Offline {
		t.Fatalf("%+v, %v", s, err)
	}
	got, _ := os.Stat(s.Given)
	want, _ := os.Stat(filepath.Join(root, "data"))
	if !os.SameFile(got, want) {
		t.Errorf("Given is %s", s.Given)
	}
	t.Setenv(EnvData, "data") // is beside the module, not in it
	if s, err := Default(); err == nil || !strings.Contains(err.Error(), "PNC_DATA=data: no such directory") {
		t.Errorf("%+v, %v", s, err)
	}
}

// FuzzOpen requires that a file is refused by its name or yields no more bytes than it
// says, and that it yields the same when it is packed.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("hello"))
	f.Add([]byte(gzipped("hello")))
	f.Add([]byte("\ufeffhello"))
	f.Add([]byte("\x1f\x8b\x08\x1f\x00\x00\x00\x00\x00\xff"))
	plain, packed := filepath.Join(f.TempDir(), "x"), filepath.Join(f.TempDir(), "x")
	f.Fuzz(func(t *testing.T, content []byte) {
		read := func(path string, content []byte) ([]byte, error) {
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
			r, err := OpenText(path)
			if err != nil {
				if text := err.Error(); !strings.HasPrefix(text, path+": ") || strings.Contains(text, "\n") {
					t.Errorf("error %q, want one line with the file", text)
				}
				return nil, err
			}
			defer r.Close()
			b, err := io.ReadAll(r)
			if int64(len(b)) > r.Most {
				t.Errorf("%d bytes, more than %d", len(b), r.Most)
			}
			return b, err
		}
		b, err := read(plain, content)
		if err != nil || len(b) > 1 && b[0] == 0x1f && b[1] == 0x8b { // packed twice
			return
		}
		if again, err := read(packed, []byte(gzipped(string(b)))); err == nil && !bytes.Equal(b, again) && !bytes.HasPrefix(b, []byte("\ufeff")) {
			t.Errorf("%q is %q when it is packed", b, again)
		}
	})
}
