package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain makes the test's program also the go command and the gopls of a kernel.
func TestMain(m *testing.M) {
	if name := filepath.Base(os.Args[0]); name == "go" || name == "gopls" || name == followName {
		main()
		return
	}
	os.Exit(m.Run())
}

// kernel is a folder in which cells are built as GoNB does it.
type kernel struct {
	*testing.T
	dir, out  string
	goCommand string // the real one
}

func newKernel(t *testing.T) *kernel {
	if runtime.GOOS == "windows" {
		t.Skip("there is no kernel")
	}
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	goCommand, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	bin, root := t.TempDir(), t.TempDir()
	if err := os.Symlink(own, filepath.Join(bin, "go")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("GOWORK", "")
	t.Setenv("GOFLAGS", "-ldflags=-s")
	k := &kernel{T: t, dir: filepath.Join(root, "gonb it's"), goCommand: goCommand} // a folder that needs quotes
	k.out = filepath.Join(k.dir, "gonb_program")
	k.write("../lab/go.mod", "module lab\n\ngo 1.26\n")
	k.write("../lab/colour/colour.go", "package colour\n\nimport _ \"embed\"\n\n//go:embed name.txt\nvar Name string\n\nfunc Of() string { return \"light \" + Name }\n")
	k.write("../lab/colour/name.txt", "red")
	k.write("../lab/internal/secret/secret.go", "package secret\n\nconst Word = \"open\"\n")
	k.write("../lab/colour/use.go", "package colour\n\nimport \"lab/internal/secret\"\n\nvar _ = secret.Word\n")
	k.write("go.mod", "module gonb_program\n\ngo 1.26\n")
	k.write("go.work", "go 1.26\n\nuse (\n\t.\n\t../lab\n)\n")
	return k
}

func (k *kernel) write(name, content string) {
	k.Helper()
	path := filepath.Join(k.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		k.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		k.Fatal(err)
	}
}

// cell builds and runs a cell and returns what it prints, or what the compiler says. The
// build follows the plan of an earlier one if, and only if, planned says so.
func (k *kernel) cell(planned bool, imports, code string) string {
	k.Helper()
	os.RemoveAll(filepath.Join(k.dir, planDir, "mark"))
	marked := os.WriteFile(filepath.Join(k.dir, planDir, "mark"), nil, 0o600) == nil
	out, built := k.build(imports, code)
	if _, err := os.Stat(filepath.Join(k.dir, planDir, "mark")); built && (err == nil && marked) != planned {
		k.Errorf("followed the plan: %v, want %v", !planned, planned)
	}
	return out
}

// build builds and runs a cell, which must not fail, see attempt.
func (k *kernel) build(imports, code string) (out string, built bool) {
	k.Helper()
	out, built, err := k.attempt(imports, code)
	if err != nil {
		k.Errorf("%v: %s", err, out)
	}
	return out, built
}

// attempt builds and runs a cell, and returns what it prints or what the compiler says,
// whether it was built, and how it failed if it did.
func (k *kernel) attempt(imports, code string) (out string, built bool, err error) {
	k.Helper()
	source := "package main\n\nimport (\n"
	for _, path := range strings.Fields("flag " + imports) {
		source += "\t\"" + path + "\"\n"
	}
	k.write("main.go", source+")\n\n"+code+"\n")
	cmd := exec.Command("go", "build", "-o", k.out)
	cmd.Dir = k.dir
	message, err := cmd.CombinedOutput()
	if err != nil {
		return string(message), false, nil
	}
	b, err := exec.Command(k.out).CombinedOutput()
	return string(b), true, err
}

func (k *kernel) want(got, want string) {
	k.Helper()
	if !strings.Contains(got, want) || want == "" && got != "" {
		k.Errorf("got %q, want %q", got, want)
	}
}

func program(body string) string { return "func main() {\n\tflag.Parse()\n" + body + "\n}" }

const declared = "func main() { flag.Parse() }"

// TestCells builds the cells of a notebook, between which things change.
func TestCells(t *testing.T) {
	k := newKernel(t)
	show := program("\tfmt.Println(colour.Of())")
	k.cell(false, "fmt lab/colour", show) // compiles the packages
	k.want(k.cell(false, "fmt lab/colour", show+"\n"), "light red\n")
	k.want(k.cell(true, "fmt lab/colour", program("\tfmt.Println(colour.Name, 2)")), "red 2\n")
	first := mustStat(t, k.out)

	// The same cell again: the program stays.
	k.want(k.cell(true, "fmt lab/colour", program("\tfmt.Println(colour.Name, 2)")), "red 2\n")
	if !os.SameFile(first, mustStat(t, k.out)) {
		t.Error("the same cell was linked twice")
	}

	// A cell of declarations is compiled, but not linked.
	k.want(k.cell(true, "", "var seed = 1\n\nfunc twice() int { return 2 * seed }\n\n"+declared), "")
	if b, err := os.ReadFile(k.out); err != nil || string(b) != "#!/bin/sh\n" {
		t.Errorf("declarations became a program of %d bytes, %v", len(b), err)
	}
	k.want(k.cell(true, "", "var seed = one\n\n"+declared), "main.go:7:12: undefined: one")
	k.want(k.cell(true, "fmt", "var n = say()\n\nfunc say() int { fmt.Println(\"said\"); return 1 }\n\n"+declared), "said\n")

	// Mistakes are told by the go command, and the next cell is built as before.
	k.want(k.cell(true, "fmt", program("\tfmt.Println(seed)")), "# gonb_program\n./main.go:10:14: undefined: seed\n")
	k.want(k.cell(true, "fmt lab/colour", show), "light red\n")
	k.want(k.cell(false, "fmt lab/internal/secret", program("\tfmt.Println(secret.Word)")), "use of internal package lab/internal/secret not allowed")

	// What a cell depends on changes.
	k.write("../lab/colour/name.txt", "blue")
	k.want(k.cell(false, "fmt lab/colour", show), "light blue\n")
	k.write("../lab/colour/colour.go", "package colour\n\nconst Name = \"grey\"\n\nfunc Of() string { return \"dark \" + Name }\n")
	k.want(k.cell(false, "fmt lab/colour", show), "dark grey\n") // compiles it
	k.cell(false, "fmt lab/colour", show+"\n")
	k.write("../lab/colour/init.go", "package colour\n\nfunc init() { println(\"a new file\") }\n")
	k.want(k.cell(false, "fmt lab/colour", show), "a new file\ndark grey\n")
	os.Remove(filepath.Join(k.dir, "../lab/colour/init.go"))
	k.want(k.cell(false, "fmt lab/colour", show), "dark grey\n")        // all as before: nothing is compiled, and nothing printed to plan by
	k.want(k.cell(false, "fmt lab/colour", show+"\n\n"), "dark grey\n") // makes a plan
	k.want(k.cell(true, "fmt lab/colour", show+"\n"), "dark grey\n")
	t.Setenv("GOFLAGS", "-ldflags=-X=main.word=set")
	k.want(k.cell(false, "fmt lab/colour", "var word string\n\n"+program("\tfmt.Println(word, colour.Name)")), "set grey\n")

	// A package that no cell had before.
	k.want(k.cell(false, "expvar fmt lab/colour", program("\tfmt.Println(expvar.Get(\"x\"), colour.Name)")), "<nil> grey\n")
}

// TestDoubtfulCell leaves a program that another cell must not be taken for.
func TestDoubtfulCell(t *testing.T) {
	k := newKernel(t)
	one := program("\tfmt.Println(colour.Name, 1)")
	k.cell(false, "fmt lab/colour", one) // compiles the packages
	k.cell(false, "fmt lab/colour", one+"\n")
	k.want(k.cell(true, "fmt lab/colour", one), "red 1\n")
	k.want(k.cell(true, "fmt lab/colour", "//go:noinline\nfunc two() int { return 2 }\n\n"+program("\tfmt.Println(colour.Name, two())")), "red 2\n") // by the go command
	k.want(k.cell(true, "fmt lab/colour", one), "red 1\n")
	k.want(k.cell(true, "", declared), "") // a script, which the go command would not overwrite
	k.want(k.cell(true, "fmt lab/colour", "//go:noinline\nfunc two() int { return 2 }\n\n"+program("\tfmt.Println(colour.Name, two())")), "red 2\n")
}

// TestEndOfCell has programs that end in different ways, built by the go command and by a
// plan: only the one that ends without an error before the end of main leaves the runner's
// file. None gets any input.
func TestEndOfCell(t *testing.T) {
	k := newKernel(t)
	file := filepath.Join(t.TempDir(), "began")
	t.Setenv(runnersFile, file)
	for _, test := range []struct {
		code, prints string
		left         bool
	}{
		{"\tfmt.Println(1)", "1\n", false},
		{"\tfmt.Println(2)\n\tos.Exit(0)\n\tfmt.Println(3)", "2\n", true},
		{"\tfunc() { defer func() { fmt.Println(recover()) }(); panic(4) }()", "4\n", false},
		{"\tn, err := io.Copy(io.Discard, os.Stdin)\n\tfmt.Println(n, err)", "0 <nil>\n", false},
		{"\treturn", "", false},
	} {
		for range 2 {
			os.Remove(file)
			imports := "fmt"
			for _, path := range []string{"io", "os"} {
				if strings.Contains(test.code, path+".") {
					imports += " " + path
				}
			}
			if !strings.Contains(test.code, "fmt.") {
				imports = ""
			}
			code := program(test.code)
			out, _ := k.build(imports, code)
			k.want(out, test.prints)
			if _, err := os.Stat(file); (err == nil) != test.left {
				t.Errorf("%s: %v", code, err)
			}
			if b, err := os.ReadFile(filepath.Join(k.dir, "main.go")); err != nil || !strings.HasSuffix(string(b), code+"\n") || strings.Contains(string(b), runnersFile) {
				t.Errorf("the kernel's code became %s, %v", b, err)
			}
		}
	}
	k.build("", "func f() {}\n\n"+declared)
	if _, err := os.Stat(file); err == nil {
		t.Error("declarations began and have not ended")
	}
}

// TestCellTag builds what differs between cells and other programs, and with a part in C
// and without.
func TestCellTag(t *testing.T) {
	k := newKernel(t)
	for name, constraint := range map[string]string{"Cell": "pnclab_cell", "C": "cgo"} {
		k.write("../lab/how/is"+name+".go", "//go:build "+constraint+"\n\npackage how\n\nconst "+name+" = true\n")
		k.write("../lab/how/not"+name+".go", "//go:build !"+constraint+"\n\npackage how\n\nconst "+name+" = false\n")
	}
	how := "\tfmt.Println(how.Cell, how.C)"
	k.cell(false, "fmt lab/how", program(how)) // compiles the package
	k.want(k.cell(false, "fmt lab/how", program(how+"\n")), "true false\n")
	k.want(k.cell(true, "fmt lab/how", program(how)), "true false\n")
	k.want(k.cell(true, "fmt lab/how", program(how+"\n\tnothing()")), "main.go:12:2: undefined: nothing")
	k.want(k.cell(true, "fmt lab/how", "//go:noinline\nfunc f() {}\n\n"+program("\tf()\n\tfmt.Println(how.Cell)")), "true\n") // by the go command

	// Other programs that a cell builds are as they are elsewhere.
	k.write("../lab/main.go", "package main\n\nimport \"lab/how\"\n\nfunc main() { print(how.Cell) }\n")
	for _, args := range []string{"run lab", "build -o ../lab/elsewhere lab"} {
		cmd := exec.Command("go", strings.Fields(args)...)
		cmd.Dir = k.dir
		out, err := cmd.CombinedOutput()
		if err == nil && args[0] == 'b' {
			out, err = exec.Command(filepath.Join(k.dir, "../lab/elsewhere")).CombinedOutput()
		}
		if err != nil || string(out) != "false" {
			t.Errorf("go %s: %s, %v", args, out, err)
		}
	}

	// What cells import, compiled beforehand.
	warm := exec.Command("go", "warm", "-x", "lab/how")
	warm.Dir = k.dir
	k.write("../lab/how/more.go", "package how\n\nvar More = 1\n")
	if out, err := warm.CombinedOutput(); err != nil || !strings.Contains(string(out), "isCell.go") || !strings.Contains(string(out), "notC.go") {
		t.Errorf("warm: %v, %s", err, out)
	}

	// The user's own choices.
	t.Setenv("GOFLAGS", "-tags=own")
	k.want(k.cell(false, "fmt lab/how", program(how)), "false false\n")
	t.Setenv("GOFLAGS", "-ldflags=-s")
	if out, err := exec.Command(k.goCommand, "env", "CGO_ENABLED", "CC").Output(); err != nil || !strings.HasPrefix(string(out), "1\n") {
		t.Skip("there is no C")
	} else if _, err := exec.LookPath(strings.TrimSpace(string(out[2:]))); err != nil {
		t.Skip("there is no C compiler")
	}
	t.Setenv("CGO_ENABLED", "1")
	k.want(k.cell(false, "fmt lab/how", program(how)), "true true\n")
	os.Unsetenv("CGO_ENABLED")
	k.write("../lab/native/native.go", "package native\n\n// static int seven(void) { return 7; }\nimport \"C\"\n\nfunc Seven() int { return int(C.seven()) }\n")
	k.want(k.cell(false, "fmt lab/how lab/native", program(how+"\n\tfmt.Println(native.Seven())")), "true true\n7\n")
}

func TestOtherCommands(t *testing.T) {
	k := newKernel(t)
	k.write("main.go", "package main\n\n"+declared)
	for _, args := range [][]string{{"version"}, {"env", "GOVERSION"}, {"build", "-o", filepath.Join(t.TempDir(), "elsewhere"), "."}} {
		var got, want bytes.Buffer
		for path, b := range map[string]*bytes.Buffer{"go": &got, k.goCommand: &want} {
			cmd := exec.Command(path, args...)
			cmd.Dir, cmd.Stdout, cmd.Stderr = k.dir, b, b
			cmd.Run()
		}
		if got.String() != want.String() {
			t.Errorf("%q prints %q, want %q", args, got.String(), want.String())
		}
	}
}

func mustStat(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestDeclares(t *testing.T) {
	for _, test := range []struct {
		code string
		want bool
	}{
		{declared, true},
		{"var a, b = 1, -2.5*x\n\nconst x = 3\n\n" + declared, true},
		{"var f = func() int { panic(1) }\n\ntype t struct{ a int }\n\nfunc (t) init() {}\n\n" + declared, true},
		{"var v = []t{{a: 1}, {math.MaxInt}}\n\ntype t struct{ a int }\n\n" + declared, true},
		{"var p = &t{}\n\ntype t struct{ a int }\n\n" + declared, true},
		{program("\tprintln()"), false},
		{"func main() {\n\tflag.Parse()\n\tflag.Parse()\n}", false},
		{"func init() {}\n\n" + declared, false},
		{"var n = f()\n\nfunc f() int { return 1 }\n\n" + declared, false},
		{"var n = a[3]\n\nvar a []int\n\n" + declared, false},
		{"var n = p.a\n\nvar p *struct{ a int }\n\n" + declared, false},
		{"var n = *p\n\nvar p *int\n\n" + declared, false},
		{"var n = 1 / z\n\nvar z int\n\n" + declared, false},
		{"var n = <-c\n\nvar c chan int\n\n" + declared, false},
		{"var n = []int{f()}\n\nfunc f() int { return 1 }\n\n" + declared, false},
		{"var n = x.(int)\n\nvar x any\n\n" + declared, false},
	} {
		path := filepath.Join(t.TempDir(), "main.go")
		if err := os.WriteFile(path, []byte("package main\n\nimport (\n\t\"flag\"\n\t\"math\"\n)\n\n"+test.code), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := readSource(path)
		if err != nil {
			t.Fatal(err)
		}
		if s.declares() != test.want {
			t.Errorf("%q only declares: %v, want %v", test.code, !test.want, test.want)
		}
	}
}

// TestLanguageServer kills the kernel of a gopls.
func TestLanguageServer(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no kernel")
	}
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	gopls := filepath.Join(dir, "gopls")
	if err := os.WriteFile(gopls, b, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "pinned"), 0o755); err != nil {
		t.Fatal(err)
	}
	alive := filepath.Join(dir, "alive")
	script := "#!/bin/sh\nwhile true; do echo $1 > '" + alive + "'; sleep 0.05; done\n"
	if err := os.WriteFile(filepath.Join(dir, "pinned", "gopls"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	kernel := exec.Command("/bin/sh", "-c", "'"+gopls+"' argument & sleep 60")
	if err := kernel.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "gopls to start", func() bool { b, _ := os.ReadFile(alive); return string(b) == "argument\n" })
	kernel.Process.Kill()
	kernel.Wait()
	waitFor(t, "gopls to end", func() bool {
		os.Remove(alive)
		time.Sleep(300 * time.Millisecond)
		_, err := os.Stat(alive)
		return err != nil
	})
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 300 {
		if done() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("waited in vain for " + what)
}
