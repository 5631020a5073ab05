package main

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestDependencies compares the table of docs/dependencies.md with what go.mod requires for
// code of this module.
func TestDependencies(t *testing.T) {
	list := func(file, pattern string) []string {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(b), -1) {
			found = append(found, m[1]+" "+m[2])
		}
		slices.Sort(found)
		return found
	}
	required := list("go.mod", `(?m)^(?:require |\t)([\w.-]+\.[\w.-]+/\S+) (v\S+)$`) // those that are indirect have a comment
	documented := list("docs/dependencies.md", `(?m)^\| ([\w.-]+\.[\w.-]+/\S+) \| (v\S+) \| 20`)
	if len(required) == 0 || !slices.Equal(required, documented) {
		t.Errorf("go.mod requires\n%q\nthe table of docs/dependencies.md has\n%q", required, documented)
	}
	for _, tool := range list("docs/dependencies.md", `((?:honnef\.co|golang\.org/x)/\S*tools) (v\S+) \(`) {
		if !slices.Contains(list("go.mod", `(?m)^\t(\S+) (v\S+) // indirect$`), tool) {
			t.Errorf("docs/dependencies.md names %s, go.mod another version", tool)
		}
	}
}
