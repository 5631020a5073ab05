package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNamedTests checks that every test, fuzz target and benchmark that a document names
// exists, so that no promise rests on a test that was renamed or deleted. A name that
// ends in … is the beginning of several.
func TestNamedTests(t *testing.T) {
	declared := map[string]bool{}
	declaration := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark|Example)\w*)\(`)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declaration.FindAllStringSubmatch(string(text), -1) {
			declared[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	documents, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	named := regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z]\\w*)(…?)(?:/[^`]*)?`")
	for _, document := range append(documents, "ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "bench/README.md") {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			count++
			found := declared[m[1]]
			for name := range declared {
				found = found || m[2] == "…" && strings.HasPrefix(name, m[1])
			}
			if !found {
				t.Errorf("%s names %s%s, which does not exist", document, m[1], m[2])
			}
		}
	}
	if count < 50 {
		t.Errorf("only %d names were found in the documents; does the expression still fit them?", count)
	}
}
