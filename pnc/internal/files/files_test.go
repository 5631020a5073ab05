//go:build !js

package files

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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

const content = "the content of a file"

// serve returns a File whose first address answers with an error and whose
// second is the handler.
func serve(t *testing.T, handler http.HandlerFunc) File {
	bad := httptest.NewServer(http.NotFoundHandler())
	good := httptest.NewServer(handler)
	t.Cleanup(bad.Close)
	t.Cleanup(good.Close)
	sum := sha256.Sum256([]byte(content))
	return File{
		Name: "file.bin", URLs: []string{bad.URL, good.URL},
		SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content)),
	}
}

func TestGetDownloads(t *testing.T) {
	requests := 0
	f := serve(t, func(w http.ResponseWriter, _ *http.Request) { requests++; io.WriteString(w, content) })
	s := Store{Cache: t.TempDir()}
	var done int64
	for range 2 { // the second time it is there
		paths, err := s.Get(t.Context(), Set{Name: "set"}, []File{f}, func(_ string, n, _ int64) { done = n })
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(paths[0]); err != nil || string(got) != content {
			t.Errorf("%s holds %q, %v", paths[0], got, err)
		}
	}
	if requests != 1 || done != f.Size {
		t.Errorf("%d requests, progress up to %d of %d", requests, done, f.Size)
	}
	if s.FailedLately() {
		t.Error("a success counts as a failure")
	}
}

func TestGetOffline(t *testing.T) {
	f := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	s := Store{Cache: t.TempDir(), Offline: true}
	_, err := s.Get(t.Context(), Set{Name: "set"}, []File{f}, nil)
	if err == nil || !strings.Contains(err.Error(), "set: file.bin not found and downloads are off (PNC_OFFLINE)") {
		t.Errorf("got %v", err)
	}
}

func TestGetFails(t *testing.T) {
	defer func(d time.Duration) { stallTimeout = d }(stallTimeout)
	stallTimeout = 50 * time.Millisecond
	for _, test := range []struct {
		name, want string
		handler    http.HandlerFunc
	}{
		{"other content", "sent a different file", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "a page to log in") }},
		{"too long", "sent a different file", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, content+content) }},
		{"broken off", "closed the connection early", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "21")
			io.WriteString(w, content[:5])
		}},
		{"stalled", "stopped sending data", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, content[:5])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}},
		{"silent", "does not answer", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{"gone", "answered 410", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := Store{Cache: t.TempDir()}
			_, err := s.Get(t.Context(), Set{Name: "set"}, []File{serve(t, test.handler)}, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "set: file.bin could not be downloaded") || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line with %q", err, test.want)
			}
			if entries, _ := os.ReadDir(filepath.Join(s.Cache, "set")); len(entries) != 0 {
				t.Errorf("left behind: %v", entries)
			}
			if !s.FailedLately() {
				t.Error("the failure is not noted")
			}
		})
	}
}

func TestGetCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, content[:5])
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done()
	})
	s := Store{Cache: t.TempDir()}
	_, err := s.Get(ctx, Set{Name: "set"}, []File{f}, nil)
	if err == nil || !strings.Contains(err.Error(), "context canceled") {
		t.Errorf("got %v", err)
	}
	if entries, _ := os.ReadDir(filepath.Join(s.Cache, "set")); len(entries) != 0 || s.FailedLately() {
		t.Errorf("left behind: %v, failure noted: %v", entries, s.FailedLately())
	}
}
