//go:build pnclab_cell && !js

package files

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCellDownloads downloads as a cell does, by the program that the kernel has.
func TestCellDownloads(t *testing.T) {
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, Downloader), "./pncdownload").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Setenv("PATH", bin)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/file.bin" {
			w.Write([]byte("abc"))
		} else {
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	f := File{Name: "file.bin", Size: 3, SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", URLs: []string{server.URL + "/file.bin"}}
	s := Store{Cache: t.TempDir()}
	paths, err := s.Get(t.Context(), Set{Name: "set"}, []File{f}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(paths[0]); err != nil || string(got) != "abc" {
		t.Errorf("%s holds %q, %v", paths[0], got, err)
	}
	f.URLs = []string{server.URL + "/gone"}
	if _, err := s.Get(t.Context(), Set{Name: "other"}, []File{f}, nil); err == nil || !strings.Contains(err.Error(), "answered 404") {
		t.Errorf("got %v", err)
	}
}
