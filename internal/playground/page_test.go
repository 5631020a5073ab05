package playground

import (
	"bytes"
	"context"
	"regexp"
	"testing"
)

// sizeLimit is the largest compressed program that a page may hold, in bytes.
const sizeLimit = 1_500_000

// addresses are what a page could ask for. Go's loader has one, in a comment.
var addresses = regexp.MustCompile(`(https?:)?//[a-z]+\.[a-z]+[^"'\s<]*`)

// TestBuild builds the page, and checks that the program in it is small and that the
// page may ask nobody for anything.
func TestBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles pnc to WebAssembly")
	}
	module, err := compile(context.Background(), "../..")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the program has %d bytes, compressed", len(module))
	if len(module) > sizeLimit {
		t.Errorf("the program has %d bytes, compressed; at most %d are allowed: leave something out for js by a build tag", len(module), sizeLimit)
	}
	page, err := Build(context.Background(), "../..")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the page has %d bytes", len(page))
	if !bytes.Contains(page, []byte("default-src 'none'")) {
		t.Error("the page does not forbid itself to ask for anything")
	}
}

// TestScripts checks that all parts in the folder are parts of the page.
func TestScripts(t *testing.T) {
	entries, err := web.ReadDir("web")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"page.html": true, "style.css": true, "worker.js": true}
	for _, name := range scripts {
		known[name+".js"] = true
	}
	for _, e := range entries {
		if !known[e.Name()] {
			t.Errorf("web/%s is not part of the page", e.Name())
		}
		text, err := part(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, address := range addresses.FindAllString(text, -1) {
			t.Errorf("web/%s names %s; the page asks nobody for anything", e.Name(), address)
		}
	}
	if len(entries) != len(known) {
		t.Errorf("%d files in web, %d parts of the page", len(entries), len(known))
	}
}
