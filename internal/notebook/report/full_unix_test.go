//go:build unix

package report

import (
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pnclab/internal/notebook"
	"pnclab/internal/provenance"
)

// TestFull limits the size of files, which the system reports as it does a full disk: what
// was complete stays, and the error is one line that names the folder.
func TestFull(t *testing.T) {
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	first, second := executed(t, "01_first"), executed(t, "02_second")
	second.Notebook.Cells[2].Outputs[0].Text = strings.Repeat("long\n", 200_000)
	r, err := New(dir, "", provenance.Record{}, "", []*notebook.Notebook{first.Notebook, second.Notebook})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add(first); err != nil {
		t.Fatal(err)
	}
	before := map[string]string{}
	for _, name := range []string{"index.html", "results.json", "01_first.html", "01_first.ipynb"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || len(b) == 0 {
			t.Fatal(name, err)
		}
		before[name] = string(b)
	}

	signal.Ignore(syscall.SIGXFSZ)
	limited := old
	limited.Cur = 500_000 // no file of the testing package is as long
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited); err != nil {
		t.Skip(err)
	}
	err = r.Add(second)
	if restored := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); restored != nil {
		t.Fatal(restored)
	}
	want := "the report in " + dir + " is not complete: file too large; make room there, or choose another folder with --out"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	for name, text := range before {
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(b) != text {
			t.Errorf("%s is not what it was, %v", name, err)
		}
	}
	for _, name := range []string{"02_second.ipynb", "02_second.html"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("there is half of %s", name)
		}
	}
	if hidden, _ := filepath.Glob(filepath.Join(dir, ".*")); len(hidden) > 0 {
		t.Errorf("%v is left", hidden)
	}
}
