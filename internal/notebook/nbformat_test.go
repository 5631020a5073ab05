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

func TestReadErrors(t *testing.T) {
	for _, test := range []struct{ content, want string }{
		{"", "the file is empty"},
		{executed[:len(executed)/2], "the file is truncated"},
		{"<html>", "not a notebook: invalid character"},
		{"[]", "not a notebook: json: cannot unmarshal"},
		{`{"nbformat": 3, "worksheets": []}`, "not a notebook of nbformat 4 (nbformat is 3)"},
		{`{"cells": []}`, "not a notebook of nbformat 4"},
		{`{"nbformat": 4}`, "the notebook has no list of cells"},
		{`{"nbformat": 4, "cells": [3]}`, "cell 1: not a JSON object"},
		{`{"nbformat": 4, "cells": [{}]}`, "cell 1: no cell_type"},
		{`{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}`, "cell 1: source is neither"},
		{`{"nbformat": 4, "cells": [{"cell_type": "code", "source": "", "outputs": [1]}]}`, "cell 1: an output is not"},
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
