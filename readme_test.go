package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pnclab/pnc"
)

// TestReadme runs the program of the README as a module of its own beside this one,
// set up by the commands that the README prints.
func TestReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds everything once more")
	}
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(language, start string) string {
		m := regexp.MustCompile("(?s)```" + language + "\n(" + regexp.QuoteMeta(start) + ".*?)```").FindSubmatch(text)
		if m == nil {
			t.Fatalf("the README has no %s that starts with %q", language, start)
		}
		return string(m[1])
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Symlink(here, filepath.Join(folder, "pnclab")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	study := filepath.Join(folder, "study")
	for i, line := range strings.Split(strings.TrimSpace(block("sh", "mkdir ../study")), "\n") {
		if i == 0 { // as the directory of the first command is the checkout
			if line != "mkdir ../study && cd ../study" {
				t.Fatalf("the first command is %q", line)
			}
			if err := os.Mkdir(study, 0o777); err != nil {
				t.Fatal(err)
			}
			continue
		}
		run(t, study, nil, strings.Fields(line)...)
	}
	if err := os.WriteFile(filepath.Join(study, "main.go"), []byte(block("go", "package main")), 0o666); err != nil {
		t.Fatal(err)
	}
	out := run(t, study, []string{"PNC_FIGURES=" + folder}, "go", "run", ".")
	if !strings.Contains(out, "figure-01-compression.png") || !strings.Contains(out, "hidden5") {
		t.Errorf("the program prints %s", out)
	}
	if png, err := filepath.Glob(filepath.Join(folder, "*.png")); err != nil || len(png) != 1 {
		t.Errorf("figures %v, error %v", png, err)
	}
}

func run(t *testing.T, dir string, env []string, command ...string) string {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), append(env, "GOFLAGS=", "GOWORK=")...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
	return string(out)
}

// TestKeyEverywhere checks that an experiment has the same key in this test binary
// and in a command of another module: that what one has run, the other finds.
func TestKeyEverywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds another program")
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	run(t, folder, nil, "go", "mod", "init", "study")
	run(t, folder, nil, "go", "work", "init", ".", here)
	const program = `package main

import (
	"fmt"

	"pnclab/pnc"
)

func main() {
	e := pnc.EightLayerMLP("quick")
	e.Data = pnc.Blobs{Classes: 3, PerClass: 4, Dim: 5, Spread: 1}
	fmt.Print(pnc.Must(e.Key()))
}
`
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(program), 0o666); err != nil {
		t.Fatal(err)
	}
	e := pnc.EightLayerMLP("quick")
	e.Data = pnc.Blobs{Classes: 3, PerClass: 4, Dim: 5, Spread: 1}
	if got, want := run(t, folder, nil, "go", "run", "."), pnc.Must(e.Key()); got != want {
		t.Errorf("a command has the key %s, this test %s", got, want)
	}
}

// TestLinks checks that what documents and notebooks link to within the checkout exists.
func TestLinks(t *testing.T) {
	// With a dot, unlike code of notebooks such as experiments[name](preset). Reports have
	// the page playground.html beside their notebooks.
	link := regexp.MustCompile(`\]\(([\w./-]+\.\w+)(#[^)\s]*)?\)`)
	found := 0
	for _, pattern := range []string{"*.md", "*/*.md", "notebooks/*.ipynb"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range link.FindAllSubmatch(text, -1) {
				found++
				if target := filepath.Join(filepath.Dir(file), string(m[1])); string(m[1]) != "playground.html" && !exists(target) {
					t.Errorf("%s links to %s, which is not there", file, m[1])
				}
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d links found", found)
	}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
