package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestPlayground writes the page to a file.
func TestPlayground(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles pnc to WebAssembly")
	}
	file := filepath.Join(t.TempDir(), "page.html")
	stdout, _, err := command(t, "playground", "--out", file)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stdout, file) || !bytes.HasPrefix(page, []byte("<!doctype html>")) || len(page) < 1_000_000 {
		t.Errorf("%d bytes; printed %q", len(page), stdout)
	}
}

// TestPlaygroundOutsideOfCheckout checks that it says where it can be run.
func TestPlaygroundOutsideOfCheckout(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, _, err := command(t, "playground"); err == nil || !strings.Contains(err.Error(), "not inside a clone") {
		t.Errorf("error %v", err)
	}
}

// TestServePage serves a page on a free port until the command is cancelled.
func TestServePage(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	c := newPlayground()
	c.SetContext(ctx)
	c.SetOut(w)
	served := make(chan error, 1)
	go func() { served <- servePage(c, "127.0.0.1:0", []byte("<!doctype html>page")) }()
	line := make([]byte, 200)
	n, err := r.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	address := regexp.MustCompile(`http://\S+`).FindString(string(line[:n]))
	for path, want := range map[string]int{"": 200, "playground.html": 200, "other": 404} {
		answer, err := http.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != want || want == 200 && string(body) != "<!doctype html>page" {
			t.Errorf("%q: status %d, %q, %v", path, answer.StatusCode, body, err)
		}
	}
	cancel()
	select {
	case err := <-served:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not end")
	}
	if err := servePage(c, "256.0.0.1:1", nil); err == nil || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("a bad address: %v", err)
	}
}
