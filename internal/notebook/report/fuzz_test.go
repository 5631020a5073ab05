package report

import (
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pnclab/internal/budget/memtest"
)

// TestHostileResults reads results that take far more memory than their text, and some
// that would control the terminal.
func TestHostileResults(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "results.json")
	for name, text := range map[string]string{
		"rows":   `{"format":1,"rows":[` + strings.Repeat("{},", 1_000_000) + "{}]}",
		"nested": `{"format":1,"rows":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Log(name)
		var err error
		memtest.Within(t, int64(len(text)), func() { _, err = ReadResults(dir) })
		if err == nil || !strings.HasPrefix(err.Error(), path) || !strings.Contains(err.Error(), "far more") {
			t.Errorf("%s: error %v, want one line with the file", name, err)
		}
	}
	c := Change{After: &Row{Notebook: "01", Quantity: "C\x1b]0;owned\x07\nD", Verdict: "pass"}}
	if text := c.String(); strings.ContainsAny(text, "\x1b\x07\n") || !strings.Contains(text, "C D") {
		t.Errorf("%q controls the terminal", text)
	}
}

// FuzzResults requires that results are refused by their file or the same when they are
// written and read again, and that they do not differ from themselves.
func FuzzResults(f *testing.F) {
	f.Add([]byte(`{"format":1,"started":"2026-01-02T03:04:05Z","provenance":{},"notebooks":[{"name":"01","status":"complete"}],"rows":[{"notebook":"01","quantity":"C","predicted":1,"measured":2,"tolerance":"5 %","verdict":"pass"},{"notebook":"01","quantity":"C","measured":null,"tolerance":"± .5"}]}`))
	f.Add([]byte(`{"format":2}`))
	dir := f.TempDir()
	path := filepath.Join(dir, "results.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		read := func(text []byte) (*Results, error) {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
			return ReadResults(dir)
		}
		r, err := read(text)
		if err != nil {
			if line := err.Error(); !strings.HasPrefix(line, path) || strings.Contains(line, "\n") {
				t.Errorf("error %q, want one line with the file", line)
			}
			return
		}
		first, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		again, err := read(first)
		if err != nil {
			t.Fatalf("%s was written and cannot be read: %v", first, err)
		}
		if second, err := json.Marshal(again); err != nil || string(first) != string(second) {
			t.Errorf("%s becomes %s, %v", first, second, err)
		}
		for _, c := range Diff(r, again) {
			if !c.Identical() || c.Moved() || c.Judgement() || strings.Contains(c.String(), "\n") {
				t.Errorf("a row differs from itself: %s", c)
			}
		}
	})
}

// tag matches the tags of highlighted code.
var tag = regexp.MustCompile(`</?(span|a)[^<>]*>`)

// FuzzHighlight requires that highlighted code reads as it was, and that there are no tags
// but those of highlighting.
func FuzzHighlight(f *testing.F) {
	f.Add("%%\nx := pnc.Must(3) // <b>\n!ls\nvar s = `a\n%b`")
	f.Add("'\x00 \xff \ufeff\"")
	f.Fuzz(func(t *testing.T, source string) {
		if !utf8.ValidString(source) {
			t.Skip("notebooks are UTF-8")
		}
		out := tag.ReplaceAllString(string(highlight(source, sources{})), "")
		if strings.ContainsAny(out, "<>") {
			t.Errorf("%q has the tags of %q", source, out)
		}
		if back := html.UnescapeString(out); back != source {
			t.Errorf("%q became %q", source, back)
		}
	})
}

// FuzzProse requires that text outside of its notebook's page brings neither scripts nor
// elements that load something, in a length proportional to its own.
func FuzzProse(f *testing.F) {
	f.Add("# a $x_1$\n\n| a | $|b|$ |\n|---|---|\n* <script>\n[l](javascript:1) `$`")
	f.Add(`$\text{<img src=x onerror=alert(1)>}$ ![a](x) \uE0005\uE001`)
	f.Add("[^1]: ~~a~~ <b onclick=x> &lt; \"q\" -- ...")
	active := regexp.MustCompile(`(?i)<(script|iframe|object|embed|link|style|base|meta|svg|form)\b|<[^>]*\son\w+\s*=|(href|src)="\s*(javascript|data|vbscript):`)
	quoted := regexp.MustCompile(`(?s)<code.*?</code>|<annotation.*?</annotation>|<pre.*?</pre>`)
	f.Fuzz(func(t *testing.T, source string) {
		out := string(newText().render(source))
		visible := quoted.ReplaceAllString(out, "")
		if m := active.FindString(visible); m != "" {
			t.Errorf("%q of %q: %s", m, source, out)
		}
		// A fraction of one character takes some 300 bytes of MathML, a line of a
		// table a cell for every column of its head.
		if rows := strings.Count(source, "\n") + 1; len(out) > 2000+400*len(source)+30*rows*strings.Count(source, "|") {
			t.Errorf("%d bytes of %d", len(out), len(source))
		}
	})
}
