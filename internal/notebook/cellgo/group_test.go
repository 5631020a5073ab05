package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// packages are what a few packages import.
var packages = map[string]*goPackage{
	"flag": {Name: "flag", Imports: []string{"fmt"}}, "fmt": {Name: "fmt", Imports: []string{"os"}}, "os": {Name: "os"},
	"image": {Name: "image"}, "image/png": {Name: "png", Imports: []string{"image"}}, "lab/draw": {Name: "draw", Imports: []string{"fmt", "image/png"}},
	"math/rand/v2": {Name: "rand"}, "lab/rand": {Name: "rand"},
}

// TestGroups says which cells can be one program.
func TestGroups(t *testing.T) {
	show := func(n int) string { return fmt.Sprintf("%%%%\nfmt.Println(%d)", n) }
	for _, test := range []struct {
		name  string
		cells []string
		want  string
	}{
		{"declarations in between", []string{"func f() int { return 1 }", "%%\nfmt.Println(f())", "type t struct{ a int }\n\nfunc (t) b() {}", "var v = []int{1}", "%%\nfmt.Println(v, t{a: 2}.a)"}, "[1 2 3 4 5]"},
		{"commands", []string{"!ls", "%noautoget", show(1), "%env A b", "%%\nfmt.Println(2)"}, "[3 5]"},
		{"one cell", []string{show(1)}, ""},
		{"a name before it is declared", []string{"%%\nfmt.Println(late())", "func late() int { return 1 }", "%%\nfmt.Println(late())"}, "[2 3]"},
		{"a name that nobody declares", []string{show(1), "%%\nfmt.Println(nothing)", "%%\nfmt.Println(2)"}, "[1 3]"},
		{"a syntax error", []string{show(1), "%%\nfmt.Println(", "%%\nfmt.Println(2)"}, "[1 3]"},
		{"a function again", []string{"func f() int { return 1 }", "%%\nfmt.Println(f())", "func f() int { return 2 }", "%%\nfmt.Println(f())"}, "[1 2] [3 4]"},
		{"the name of a builtin", []string{show(1), "%%\nfmt.Println(max(1, 2))", "func max(a, b int) int { return 0 }", "%%\nfmt.Println(max(1, 2))"}, "[1 2] [3 4]"},
		{"that name as a key", []string{show(1), "%%\nfmt.Println(map[any]int{min: 1})", "func min() {}", show(2)}, "[1 2] [3 4]"},
		{"a variable with an effect", []string{show(1), "func f() int { panic(1) }", "var n = f()", show(2)}, "[1 2] [3 4]"},
		{"a variable from the start", []string{"func f() int { return 1 }", "var n = f()", "%%\nfmt.Println(n)", "%%\nfmt.Println(-n)"}, "[2 3 4]"},
		{"a variable that only stops", []string{show(1), "import \"os/signal\"\nimport \"context\"\n\nvar ctx, _ = signal.NotifyContext(context.Background())"}, ""},
		{"a method", []string{"type t int", "%%\nfmt.Println(t(1))", "func (t) String() string { return \"t\" }", "%%\nfmt.Println(t(1))"}, "[1 2] [3 4]"},
		{"packages that act before main", []string{show(1), "import \"lab/draw\"", "%%\ndraw.Do()", show(2), "func f() { draw.Do() }", show(3)}, "[1 2 4] [3 5 6]"},
		{"packages that come with others", []string{"import \"lab/draw\"\nimport \"image/png\"", "%%\ndraw.Do()", "%%\ndraw.Do(png.Encode)"}, "[2 3]"},
		{"two packages of a name", []string{"import \"math/rand/v2\"\n\nfunc f() int { return 1 }", "%%\nrand.Int()", "import \"lab/rand\"", "%%\nrand.Int()"}, ""},
		{"two packages by one name", []string{"import \"lab/draw\"\nimport r \"image\"", "%%\ndraw.Do(r.A)", "import r \"os\"", "%%\ndraw.Do(r.A)"}, ""},
		{"no such package", []string{show(1), "import \"lab/none\"\n\nfunc f() { none.Do() }", show(2)}, "[1 3]"},
		{"packages without a name", []string{show(1), "import . \"fmt\"", "import _ \"image/png\"", show(2)}, "[1 4]"},
		{"init", []string{show(1), "func init() { println(1) }", "func init_a() {}", show(2)}, "[1 4]"},
		{"directives", []string{show(1), "//go:noinline\nfunc f() {}", show(2)}, "[1 3]"},
		{"constants", []string{"const a, b = 1, 2", "const (\n\tc = iota\n\td\n)", "const e = a", show(1)}, "[1 3 4]"},
		{"a generic type", []string{"type t[T any] []T", "func (t[T]) f() {}", show(1)}, "[1 3]"},
		{"main itself", []string{show(1), "func f() { main() }", show(2)}, "[1 3]"},
		{"no name", []string{show(1), "var _ = fmt.Sprint()", show(2)}, "[1 3]"},
	} {
		cells := append([]string{"import \"fmt\""}, test.cells...)
		var got []string
		for _, g := range newGroups(outlooks(newFragments(cells), packages)) {
			numbers := slices.Sorted(maps.Values(g.Cells))
			for i := range numbers {
				numbers[i]-- // the first one
			}
			if numbers = slices.DeleteFunc(numbers, func(n int) bool { return n == 0 }); len(numbers) > 1 {
				got = append(got, fmt.Sprint(numbers))
			}
			if _, err := newSource([]byte(g.Text)); err != nil {
				t.Errorf("%s: %v in\n%s", test.name, err, g.Text)
			}
		}
		slices.Sort(got)
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%s: %s, want %s", test.name, s, test.want)
		}
	}
}

// TestIdentity compares programs that are the same and some that are not.
func TestIdentity(t *testing.T) {
	const one = "package main\n\nimport \"flag\"\n\nvar (\n\ta, b = 1, \"x y\"\n)\n\nfunc f() { return }\n\nfunc main() {\n\tflag.Parse()\n\n\tprintln(`z`)\n}\n"
	id := func(code string) string {
		s, err := newSource([]byte(code))
		if err != nil {
			t.Fatal(err)
		}
		p, ok := s.takeApart()
		if !ok {
			t.Fatal("no parts")
		}
		return p.identity()
	}
	for _, same := range []string{
		"package main; import \"flag\"; func main() { flag.Parse(); println(`z`) }\n// f\nfunc f() {\n\treturn\n}\nvar a /* one */ = 1; var b = \"x y\"",
		strings.Replace(one, "a, b = 1, \"x y\"", "b = \"x y\"\n\ta = 1", 1),
	} {
		if id(same) != id(one) {
			t.Errorf("another program: %s", same)
		}
	}
	for _, change := range [][2]string{
		{"x y", "x  y"}, {"`z`", "\"z\""}, {"`z`", "`z `"}, {"a, b", "a, c"}, {"= 1", "= 1.0"}, {"\tflag", "\tf()\n\tflag"}, {"import \"flag\"", "import flag \"flag\""},
		{"import \"flag\"", "import \"flags\""}, {"func f() { return }\n", ""}, {"f()", "f(int)"}, {"println(`z`)", "println(`z`, /* \n */)"},
		{"var (", "var (\n\tz int\n"}, {"var (", "const ("},
	} {
		if other := strings.Replace(one, change[0], change[1], 1); other == one || id(other) == id(one) {
			t.Errorf("the same program: %s", other)
		}
	}
}

// announce writes the cells where the runner does.
func (k *kernel) announce(cells ...string) {
	k.Helper()
	b, err := json.Marshal(cells)
	if err != nil {
		k.Fatal(err)
	}
	path := filepath.Join(k.TempDir(), "cells.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		k.Fatal(err)
	}
	k.Setenv(cellsFile, path)
}

// grouped reports whether the program of the cell is that of several, and whether it was
// linked for this cell.
func (k *kernel) grouped(linked map[string]bool) (grouped, now bool) {
	k.Helper()
	b, err := os.ReadFile(k.out)
	if err != nil {
		k.Fatal(err)
	}
	_, path, grouped := strings.Cut(string(b), ".cells-")
	if grouped {
		now = !linked[path]
		linked[path] = true
	}
	return grouped, now
}

// TestCellsTogether builds a notebook that is known beforehand, in which cells fail, differ
// from what was known, and have effects before main.
func TestCellsTogether(t *testing.T) {
	k := newKernel(t)
	k.build("fmt lab/colour", program("\tfmt.Println(colour.Of())")) // compiles the packages
	file := filepath.Join(t.TempDir(), "began")
	t.Setenv(runnersFile, file)
	const (
		double = "func double(n int) int {\n\tif n == 0 {\n\t\tpanic(\"nothing\")\n\t}\n\treturn 2 * n\n}"
		effect = "var said = say()\n\nfunc say() int { fmt.Println(\"said\"); return 1 }"
	)
	k.announce("import \"fmt\"\nimport \"lab/colour\"", "%%\nfmt.Println(double(1))", double, "%%\nfmt.Println(double(2))",
		"%%\nfmt.Println(double(\"3\"))", "%%\nfmt.Println(double(4), colour.Name)", "%%\nfmt.Println(double(0))", "%%\nfmt.Println(double(5))\nos.Exit(0)",
		effect, "%%\nfmt.Println(double(6), said)", "%%\nfmt.Println(double(7), said)")
	linked := map[string]bool{}
	for _, test := range []struct {
		cell            int // the number, for messages
		imports, before string
		body            string // "" for a cell of declarations
		want            string
		grouped, now    bool
	}{
		{2, "fmt", "", "\tfmt.Println(double(1))", "undefined: double", false, false},
		{3, "", double, "", "", false, false},
		{4, "fmt", double, "\tfmt.Println(double(2))", "4\n", false, false},
		{5, "fmt", double, "\tfmt.Println(double(\"3\"))", "cannot use \"3\"", false, false},
	} {
		code := declared
		if test.body != "" {
			code = program(test.body)
		}
		out, built := k.build(test.imports, test.before+"\n\n"+code)
		k.want(out, test.want)
		if built {
			if grouped, now := k.grouped(linked); grouped != test.grouped || now != test.now {
				t.Errorf("cell %d: in a group: %v, linked for it: %v", test.cell, grouped, now)
			}
		}
	}
	// A mistake that types only show is in the group, so that there is none.
	os.RemoveAll(filepath.Join(k.dir, planDir))
	k.announce("import \"fmt\"\nimport \"lab/colour\"", "%%\nfmt.Println(double(1))", double, "%%\nfmt.Println(double(2))",
		"", "%%\nfmt.Println(double(4), colour.Name)", "import \"os\"", "%%\nfmt.Println(double(0))", "%%\nfmt.Println(double(5))\nos.Exit(0)",
		effect, "%%\nfmt.Println(double(6), said)", "%%\nfmt.Println(double(7), said)")
	for _, test := range []struct {
		cell          int
		imports, code string
		want          string
		grouped, now  bool
		left          bool // the cell has not come to its end
	}{
		{2, "fmt", program("\tfmt.Println(double(1))"), "undefined: double", false, false, false},
		{3, "", double + "\n\n" + declared, "", false, false, false},
		{4, "fmt", double + "\n\n" + program("\tfmt.Println(double(2))"), "4\n", true, true, false},
		{6, "fmt lab/colour", double + "\n\n" + program("\tfmt.Println(double(4), colour.Name)"), "8 red\n", true, true, false}, // of other packages
		{8, "fmt", double + "\n\n" + program("\tfmt.Println(double(0))"), "panic: nothing", true, false, false},
		{9, "fmt os", double + "\n\n" + program("\tfmt.Println(double(5))\n\tos.Exit(0)"), "10\n", true, false, true},
		{9, "fmt os", double + "\n\n" + program("\tfmt.Println(double(5))\n\tos.Exit(1 - 1)"), "10\n", false, false, true}, // changed in the meantime
		{10, "fmt", effect + "\n\n" + double + "\n\n" + declared, "said\n", true, true, false},
		{11, "fmt", effect + "\n\n" + double + "\n\n" + program("\tfmt.Println(double(6), said)"), "said\n12 1\n", true, false, false},
		{12, "fmt", effect + "\n\n" + double + "\n\n" + program("\tfmt.Println(double(7), said)"), "said\n14 1\n", true, false, false},
		{12, "fmt", effect + "\n\n" + double + "\n\n" + program("\tfmt.Println(double(7), said)"), "said\n14 1\n", true, false, false}, // again
	} {
		os.Remove(file)
		out, built, _ := k.attempt(test.imports, test.code)
		k.want(out, test.want)
		if !built {
			continue
		}
		if _, err := os.Stat(file); (err == nil) != test.left {
			t.Errorf("cell %d has come to its end: %v, want %v", test.cell, err != nil, !test.left)
		}
		if grouped, now := k.grouped(linked); grouped != test.grouped || now != test.now {
			t.Errorf("cell %d: in a group: %v, linked for it: %v, want %v, %v", test.cell, grouped, now, test.grouped, test.now)
		}
		if test.cell == 8 && !strings.Contains(out, "\tcell-3.go:3\n") {
			t.Errorf("the panic is not at line 3 of cell 3: %s", out)
		}
		if b, err := os.ReadFile(filepath.Join(k.dir, "main.go")); err != nil || !strings.HasSuffix(string(b), test.code+"\n") {
			t.Errorf("the kernel's code became %s, %v", b, err)
		}
	}

	// What cells depend on changes.
	k.write("../lab/colour/name.txt", "blue")
	k.want(k.cell(false, "fmt lab/colour", double+"\n\n"+program("\tfmt.Println(double(4), colour.Name)")), "8 blue\n")

	// Nobody knows the cells, or not any more.
	t.Setenv(cellsFile, filepath.Join(t.TempDir(), "none"))
	os.RemoveAll(filepath.Join(k.dir, planDir))
	k.want(k.cell(false, "fmt", double+"\n\n"+program("\tfmt.Println(double(2))")), "4\n")
	if grouped, _ := k.grouped(linked); grouped {
		t.Error("in a group although nobody knows of others")
	}
}
