package notebook

import (
	"os"
	"path/filepath"
	"testing"
)

// TestStarter runs the notebook in a folder far from the checkout.
func TestStarter(t *testing.T) {
	opt := options(t)
	opt.Dir = ""
	t.Setenv("PNC_CACHE", t.TempDir())
	path := filepath.Join(t.TempDir(), "width.ipynb")
	if err := Starter(path, opt.Root).WriteFile(path); err != nil {
		t.Fatal(err)
	}
	nb, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if nb.Title() != "width" {
		t.Errorf("title %q", nb.Title())
	}
	if err := nb.Inject(map[string]string{"xi": "0.2"}); err != nil {
		t.Fatal(err)
	}
	if run := Execute(t.Context(), nb, opt); run.Err != nil {
		t.Fatal(run.Err)
	}
	cells := nb.CodeCells()
	if o := cells[len(cells)-1].Outputs; len(o) == 0 || o[0].Data["image/png"] == nil {
		t.Errorf("no figure in %+v", o)
	}
}

// TestStarterAlone runs the first cell as GoNB alone does, without the flag that names
// the checkout, and checks that a path with a quote, spaces and brackets is found.
func TestStarterAlone(t *testing.T) {
	opt := options(t)
	link := filepath.Join(t.TempDir(), "one's own [1]")
	if err := os.Symlink(opt.Root, link); err != nil {
		t.Skip(err)
	}
	opt.Root, opt.Dir = "", t.TempDir()
	nb := cells(Starter("x.ipynb", link).CodeCells()[0].Source, "!*go list -f '{{.Dir}}' pnclab/pnc")
	run := Execute(t.Context(), nb, opt)
	want := filepath.Join(link, "pnc") + "\n"
	if o := nb.Cells[2].Outputs; run.Err != nil || len(o) != 1 || o[0].Text != want {
		t.Errorf("error %v, outputs %+v, want %s", run.Err, o, want)
	}
}
