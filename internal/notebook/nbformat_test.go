package notebook

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// executed is what the Python package nbformat writes, byte for byte: sorted keys,
// one space of indentation, characters outside ASCII as they are.
const executed = `{
 "cells": [
  {
   "attachments": {},
   "cell_type": "markdown",
   "id": "a",
   "metadata": {
    "slide": {
     "zoom": 1.5
    }
   },
   "source": [
    "# Größe <x> & $C_\\ell$\n",
    "\n",
    "text"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": 7,
   "id": "b",
   "metadata": {
    "tags": [
     "parameters"
    ]
   },
   "outputs": [
    {
     "name": "stdout",
     "output_type": "stream",
     "text": [
      "one\n",
      "two"
     ]
    },
    {
     "data": {
      "application/x+json": [
       "1\n",
       "2\n"
      ],
      "image/png": "iVBORw0=\n",
      "text/html": [
       "<b>\n",
       "</b>"
      ]
     },
     "metadata": {
      "image/png": {
       "width": 3
      }
     },
     "output_type": "display_data"
    },
    {
     "data": {
      "text/plain": [
       "5"
      ]
     },
     "execution_count": 7,
     "metadata": {},
     "output_type": "execute_result"
    },
    {
     "ename": "ERROR",
     "evalue": "bad",
     "output_type": "error",
     "traceback": [
      "a",
      "b"
     ]
    }
   ],
   "source": []
  },
  {
   "cell_type": "raw",
   "id": "c",
   "metadata": {},
   "source": [
    "raw"
   ]
  }
 ],
 "metadata": {
  "kernelspec": {
   "display_name": "Go (pnclab)",
   "name": "gonb"
  },
  "unknown": {
   "big": 12345678901234567890
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
`

func writeTemp(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nb.ipynb")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRoundTrip(t *testing.T) {
	path := writeTemp(t, executed)
	nb, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := nb.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != executed {
		t.Errorf("not what was read:\n%s", got)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("permissions became %v", info.Mode().Perm())
	}
}

func TestSourceAsString(t *testing.T) {
	var v map[string]any
	if err := json.Unmarshal([]byte(executed), &v); err != nil {
		t.Fatal(err)
	}
	for _, c := range v["cells"].([]any) {
		m := c.(map[string]any)
		m["source"], _ = multiline(m["source"])
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	nb, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	again, err := nb.encode()
	if err != nil {
		t.Fatal(err)
	}
	// encoding/json read the numbers above as float64.
	want := strings.NewReplacer("12345678901234567890", "12345678901234567000").Replace(executed)
	if string(again) != want {
		t.Errorf("got\n%s", again)
	}
}

// TestOtherEditors reads what other programs make of a notebook.
func TestOtherEditors(t *testing.T) {
	for name, content := range map[string]string{
		"byte order mark": "\ufeff" + executed,
		"CRLF":            strings.ReplaceAll(executed, "\n", "\r\n"),
		"CRLF in texts":   strings.ReplaceAll(executed, `# Größe <x> & $C_\\ell$\n`, `# Größe <x> & $C_\\ell$\r\n`),
		"unknown keys":    strings.ReplaceAll(executed, `   "cell_type": "code",`, `   "cell_type": "code", "prompt_number": 3, "attachments": {},`),
	} {
		nb, err := decode([]byte(content))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if b, err := nb.encode(); err != nil || string(b) != executed {
			t.Errorf("%s: %v\n%s", name, err, b)
		}
	}
}

// TestCellIDs checks that cells are written with ids as nbformat wants them: unique
// ones from version 4.5 on, none before.
func TestCellIDs(t *testing.T) {
	cell := func(id string) string { return `{"cell_type": "markdown", "metadata": {}, "source": ""` + id + `}` }
	for _, test := range []struct {
		minor string
		ids   []string
		want  string
	}{
		{`, "nbformat_minor": 5`, []string{`, "id": "a"`, ``, `, "id": null`, `, "id": "a"`, `, "id": "cell-2"`, `, "id": "a b"`, `, "id": 7`},
			"a cell-9 cell-3 cell-4 cell-2 cell-6 cell-7"},
		{``, []string{``, ``}, "cell-1 cell-2"},
		{`, "nbformat_minor": null`, []string{``}, "cell-1"},
		{`, "nbformat_minor": 4`, []string{``, `, "id": "a"`}, "none none"},
	} {
		var cells []string
		for _, id := range test.ids {
			cells = append(cells, cell(id))
		}
		nb, err := decode([]byte(`{"nbformat": 4, "metadata": {}` + test.minor + `, "cells": [` + strings.Join(cells, ",") + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		b, err := nb.encode()
		if err != nil {
			t.Fatal(err)
		}
		var written struct {
			Minor *int `json:"nbformat_minor"`
			Cells []struct{ ID *string }
		}
		if err := json.Unmarshal(b, &written); err != nil || written.Minor == nil {
			t.Fatalf("%v in\n%s", err, b)
		}
		var ids []string
		for _, c := range written.Cells {
			if c.ID == nil {
				ids = append(ids, "none")
			} else {
				ids = append(ids, *c.ID)
			}
		}
		if got := strings.Join(ids, " "); got != test.want {
			t.Errorf("%s: ids %s, want %s", test.minor, got, test.want)
		}
	}
}

func TestStrip(t *testing.T) {
	nb, err := decode([]byte(executed))
	if err != nil {
		t.Fatal(err)
	}
	if !nb.Strip() {
		t.Error("nothing stripped")
	}
	if nb.Strip() {
		t.Error("stripped twice")
	}
	b, err := nb.encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(`"outputs": []`)) || !bytes.Contains(b, []byte(`"execution_count": null`)) || bytes.Contains(b, []byte("output_type")) {
		t.Errorf("got\n%s", b)
	}
}

// TestStripLanguage strips what JupyterLab has put into a notebook by opening it, and
// leaves notebooks of other kernels alone.
func TestStripLanguage(t *testing.T) {
	for kernel, want := range map[string]bool{KernelName: true, "python3": false} {
		nb := &Notebook{Metadata: map[string]any{
			"kernelspec":    map[string]any{"name": kernel},
			"language_info": map[string]any{"name": "go", "version": "go1.99"},
		}}
		if nb.Strip() != want || nb.Strip() {
			t.Errorf("%s: stripped once %v, want %v, or twice", kernel, !want, want)
		}
		if v := object(nb.Metadata["language_info"])["version"]; (v == "go1.99") == want {
			t.Errorf("%s: version %v", kernel, v)
		}
	}
}

func TestReadErrors(t *testing.T) {
	for _, test := range []struct{ content, want string }{
		{"", "the file is empty"},
		{executed[:len(executed)/2], "the file is truncated"},
		{executed + executed, "something follows the end of the notebook"},
		{"\xff\xfe{\x00", "the text is UTF-16, not UTF-8"},
		{strings.ReplaceAll(executed, "ß", "\xdf"), "line 13 is not UTF-8 (Latin-1?)"},
		{"<html>", "not a notebook: invalid character"},
		{"[]", "not a notebook: json: cannot unmarshal"},
		{`{"nbformat": 3, "worksheets": []}`, "not a notebook of nbformat 4 (nbformat is 3)"},
		{`{"cells": []}`, "not a notebook of nbformat 4"},
		{`{"nbformat": 4}`, "the notebook has no list of cells"},
		{`{"nbformat": 4, "cells": [3]}`, "cell 1: not a JSON object"},
		{`{"nbformat": 4, "cells": [{}]}`, "cell 1: no cell_type"},
		{`{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}`, "cell 1: source is neither"},
		{`{"nbformat": 4, "cells": [{"cell_type": "code", "source": "", "outputs": [1]}]}`, "cell 1: an output is not"},
		{`{"nbformat": 4, "cells": [{"cell_type": "heading", "source": ""}]}`, `cell 1: cell_type is "heading"`},
		{`{"nbformat": 4, "cells": [{"cell_type": "code", "source": "", "outputs": [{"output_type": "pyout"}]}]}`, `cell 1: an output has the unknown type "pyout"`},
	} {
		path := writeTemp(t, test.content)
		_, err := Read(path)
		if err == nil || !strings.HasPrefix(err.Error(), path+": "+test.want) || strings.Contains(err.Error(), "\n") ||
			!strings.HasSuffix(err.Error(), "restore it with git, or save it again from Jupyter") {
			t.Errorf("%.20q: error %v, want one line with %q", test.content, err, test.want)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none.ipynb")); !os.IsNotExist(err) {
		t.Errorf("missing file: %v", err)
	}
}

func TestOpening(t *testing.T) {
	md := func(s string) *Cell { return &Cell{Type: Markdown, Source: s} }
	code := &Cell{Type: Code, Source: "x"}
	for _, test := range []struct {
		cells           []*Cell
		title, abstract string
	}{
		{[]*Cell{md("# One *two*\n\nFirst\nline.\n\nSecond.")}, "One *two*", "First line."},
		{[]*Cell{md("# One"), md("Abstract.\n\nMore.")}, "One", "Abstract."},
		{[]*Cell{md("# One\n## Two\ntext")}, "One", ""},
		{[]*Cell{code, md("# One")}, "nb", ""},
		{nil, "nb", ""},
	} {
		nb := &Notebook{Path: "dir/nb.ipynb", Cells: test.cells}
		if nb.Title() != test.title || nb.Abstract() != test.abstract {
			t.Errorf("got %q, %q, want %q, %q", nb.Title(), nb.Abstract(), test.title, test.abstract)
		}
	}
}
