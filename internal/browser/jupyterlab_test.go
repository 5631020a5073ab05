package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestNotebooks runs notebooks whole in JupyterLab: no cell may fail, and every program
// must have shown something. Cells with controls are moved once, and ended. Notebook 12,
// which has controls and the playground, is exported as HTML too, which must open without
// complaints and train.
func TestNotebooks(t *testing.T) {
	l := lab(t)
	for _, name := range []string{"00_quick_tour", "01_theorem", "12_teach"} {
		t.Run(name, func(t *testing.T) {
			n := openNotebook(t, l, name, 1280, false)
			begin, moved := time.Now(), 0
			err := n.RunAll(4*time.Minute, func() error {
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
			if name != "12_teach" {
				return
			}
			export := checkExport(t, l, name, images)
			if moved != 8 {
				t.Errorf("%d of the notebook's eight questions had controls", moved)
			}
			if err := n.Show(playgroundCell(t, n)); err != nil {
				t.Error(err)
			}
			for where, tab := range map[string]*Tab{"in JupyterLab": n.Tab, "in the exported notebook": export} {
				frame := sandboxed(t, tab)
				done(t, frame)
				compare(t, "the playground "+where, show(t, frame))
				for _, e := range frame.Errors() {
					t.Errorf("%s the playground complains: %s", where, e)
				}
				// A frame is painted where it is visible.
				eval[any](t, tab, `void(document.querySelector("iframe[sandbox]").scrollIntoView())`)
				shoot(t, visible{tab}, "playground-"+strings.ReplaceAll(where, " ", "-"))
			}
		})
	}
}

// playgroundCell returns the index, among all cells, of the one with the playground.
func playgroundCell(t *testing.T, n *Notebook) int {
	t.Helper()
	return eval[int](t, n.Tab, panel+`.content.widgets.findIndex(w => w.model.sharedModel.getSource().includes("plotting.Playground("))`)
}

// moveAndEnd moves the first control, waits until what was shown before is replaced, and
// ends the cell.
func moveAndEnd(t *testing.T, n *Notebook) error {
	t.Helper()
	cell := eval[int](t, n.Tab, codeCells+`.findIndex(c => c.executionState !== "idle")`)
	image := fmt.Sprintf(`%s[%d].outputs.toJSON().findLast(o => o.data && o.data["image/png"])?.data["image/png"]`, codeCells, cell)
	wait(t, n.Tab, image)
	eval[any](t, n.Tab, "void(globalThis.before = "+image+")")
	key := map[string]string{"0": kb.End, "checkbox": " "}[eval[string](t, n.Tab, `(e => e.focus() || (e.type === "range" ? e.value : e.type))(`+controls+`.querySelector("input"))`)]
	if key == "" {
		key = kb.Home
	}
	if err := chromedp.Run(n, chromedp.KeyEvent(key)); err != nil {
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

// openNotebook opens a notebook and at the end of the test demands that JupyterLab
// complained about nothing but what is known.
func openNotebook(t *testing.T, l *Lab, name string, width int64, dark bool, known ...string) *Notebook {
	t.Helper()
	n, closeTab, err := l.OpenNotebook(chromium, name+".ipynb", width, 900, dark)
	if err != nil {
		t.Fatal(err)
	}
	// On a busy machine plugins of JupyterLab take too long to activate, and the kernel's
	// script gives its connection up, which ours then replaces.
	known = append(known, "Plugin @jupyterlab/", "gonb_comm")
	t.Cleanup(func() {
		if t.Failed() {
			shoot(t, n, name+"-failed")
		}
		for _, e := range n.Errors() {
			if !slices.ContainsFunc(known, func(k string) bool { return strings.Contains(e, k) }) {
				t.Errorf("JupyterLab complains: %s", e)
			}
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

// visible is the part of a page that is visible.
type visible struct{ *Tab }

func (v visible) Screenshot(file string) error {
	if err := chromedp.Run(v, page.BringToFront()); err != nil {
		return err
	}
	time.Sleep(2 * time.Second) // what has just been scrolled to is painted later
	var b []byte
	if err := chromedp.Run(v, chromedp.CaptureScreenshot(&b)); err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o644)
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

// TestPrefix moves a control where JupyterLab's addresses begin with those of a hub.
func TestPrefix(t *testing.T) {
	if jupyter == "" {
		t.Skip("no JupyterLab")
	}
	own := t.TempDir()
	if err := os.Mkdir(filepath.Join(own, "notebooks"), 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := StartLab(t.Context(), jupyter, root, own, "/user/teacher/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Stop)
	writeNotebook(t, l, "interact", append(interactCells[:3:3], interactCells[4]))
	// The kernel's own script knows no prefix and says so; ours then connects by itself.
	n := openNotebook(t, l, "interact", 1280, false, "WebSocket connection to 'ws://"+strings.TrimPrefix(strings.TrimSuffix(l.Address, "/user/teacher/"), "http://")+"/api/kernels")
	err = n.RunAll(time.Minute, func() error {
		if !eval[bool](t, n.Tab, "Boolean("+controls+")") {
			return nil
		}
		return moveAndEnd(t, n)
	})
	if err != nil {
		t.Fatal(err)
	}
	checkCells(t, n, 1)
}

// TestUntrusted opens an executed notebook that JupyterLab does not trust, as one that
// was sent by somebody: figures are there, the playground is not, and nothing fails.
func TestUntrusted(t *testing.T) {
	l := lab(t)
	b, err := os.ReadFile(filepath.Join(l.notebooks(), "12_teach.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), `title=\"playground\"`) {
		t.Skip("notebook 12 has not been run")
	}
	sent := strings.Replace(string(b), "Predict, then check", "Predict, then check (sent)", 1) // its signature is that of other cells
	if err := os.WriteFile(filepath.Join(l.notebooks(), "sent.ipynb"), []byte(sent), 0o644); err != nil {
		t.Fatal(err)
	}
	n := openNotebook(t, l, "sent", 1280, false)
	cell := playgroundCell(t, n)
	if err := n.Show(cell); err != nil {
		t.Fatal(err)
	}
	node := fmt.Sprintf(`%s.content.widgets[%d].node`, panel, cell)
	wait(t, n.Tab, `[...`+node+`.querySelectorAll("img")].some(i => i.complete && i.naturalWidth > 0)`)
	if n := eval[int](t, n.Tab, node+`.querySelectorAll("iframe").length`); n != 0 {
		t.Error("the notebook is trusted; the test shows nothing")
	}
	shoot(t, n, "untrusted")
}

// TestNarrow shows controls in a narrow, dark window: nothing may be cut off.
func TestNarrow(t *testing.T) {
	l := lab(t)
	writeNotebook(t, l, "narrow", interactCells[:4])
	n := openNotebook(t, l, "narrow", 600, true)
	eval[any](t, n.Tab, `void(jupyterapp.shell.collapseLeft())`)
	if err := n.Menu("Run", "Run All Cells"); err != nil {
		t.Fatal(err)
	}
	wait(t, n.Tab, controls)
	follows(t, n, 3)
	if out := eval[[]string](t, n.Tab, `(box => { const right = box.closest(".jp-OutputArea-output").getBoundingClientRect().right + 1;
		return [...box.querySelectorAll("input, select, button, output, span")].filter(e => e.getBoundingClientRect().right > right).map(e => e.outerHTML); })(`+controls+`)`); len(out) > 0 {
		t.Errorf("cut off on the right: %v", out)
	}
	shoot(t, n, "narrow-dark")
	if err := n.clickOn(controls + `.querySelector("button")`); err != nil {
		t.Fatal(err)
	}
	wait(t, n.Tab, codeCells+`[3].executionState === "idle"`)
	shoot(t, n, "narrow-dark-done")
}
