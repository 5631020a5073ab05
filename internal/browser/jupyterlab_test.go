package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestNotebooks runs notebooks whole in JupyterLab: no cell may fail, every program must
// have shown something, and the saved notebook, exported as HTML, must open without
// complaints. Cells with controls are moved once, and ended.
func TestNotebooks(t *testing.T) {
	l := lab(t)
	for _, name := range []string{"00_quick_tour", "01_theorem", "12_teach"} {
		t.Run(name, func(t *testing.T) {
			n := openNotebook(t, l, name, 1280, false)
			begin, moved := time.Now(), 0
			err := n.RunAll(3*time.Minute, func() error {
				if !eval[bool](t, n.Tab, "Boolean("+controls+")") {
					return nil
				}
				moved++
				return moveAndEnd(t, n)
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("ran in %.0f s", time.Since(begin).Seconds())
			images := checkCells(t, n, moved)
			if err := n.Save(); err != nil {
				t.Fatal(err)
			}
			shoot(t, n, name)
			export := checkExport(t, l, name, images)
			if name != "12_teach" {
				return
			}
			if moved != 8 {
				t.Errorf("%d of the notebook's eight questions had controls", moved)
			}
			for where, tab := range map[string]*Tab{"in JupyterLab": n.Tab, "in the exported notebook": export} {
				page := sandboxed(t, tab)
				done(t, page)
				compare(t, "the playground "+where, show(t, page))
				for _, e := range page.Errors() {
					t.Errorf("%s the playground complains: %s", where, e)
				}
			}
		})
	}
}

// moveAndEnd moves the first control, waits until what was shown before is replaced, and
// ends the cell.
func moveAndEnd(t *testing.T, n *Notebook) error {
	t.Helper()
	cell := eval[int](t, n.Tab, codeCells+`.findIndex(c => c.executionState !== "idle")`)
	image := fmt.Sprintf(`%s[%d].outputs.toJSON().findLast(o => o.data && o.data["image/png"])?.data["image/png"]`, codeCells, cell)
	wait(t, n.Tab, image)
	eval[any](t, n.Tab, "void(globalThis.before = "+image+")")
	if err := chromedp.Run(n, chromedp.Evaluate(controls+`.querySelector("input").focus()`, nil), chromedp.KeyEvent(kb.ArrowLeft), chromedp.KeyEvent(kb.ArrowLeft),
		chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(" ")); err != nil {
		return err
	}
	wait(t, n.Tab, image+" !== before")
	if err := n.clickOn(controls + `.querySelector("button")`); err != nil {
		return err
	}
	if err := n.Wait(fmt.Sprintf(`%s[%d].executionState === "idle"`, codeCells, cell), 20*time.Second); err != nil {
		t.Log(eval[string](t, n.Tab, `JSON.stringify([...document.querySelectorAll(".pnclab-controls")].map(b => [b.dataset.pnclab, b.isConnected, b.querySelector("fieldset")?.disabled, b.querySelector("[role=status]")?.textContent]))`))
		return err
	}
	return nil
}

func openNotebook(t *testing.T, l *Lab, name string, width int64, dark bool) *Notebook {
	t.Helper()
	n, closeTab, err := l.OpenNotebook(chromium, name+".ipynb", width, 900, dark)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			shoot(t, n, name+"-failed")
		}
		for _, e := range n.Errors() {
			t.Errorf("JupyterLab complains: %s", e)
		}
		closeTab()
	})
	return n
}

// checkCells demands that every cell has run, that none failed, and that each program
// has shown something; and that as many as were ended say so. It returns the number of
// images.
func checkCells(t *testing.T, n *Notebook, ended int) (images int) {
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
			if strings.HasSuffix(strings.Join(lines(o.Data["text/plain"]), ""), " (done; run the cell again to move it)") {
				ended--
			}
		}
	}
	if ended != 0 {
		t.Errorf("%d cells were ended without saying so", ended)
	}
	if images == 0 {
		t.Error("no images")
	}
	return images
}

// checkExport demands that a saved notebook becomes a page with the same images which
// complains about nothing, and returns its tab.
func checkExport(t *testing.T, l *Lab, name string, images int) *Tab {
	t.Helper()
	page, err := l.Export(t.Context(), name+".ipynb")
	if err != nil {
		t.Fatal(err)
	}
	tab, closeTab, err := Open(chromium, "file://"+page, 1280, 900, 1, false, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeTab)
	wait(t, tab, `document.readyState === "complete"`)
	shown := eval[int](t, tab, `[...document.images].filter(i => i.complete && i.naturalWidth > 0).length`)
	if shown < images {
		t.Errorf("the exported page shows %d images, the notebook %d", shown, images)
	}
	for _, e := range tab.Errors() {
		t.Errorf("the exported page complains: %s", e)
	}
	shoot(t, tab, name+"-export")
	return tab
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
