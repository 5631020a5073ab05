package notebook

import (
	"bytes"
	"go/parser"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pnclab/internal/budget/memtest"
)

// TestHostileNotebook reads notebooks that take far more memory than their text.
func TestHostileNotebook(t *testing.T) {
	list := func(element string, n int) string { return strings.Repeat(element+",", n) + element }
	for name, text := range map[string]string{
		"cells":    `{"nbformat":4,"cells":[` + list(`{}`, 1_000_000) + `]}`,
		"lists":    `{"nbformat":4,"cells":[],"metadata":{"x":[` + list(`[]`, 2_000_000) + `]}}`,
		"numbers":  `{"nbformat":4,"cells":[],"metadata":{"x":[` + list(`0`, 2_000_000) + `]}}`,
		"lines":    `{"nbformat":4,"cells":[{"cell_type":"code","source":[` + list(`""`, 2_000_000) + `]}]}`,
		"metadata": `{"nbformat":4,"cells":[],"metadata":` + strings.Repeat(`[`, 9_000) + strings.Repeat(`]`, 9_000) + `}`,
	} {
		path := filepath.Join(t.TempDir(), "x.ipynb")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Log(name)
		var err error
		memtest.Within(t, int64(len(text)), func() { _, err = Read(path) })
		if err == nil || !strings.HasPrefix(err.Error(), path+": it ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with the file", name, err)
		}
	}
}

// FuzzNotebook requires that a notebook is refused by its file, or is the same when it is
// written and read again, also without outputs.
func FuzzNotebook(f *testing.F) {
	f.Add([]byte(executed))
	f.Add([]byte(`{"nbformat":4,"nbformat_minor":2,"cells":[{"cell_type":"raw","source":"a\r\nb"}]}`))
	f.Add([]byte("\ufeff" + `{"nbformat":4,"cells":[{"cell_type":"code","source":[],"id":"a","outputs":[{"output_type":"error","traceback":[1]}]}],"metadata":{"kernelspec":{},"language_info":{}}}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(dir, "x.ipynb")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		nb, err := Read(path)
		if err != nil {
			if text := err.Error(); !strings.HasPrefix(text, path+": ") || strings.Contains(text, "\n") {
				t.Errorf("error %q, want one line with the file", text)
			}
			return
		}
		for range 2 { // the second time without outputs
			first, err := nb.encode()
			if err != nil {
				t.Fatal(err)
			}
			again, err := decode(first)
			if err != nil {
				t.Fatalf("%s was written and cannot be read: %v", first, err)
			}
			if second, err := again.encode(); err != nil || !bytes.Equal(first, second) {
				t.Errorf("%s becomes %s, %v", first, second, err)
			}
			nb.Strip()
		}
	})
}

// FuzzPercent requires that every line of a cell is in the text of its notebook, and
// nothing that controls a terminal in that of an error.
func FuzzPercent(f *testing.F) {
	f.Add("a\n\n// %% b", "tag", "\x1b]8;;x\x07error")
	f.Fuzz(func(t *testing.T, source, tag, trace string) {
		nb := &Notebook{Cells: []*Cell{{
			Type: Code, Source: source, Metadata: map[string]any{"tags": []any{tag}},
			Outputs: []*Output{{Type: ErrorOutput, Traceback: []string{trace}}},
		}}}
		text := nb.Percent(false)
		head, body, _ := strings.Cut(text, "\n")
		if !strings.HasPrefix(head, "// %% tags=[") {
			t.Errorf("%q begins with %q", text, head)
		}
		if want := source; source != "" {
			if !strings.HasSuffix(want, "\n") {
				want += "\n"
			}
			if body != want {
				t.Errorf("%q became %q", want, body)
			}
		}
		if all := nb.Percent(true); control.MatchString(strings.TrimPrefix(all, text)) {
			t.Errorf("%q controls the terminal", all)
		}
	})
}

// FuzzParams requires that a parameter that is found can be overridden by its default,
// which gives a declaration.
func FuzzParams(f *testing.F) {
	f.Add("var (\n\tepochs = 60 // of training\n\trates []float64 = []float64{.1}\n)\n!ls\nvar s = \"a\"")
	f.Add("var a, b = 1, -(2.5)*time.Second")
	f.Add("//line x:3\nvar a = `b`")
	f.Fuzz(func(t *testing.T, source string) {
		params, err := parseParams(source)
		if err != nil {
			return
		}
		for _, p := range params {
			if !strings.Contains(source, p.Default) && !strings.ContainsAny(source, "!%") {
				t.Errorf("default %q of %s is not in %q", p.Default, p.Name, source)
			}
			if _, err := parser.ParseExpr(p.Default); err != nil {
				t.Errorf("default %q of %s is no expression: %v", p.Default, p.Name, err)
			}
			decl, err := p.override(p.Default)
			if err != nil {
				continue // not of one line, or a constant of the wrong kind
			}
			again, err := parseParams(decl)
			if err != nil || len(again) != 1 || again[0].Name != p.Name {
				t.Errorf("%q of %q: %+v, %v", decl, source, again, err)
			}
		}
	})
}
