package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestNotebooks runs notebooks whole in JupyterLab: no cell may fail, every program must
// have shown something, and the saved notebook, exported as HTML, must open without
// complaints.
func TestNotebooks(t *testing.T) {
	l := lab(t)
	for _, name := range []string{"00_quick_tour", "01_theorem"} {
		t.Run(name, func(t *testing.T) {
			n := openNotebook(t, l, name, 1280, false)
			begin := time.Now()
			if err := n.RunAll(3*time.Minute, nil); err != nil {
				t.Fatal(err)
			}
			t.Logf("ran in %.0f s", time.Since(begin).Seconds())
			images := checkCells(t, n)
			if err := n.Save(); err != nil {
				t.Fatal(err)
			}
			shoot(t, n, name)
			checkExport(t, l, name, images)
		})
	}
}

func openNotebook(t *testing.T, l *Lab, name string, width int64, dark bool) *Notebook {
	t.Helper()
	n, closeTab, err := l.OpenNotebook(chromium, name+".ipynb", width, 900, dark)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, e := range n.Errors() {
			t.Errorf("JupyterLab complains: %s", e)
		}
		closeTab()
	})
	return n
}

// checkCells demands that every cell has run, that none failed, and that each program
// has shown something. It returns the number of images.
func checkCells(t *testing.T, n *Notebook) (images int) {
	t.Helper()
	cells, err := n.Cells()
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cells {
		if c.Count == 0 {
			t.Errorf("code cell %d did not run", i+1)
		}
		if strings.HasPrefix(c.Source, "%%") && len(c.Outputs) == 0 {
			t.Errorf("code cell %d shows nothing:\n%s", i+1, c.Source)
		}
		for _, o := range c.Outputs {
			if o.Type == "error" || o.Type == "stream" && o.Name == "stderr" {
				t.Errorf("code cell %d fails: %v %v\n%s", i+1, o.Error, o.Text, c.Source)
			}
			if _, ok := o.Data["image/png"]; ok {
				images++
			}
		}
	}
	if images == 0 {
		t.Error("no images")
	}
	return images
}

// checkExport demands that a saved notebook becomes a page with the same images which
// complains about nothing.
func checkExport(t *testing.T, l *Lab, name string, images int) {
	t.Helper()
	page, err := l.Export(t.Context(), name+".ipynb")
	if err != nil {
		t.Fatal(err)
	}
	tab, closeTab, err := Open(chromium, "file://"+page, 1280, 900, 1, false, false)
	if err != nil {
		t.Fatal(err)
	}
	defer closeTab()
	wait(t, tab, `document.readyState === "complete"`)
	shown := eval[int](t, tab, `[...document.images].filter(i => i.complete && i.naturalWidth > 0).length`)
	if shown < images {
		t.Errorf("the exported page shows %d images, the notebook %d", shown, images)
	}
	for _, e := range tab.Errors() {
		t.Errorf("the exported page complains: %s", e)
	}
	shoot(t, tab, name+"-export")
}

// shoot keeps a picture in $PNC_SHOTS, if that names a folder.
func shoot(t *testing.T, tab interface{ Screenshot(string) error }, name string) {
	t.Helper()
	if shots := os.Getenv("PNC_SHOTS"); shots != "" {
		if err := tab.Screenshot(filepath.Join(shots, name+".png")); err != nil {
			t.Error(err)
		}
	}
}
