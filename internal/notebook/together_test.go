//go:build unix

package notebook

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// TestCellsTogether runs notebooks whose cells are built as one program: what they print,
// and where they fail, is the same as if they were built one after the other.
func TestCellsTogether(t *testing.T) {
	opt := options(t)
	const imports = "import (\n\t\"fmt\"\n\t\"os\"\n\t\"runtime\"\n)"
	setup := []string{imports, "var n = 1\n\nfunc where() string {\n\t_, file, _, _ := runtime.Caller(0)\n\treturn file\n}", "%%\nfmt.Println(n, where())"}
	for _, test := range []struct {
		name  string
		cells []string
		raise int    // the cell that is to fail
		want  string // the error
		print string // by the last cell
	}{
		{"together", []string{"%%\nn++\nfmt.Println(n, where())", "%%\nfmt.Println(n, where(), len(os.Args), os.Getenv(\"PNCLAB_MAIN\"))"}, 0, "", "1 cell-3.go 1 \n"},
		{"panic", []string{"func at(i int) int {\n\tvar a []int\n\treturn a[i]\n}", "%%\nfmt.Println(at(3))", "%%\nfmt.Println(n)"}, 0,
			"test, cell [6]: panic: runtime error: index out of range [3] with length 0\n    cell [5], line 3: return a[i]", ""},
		{"compile", []string{"%%\nfmt.Println(n)", "func two() int {\n\treturn \"2\"\n}", "%%\nfmt.Println(two())"}, 0,
			"test, cell [6]: cannot use \"2\" (untyped string constant) as int value in return statement\n    line 2: return \"2\"", ""},
		{"a name of a later cell", []string{"%%\nfmt.Println(late())", "func late() int { return 1 }", "%%\nfmt.Println(late())"}, 0,
			"test, cell [5]: undefined: late\n    line 2: fmt.Println(late())", ""},
		{"to fail", []string{"%%\nfmt.Println(nothing)", "%%\nfmt.Println(n)", "%%\nfmt.Println(where())"}, 5, "", "cell-3.go\n"},
		{"declared again", []string{"%%\nfmt.Println(n)", "var n = 2", "%%\nfmt.Println(n)"}, 0, "", "2\n"},
	} {
		nb := cells(append(append([]string(nil), setup...), test.cells...)...)
		if test.raise > 0 {
			nb.Cells[test.raise-1].Metadata["tags"] = []any{raisesTag}
		}
		run := Execute(t.Context(), nb, opt)
		var e *CellError
		switch {
		case test.want == "" && run.Err != nil:
			t.Errorf("%s: %v", test.name, run.Err)
		case test.want != "" && (!errors.As(run.Err, &e) || !strings.HasPrefix(e.Error(), test.want)):
			t.Errorf("%s: error %q, want %q", test.name, run.Err, test.want)
		case test.want == "" && outputOf(nb.Cells[len(nb.Cells)-1]) != test.print:
			t.Errorf("%s: printed %q, want %q", test.name, outputOf(nb.Cells[len(nb.Cells)-1]), test.print)
		}
	}
}

// TestStopTogether interrupts a cell of such a program, which hears it as one that was built
// alone does.
func TestStopTogether(t *testing.T) {
	opt := options(t)
	ctx, cancel := context.WithCancel(t.Context())
	opt.Progress = func(p Progress) {
		if p.Latest == "begun cell-3.go" {
			cancel()
		}
	}
	nb := cells("import (\n\t\"fmt\"\n\t\"os\"\n\t\"os/signal\"\n\t\"runtime\"\n)",
		"func where() string {\n\t_, file, _, _ := runtime.Caller(0)\n\treturn file\n}", "%%\nfmt.Println(1, where())",
		"%%\nc := make(chan os.Signal, 1)\nsignal.Notify(c, os.Interrupt)\nfmt.Println(\"begun\", where())\nfmt.Println(<-c)", "%%\nfmt.Println(2, where())")
	run := Execute(ctx, nb, opt)
	if !errors.Is(run.Err, context.Canceled) || outputOf(nb.Cells[4]) != "begun cell-3.go\ninterrupt\n" || nb.Cells[5].Count != 0 {
		t.Errorf("error %v, printed %q", run.Err, outputOf(nb.Cells[4]))
	}
}

// TestProcessors changes how many processors the cells may use while a notebook runs. Cells
// are counted, and have outputs, as without.
func TestProcessors(t *testing.T) {
	opt := options(t)
	allowed := []int{1, 1, 3, 3, 2}
	at := 0
	opt.Processors = func() int {
		at++
		return allowed[at-1]
	}
	const printed = "%%\nfmt.Println(runtime.GOMAXPROCS(0))"
	nb := cells("import (\n\t\"fmt\"\n\t\"runtime\"\n)", printed, printed, printed)
	run := Execute(t.Context(), nb, opt)
	if run.Err != nil || at != len(nb.Cells) {
		t.Fatalf("error %v, called for %d cells", run.Err, at)
	}
	for i, want := range []string{"", "", "3\n", "3\n", "2\n"} {
		if c := nb.Cells[i]; outputOf(c) != want || c.Count != i+1 {
			t.Errorf("cell %d has number %d and printed %q, want %q", i+1, c.Count, outputOf(c), want)
		}
	}
}
