package notebook

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestTraceWithoutCells describes panics whose stack trace GoNB has not, or only in
// part, annotated with cells: it does so where it receives whole lines.
func TestTraceWithoutCells(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "with a space", "gonb_5edd0ed4")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "main.go")
	if err := os.WriteFile(program, []byte("package main\n\nfunc at(i int) int {\n\treturn a[i]\n}\n\nfunc main() {\n\tfmt.Println(at(3))\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	trace := func(inner, outer string) string {
		return fmt.Sprintf("panic: out of range\n\ngoroutine 1 [running]:\nmain.at(...)\n\t%s%s:4\nmain.main()\n\t%s%s:8 +0x53\nexit status 2\n", inner, program, outer, program)
	}
	const mark = " \x1b[7m[[ Cell [%d] Line %d ]]\x1b[0m "
	once := []string{"%noautoget", "func at(i int) int {\n\treturn a[i]\n}", "%%\nfmt.Println(at(3))"}
	for _, test := range []struct {
		name, stderr string
		cells        []string
		cell, line   int
		source       string
	}{
		{"whole", trace(fmt.Sprintf(mark, 2, 2), fmt.Sprintf(mark, 3, 2)), once, 2, 2, "return a[i]"},
		{"none", trace("", ""), once, 2, 2, "return a[i]"},
		{"only the outer", trace("", fmt.Sprintf(mark, 3, 2)), once, 2, 2, "return a[i]"},
		{"a line in two places", trace("", ""), append([]string{"func b(i int) int {\n\treturn a[i]\n}"}, once[1:]...), 3, 2, "fmt.Println(at(3))"},
		{"no program", "panic: out of range\n\tgonb_12/main.go:4\n", once, 0, 0, "fmt.Println(at(3))"},
		{"no such line", "panic: out of range\n\t" + program + ":99\n", once, 0, 0, "fmt.Println(at(3))"},
	} {
		nb := &Notebook{Path: "test.ipynb"}
		for _, s := range test.cells {
			nb.Cells = append(nb.Cells, &Cell{Type: Code, Source: s})
		}
		nb.Cells[2].Outputs = []*Output{
			{Type: Stream, Name: "stderr", Text: test.stderr},
			{Type: ErrorOutput, EValue: "exit status 2"},
		}
		e := newCellError(nb, 2, errFailed)
		if e.Reason != "panic: out of range" || e.AtCell != test.cell || e.Line != test.line || e.Source != test.source {
			t.Errorf("%s: cell %d, line %d, %q, %q", test.name, e.AtCell, e.Line, e.Source, e.Reason)
		}
	}
}
