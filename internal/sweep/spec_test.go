package sweep

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pnclab/internal/budget/memtest"
	"pnclab/pnc"
)

const specYAML = `# compression over depth and scale
name: phases
base:
  data: {NearlyOrthonormal: {classes: 3, perClass: 10, dim: 50, noise: 1}}
  net:
    depth: 4
    width: 50
  init: orthogonal(0.3)
  train: {alpha: 100, stopLoss: 3e-10, epochs: 1e4, timeLimit: 10m}
  measures: scatter
axes:
  net.depth, train.alpha: [[2, 1], [4, 1e2]]
  init.scale: log(0.01, 1, 10)
  data.noise: [0, 0.5]
  seed: 1..5
`

// spec writes a spec to a file and returns its name.
func spec(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "spec.yaml")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestReadSpec(t *testing.T) {
	want := pnc.Grid{
		Name: "phases",
		Base: pnc.Experiment{
			Data: pnc.NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1}, Net: pnc.Linear(4, 50), Init: pnc.Orthogonal(0.3),
			Train:    pnc.Settings{Alpha: 100, StopLoss: 3e-10, Epochs: 10000, TimeLimit: 600e9},
			Measures: pnc.Scatter,
		},
		Axes: []pnc.Axis{
			pnc.Together([]string{"net.depth", "train.alpha"}, []any{2, 1}, []any{4, 100}),
			pnc.Over("init.scale", pnc.LogRange(0.01, 1, 10)),
			pnc.Over("data.noise", 0, 0.5),
			pnc.Over("seed", pnc.Range(1, 5)),
		},
	}
	for name, text := range map[string]string{
		"yaml":           specYAML,
		"grid as string": want.String(),
		"list of axes": specYAML[:strings.Index(specYAML, "axes:")] + `axes:
  - {fields: [net.depth, train.alpha], values: [[2, 1], [4, 100]]}
  - field: init.scale
    values: log(0.01, 1, 10)
  - {field: data.noise, values: [0, 0.5]}
  - {field: seed, values: [1, 2, 3, 4, 5]}
`,
		"anchors": strings.NewReplacer("net:\n", "net: &net\n", "seed: 1..5", "seed: &seeds [1, 2, 3, 4, 5]").Replace(specYAML),
	} {
		got, err := ReadSpec(spec(t, text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\nwant %v", name, got, want)
		}
	}
	if g, err := ReadSpec(spec(t, strings.Replace(specYAML, "name: phases\n", "", 1))); err != nil || g.Name != "spec" {
		t.Errorf("name %q of a spec without one, error %v", g.Name, err)
	}
}

// TestSpecErrors changes one line of a spec, and requires one line that names file,
// line and remedy.
func TestSpecErrors(t *testing.T) {
	lines := strings.SplitAfter(specYAML, "\n")
	for _, c := range []struct {
		line   int
		text   string
		at     int // line of the error
		remedy string
	}{
		{2, "nam: phases", 2, "name, base and axes"},
		{2, "name: [1, 2]", 2, "a text"},
		{3, "bas:", 3, "name, base and axes"},
		{4, "  data: {NearlyOrthonormal: {clases: 3}}", 4, "use classes, perClass"},
		{4, "  data: {Orthonormal: {classes: 3}}", 4, "available are"},
		{4, "  data: {Blobs: {classes: 3, spread: wide}}", 4, "a number"},
		{4, "  data: {OnlyClasses: {of: {Blobs: {spred: 3}}, classes: [1]}}", 4, "use classes, perClass"},
		{4, "", 5, "add a source"},
		{5, "  nets:", 5, "use data, net, init"},
		{6, "    dept: 4", 6, "use depth, width"},
		{6, "    depth: four", 6, "whole number"},
		{6, "    depth: 4.5", 6, "whole number"},
		{6, "   depth: 4", 6, "neither YAML nor JSON"},
		{7, "    width: 50\n    width: 60", 8, ""},
		{7, "    width: 50\n    Width: 60", 8, "remove one"},
		{8, "  init: orthogonal", 8, "a scale in parentheses"},
		{8, "  init: xavier(1)", 8, "known are"},
		{9, "  train: {alfa: 100}", 9, "use optimizer, loss, alpha"},
		{9, "  train:\n    alpha: 100\n    loss: hinge\n", 11, "hinge"},
		{9, "  train: {timeLimit: soon}", 9, "90s"},
		{9, "  train: {alpha: .inf}", 9, "finite"},
		{10, "  measures: scatter+colapse", 10, "known are"},
		{12, "  net.depth, train.alpha: [[2, 1], [4]]", 12, "list of 2"},
		{12, "  net.depth, train.alpha:\n    - [2, 1]\n    - [x, 1]\n", 14, "whole number"},
		{12, "  net.dept: [2, 4]", 12, "use depth, width"},
		{12, "  net.depth:\n    - 2\n    - 2\n", 14, "remove one"},
		{13, "  init.scale: log(0, 1, 10)", 13, "log(0.01, 1, 10)"},
		{13, "  init.scale: 0.1", 13, "a list, such as [2, 4]"},
		{13, "  init.scale: []", 13, "list some"},
		{14, "  data.nois: [0, 1]", 14, "use classes, perClass"},
		{15, "  seed: 1..x", 15, "1..10"},
		{15, "  data.noise: 1..5", 15, "already defined"},
		{15, "  - 3", 15, "neither YAML nor JSON"},
	} {
		changed := append([]string{}, lines...)
		changed[c.line-1] = strings.TrimSuffix(c.text, "\n") + "\n"
		file := spec(t, strings.Join(changed, ""))
		_, err := ReadSpec(file)
		var wrong *SpecError
		if !errors.As(err, &wrong) || wrong.Line != c.at || !strings.Contains(err.Error(), c.remedy) || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), file) {
			t.Errorf("%q: error %v; want line %d and %q", c.text, err, c.at, c.remedy)
		}
	}
	for text, word := range map[string]string{
		"":                     "empty",
		"base: {}\n":           "no data",
		"- 1\n":                "belong here",
		"name: x\n":            "base is missing",
		specYAML + "---\na: 1": "second document",
	} {
		if _, err := ReadSpec(spec(t, text)); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%q: error %v, want %q", text, err, word)
		}
	}
	if _, err := ReadSpec("nowhere.yaml"); err == nil || !strings.HasPrefix(err.Error(), "nowhere.yaml: no such file; name the YAML file of a sweep") {
		t.Errorf("a missing file: error %v", err)
	}
}

// TestDocumentedSpec reads the sweep of docs/sweeps.md.
func TestDocumentedSpec(t *testing.T) {
	grid, err := ReadSpec(filepath.Join("..", "..", "docs", "sweep", "phases.yaml"))
	if err != nil || grid.Size() != 90 {
		t.Errorf("%d experiments, error %v", grid.Size(), err)
	}
}

// TestHostileSpec reads files that ask for far more memory or time than their size
// allows for: every one is refused in a line, within the memory of package budget.
func TestHostileSpec(t *testing.T) {
	aliases := "base:\n  data: {Blobs: {classes: 3}}\nname: &a0 [1, 1, 1, 1, 1, 1, 1, 1]\n"
	for i := range 12 {
		aliases += fmt.Sprintf("x%d: &a%d [%s*a%d]\n", i, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 7), i)
	}
	base := "base: {data: {Blobs: {classes: 3, perClass: 2, dim: 2, spread: 0.1}}}\naxes:\n"
	for name, text := range map[string]string{
		"brackets":   base + "  seed: " + strings.Repeat("[", 80_000),
		"braces":     strings.Repeat("{a: ", 40_000),
		"dashes":     strings.Repeat("- ", 80_000) + "x",
		"indents":    strings.Repeat(" ", 1000) + "a: 1\n",
		"tags":       base + "  seed: " + strings.Repeat("!a ", 50_000),
		"anchors":    base + "  seed: " + strings.Repeat("&a ", 50_000),
		"too large":  base + "  seed: [" + strings.Repeat("1,", 200_000) + "]",
		"numbers":    base + "  seed: [" + strings.Repeat("1,", 80_000) + "1]",
		"ranges":     base + "  seed: 1..90000\n  net.depth: 1..90000\n  net.width: 1..90000\n  data.dim: 1..90000\n",
		"aliases":    strings.Replace(aliases, "name: ", "axes: [{field: seed, values: *a12}]\nname: ", 1) + "",
		"many lines": strings.Repeat("a:\n", 50_000),
	} {
		t.Run(name, func(t *testing.T) {
			file := spec(t, text)
			memtest.Within(t, int64(len(text)), func() {
				if _, err := ReadSpec(file); err == nil || !strings.HasPrefix(err.Error(), file) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 2000 {
					t.Errorf("error %.200v; want one line that names the file", err)
				}
			})
		})
	}
}

// FuzzReadSpec requires that a file is refused in one line that names it, or read as a
// grid that is the same when it is written and read again.
func FuzzReadSpec(f *testing.F) {
	f.Add([]byte(strings.ReplaceAll(specYAML, "100", "10")))
	f.Add([]byte("{\"base\": {\"data\": {\"Blobs\": {\"classes\": 3}}}, \"axes\": [{\"field\": \"seed\", \"values\": \"1..3\"}]}"))
	f.Add([]byte("\x1b]0;x: 1\nname: \"\\x1b\\n\"\n"))
	f.Add([]byte(strings.Repeat("\xff", 9000) + ": 1\n")) // the longest characters that a message shows
	f.Add([]byte("&F {\x00\r---"))
	f.Add([]byte("base: &b {data: *b}\naxes: {seed: *b}\n"))
	f.Add([]byte("base:\n  data: !x |\n    text\n  ? [a]\n  : <<\n"))
	file := filepath.Join(f.TempDir(), "spec.yaml")
	large := regexp.MustCompile(`\d{3}`)
	f.Fuzz(func(t *testing.T, text []byte) {
		if large.Match(text) {
			return // perhaps a sweep of very many experiments, which takes its time
		}
		if err := os.WriteFile(file, text, 0o666); err != nil {
			t.Fatal(err)
		}
		grid, err := ReadSpec(file)
		if err != nil {
			if line := err.Error(); !strings.HasPrefix(line, file) || strings.ContainsAny(line, "\n\x1b") || utf8.RuneCountInString(line) > 2000+len(file) {
				t.Errorf("error %q, want one line that begins with %q", line, file)
			}
			return
		}
		if err := os.WriteFile(file, []byte(grid.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		if again, err := ReadSpec(file); err != nil || again.String() != grid.String() {
			t.Errorf("%q\nis read as %s\nand again as %s, %v", text, grid, again, err)
		}
	})
}
