package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// names lists a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func check(t *testing.T, path, want string) {
	t.Helper()
	if b, err := os.ReadFile(path); err != nil || string(b) != want {
		t.Errorf("%s holds %q, %v, want %q", path, b, err, want)
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	for _, text := range []string{"first", "", strings.Repeat("longer than any buffer ", 10_000)} {
		if err := WriteFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		check(t, path, text)
	}
	if got := names(t, dir); got != "a.txt" {
		t.Errorf("the folder holds %s", got)
	}
}

// TestFailure checks that a failure of any kind leaves the folder as it was.
func TestFailure(t *testing.T) {
	broken := errors.New("broken")
	fail := func(w io.Writer) error {
		io.WriteString(w, strings.Repeat("half", 10_000)) // beyond the buffer
		return broken
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	if err := Write(path, fail); err != broken {
		t.Errorf("error %v", err)
	}
	if got := names(t, dir); got != "" {
		t.Errorf("the folder holds %s", got)
	}
	if err := WriteFile(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, fail); err != broken {
		t.Errorf("error %v", err)
	}
	func() {
		defer func() { recover() }()
		Write(path, func(io.Writer) error { panic("on purpose") })
	}()
	check(t, path, "old")
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(filepath.Join(dir, "folder"), nil); err == nil {
		t.Error("wrote over a folder")
	}
	if got := names(t, dir); got != "a.txt folder" {
		t.Errorf("the folder holds %s", got)
	}
	missing := filepath.Join(dir, "missing", "a.txt")
	if err := WriteFile(missing, nil); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), missing+":") {
		t.Errorf("error %q does not name %s", err, missing)
	}
}

// TestPermissions compares with what os.Create makes in the same place.
func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it has other permissions")
	}
	dir := t.TempDir()
	mode := func(name string) os.FileMode {
		t.Helper()
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode()
	}
	f, err := os.Create(filepath.Join(dir, "created"))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := WriteFile(filepath.Join(dir, "new"), nil); err != nil {
		t.Fatal(err)
	}
	if got, want := mode("new"), mode("created"); got != want {
		t.Errorf("a new file has %v, os.Create gives %v", got, want)
	}
	for _, perm := range []os.FileMode{0o600, 0o666, 0o755} {
		if err := os.Chmod(filepath.Join(dir, "created"), perm); err != nil {
			t.Fatal(err)
		}
		if err := WriteFile(filepath.Join(dir, "created"), nil); err != nil {
			t.Fatal(err)
		}
		if got := mode("created"); got != perm {
			t.Errorf("a file with %v has %v after it was replaced", perm, got)
		}
	}
}

func TestLinksAndDevices(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a.txt"), filepath.Join(dir, "link")
	if err := WriteFile(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a.txt", link); err != nil {
		t.Skip(err)
	}
	if err := WriteFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	check(t, path, "new")
	if target, err := os.Readlink(link); err != nil || target != "a.txt" {
		t.Errorf("the link points to %q, %v", target, err)
	}
	if err := WriteFile(os.DevNull, []byte("x")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%s was replaced: %v", os.DevNull, err)
	}
}

// TestConcurrent reads while several writers replace the file: every reader finds
// the whole of one version.
func TestConcurrent(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	text := func(c string) string { return strings.Repeat(c, 100_000) }
	if err := WriteFile(path, []byte(text("x"))); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for _, c := range []string{"a", "b", "c"} {
		writers.Go(func() {
			for range 10 {
				if err := WriteFile(path, []byte(text(c))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	for reading := true; reading; {
		select {
		case <-done:
			reading = false
		default:
		}
		b, err := os.ReadFile(path)
		if err != nil || string(b) != text(string(b[:1])) {
			t.Fatalf("read %d bytes that are not one version, %v", len(b), err)
		}
	}
	if got := names(t, dir); got != "a.txt" {
		t.Errorf("the folder holds %s", got)
	}
}

// TestNoFolder says which folder is missing.
func TestNoFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	path := filepath.Join(dir, "x")
	err := WriteFile(path, []byte("x"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "cannot write "+path+": there is no folder "+dir) {
		t.Errorf("error %v", err)
	}
}
