package browser

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// interactCells make a notebook whose figures say in their captions, which the notebook
// stores, for which values they were drawn.
var interactCells = []string{
	"!*test -f go.work || go work init . \"${GONB_DIR}/..\"\n%noautoget",
	"import (\n\t\"time\"\n\n\t\"pnclab/plotting\"\n)",
	`func draw(v plotting.Values) *plotting.Figure {
	time.Sleep(time.Duration(v.Int("pause")) * time.Millisecond)
	return plotting.Row(
		plotting.Compression(plotting.Expected("C", []float64{1, v.Float("ξ")})),
		plotting.Discrimination(plotting.Expected("D", []float64{0, v.Float("ξ")})),
	).Captioned(v.String())
}`,
	`%%
plotting.Interact(draw, plotting.Float("ξ", 0.05, 1, 0.3).Log(), plotting.Int("pause", 0, 300, 0),
	plotting.Choice("data", "digits", "blobs"), plotting.Toggle("BatchNorm", true))`,
	`%%
plotting.Interact(draw, plotting.Float("ξ", 0.05, 1, 0.3).Log(), plotting.Int("pause", 0, 300, 0))`,
}

// writeNotebook writes a notebook of code cells into the folder that JupyterLab shows.
func writeNotebook(t *testing.T, l *Lab, name string, sources []string) {
	t.Helper()
	var cells []map[string]any
	for i, s := range sources {
		cells = append(cells, map[string]any{"cell_type": "code", "id": fmt.Sprintf("cell-%d", i), "metadata": map[string]any{}, "execution_count": nil, "outputs": []any{}, "source": s})
	}
	b, err := json.Marshal(map[string]any{"cells": cells, "nbformat": 4, "nbformat_minor": 5,
		"metadata": map[string]any{"kernelspec": map[string]any{"name": "gonb", "display_name": "Go (pnclab)", "language": "go"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(l.notebooks(), name+".ipynb"), b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// controls is a JavaScript expression for the controls that can be moved at present.
const controls = `[...document.querySelectorAll(".pnclab-controls")].find(b => b.querySelector("button") && !b.querySelector("fieldset").disabled)`

// figureOf is a JavaScript expression for the caption of the last figure of a code cell.
func figureOf(cell int) string {
	return fmt.Sprintf(`(%s[%d].outputs.toJSON().findLast(o => o.data && o.data["image/png"])?.data["text/plain"] ?? "")`, codeCells, cell)
}

// values is a JavaScript expression for the text that Interact would have for what the
// controls say: "ξ = 0.3, pause = 0, data: digits, BatchNorm: on".
const values = `[...` + controls + `.querySelectorAll("label")].map(l => {
	const name = l.querySelector("span").textContent, range = l.querySelector("input[type=range]"), select = l.querySelector("select");
	return range ? name + " = " + l.querySelector("output").textContent : select ? name + ": " + select.selectedOptions[0].textContent : name + ": " + (l.querySelector("input").checked ? "on" : "off");
}).join(", ")`

// follows waits until the figure is that of the controls, and returns how long that took.
func follows(t *testing.T, n *Notebook, cell int) time.Duration {
	t.Helper()
	begin := time.Now()
	if err := n.Wait(figureOf(cell)+" === "+values, 10*time.Second); err != nil {
		t.Fatalf("%v: the controls say %q, the figure %q", err, eval[string](t, n.Tab, values), eval[string](t, n.Tab, figureOf(cell)))
	}
	return time.Since(begin)
}

// TestInteract moves controls in a live notebook by mouse and keyboard; ends one cell by
// the stop button and another by Done; and looks for the last state in what is saved and
// exported.
func TestInteract(t *testing.T) {
	l := lab(t)
	writeNotebook(t, l, "interact", interactCells)
	n := openNotebook(t, l, "interact", 1280, false)
	if err := n.Menu("Run", "Run All Cells"); err != nil {
		t.Fatal(err)
	}
	const first, second = 3, 4 // code cells
	wait(t, n.Tab, controls)
	follows(t, n, first)
	shoot(t, n, "interact")

	// One press of the mouse.
	slider := func(name string) string {
		return fmt.Sprintf(`[...%s.querySelectorAll("label")].find(l => l.querySelector("span").textContent === %q).querySelector("input, select")`, controls, name)
	}
	for _, share := range []float64{.9, .2, .7} {
		if err := n.press(slider("ξ"), share, func(x, y float64) error { return chromedp.Run(n, chromedp.MouseClickXY(x, y)) }); err != nil {
			t.Fatal(err)
		}
		t.Logf("redrawn within %v of a press of the mouse", follows(t, n, first).Round(time.Millisecond))
	}

	// A drag from left to right: never an older value after a newer one, and the last stays.
	eval[any](t, n.Tab, fmt.Sprintf(`(() => { globalThis.seen = []; %s[%d].outputs.changed.connect(() => { const c = %s; if (c !== seen.at(-1)) seen.push(c); }); })()`, codeCells, first, figureOf(first)))
	for _, pause := range []string{"0", "60"} {
		if pause != "0" { // milliseconds that each figure takes
			eval[any](t, n.Tab, fmt.Sprintf(`(e => { e.value = %s; e.dispatchEvent(new Event("input")); })(%s)`, pause, slider("pause")))
			follows(t, n, first)
		}
		drag(t, n, slider("ξ"), 0.02, 0.98, 60)
		took := follows(t, n, first)
		time.Sleep(500 * time.Millisecond)
		follows(t, n, first)
		seen := eval[[]string](t, n.Tab, `seen.splice(0)`)
		var xi []float64
		for _, s := range seen {
			var v float64
			if _, err := fmt.Sscanf(s, "ξ = %g,", &v); err == nil {
				xi = append(xi, v)
			}
		}
		if len(xi) > 2 && pause == "60" {
			xi = xi[1:] // that of the pause
		}
		t.Logf("a drag of 60 steps, each figure made to take %s ms more, showed %d figures, the last %v after it", pause, len(xi), took.Round(time.Millisecond))
		if len(xi) < 3 {
			t.Errorf("a drag showed only %v", seen)
		} else if !slices.IsSorted(xi[1:]) {
			t.Errorf("the figures of a drag to the right are out of order: %v", xi)
		}
		drag(t, n, slider("ξ"), 0.98, 0.02, 3)
		follows(t, n, first)
		eval[any](t, n.Tab, `seen.splice(0)`)
	}

	// Keys, which JupyterLab must not take for its own.
	cell := eval[int](t, n.Tab, panel+`.content.activeCellIndex`)
	before := eval[string](t, n.Tab, values)
	if err := chromedp.Run(n, chromedp.Evaluate(slider("ξ")+".focus()", nil),
		chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.ArrowRight)); err != nil {
		t.Fatal(err)
	}
	if after := eval[string](t, n.Tab, values); after == before {
		t.Errorf("arrow keys leave the slider at %s", after)
	}
	follows(t, n, first)
	for _, name := range []string{"data", "BatchNorm"} {
		before = eval[string](t, n.Tab, values)
		if err := chromedp.Run(n, chromedp.Evaluate(slider(name)+".focus()", nil), chromedp.KeyEvent(map[string]string{"data": kb.ArrowDown, "BatchNorm": " "}[name])); err != nil {
			t.Fatal(err)
		}
		if after := eval[string](t, n.Tab, values); after == before {
			t.Errorf("keys leave %s as it is: %s", name, after)
		}
		follows(t, n, first)
	}
	if now := eval[int](t, n.Tab, panel+`.content.activeCellIndex`); now != cell {
		t.Errorf("keys for a control moved the notebook from cell %d to %d", cell, now)
	}

	// The stop button ends the first, and only what Interact says remains.
	last := eval[string](t, n.Tab, values)
	if err := n.clickOn(`document.querySelector('.jp-NotebookPanel-toolbar [data-jp-item-name="interrupt"] jp-button, .jp-NotebookPanel-toolbar [data-jp-item-name="interrupt"] button')`); err != nil {
		t.Fatal(err)
	}
	wait(t, n.Tab, fmt.Sprintf(`%s[%d].executionState === "idle"`, codeCells, first))
	checkEnd(t, n, first, last, "stopped")
	shoot(t, n, "interact-stopped")

	// An interrupt clears what waits: the second cell is run on its own, and ends by Done.
	if state := eval[string](t, n.Tab, fmt.Sprintf(`%s[%d].executionState`, codeCells, second)); state == "idle" {
		eval[any](t, n.Tab, fmt.Sprintf(`(() => { %s.content.activeCellIndex = %d; })()`, panel, second))
		if err := n.Menu("Run", "Run Selected Cell and Do not Advance"); err != nil {
			t.Fatal(err)
		}
	}
	wait(t, n.Tab, controls)
	follows(t, n, second)
	drag(t, n, slider("ξ"), 0.5, 0.8, 10)
	follows(t, n, second)
	last = eval[string](t, n.Tab, values)
	if err := n.clickOn(controls + `.querySelector("button")`); err != nil {
		t.Fatal(err)
	}
	wait(t, n.Tab, fmt.Sprintf(`%s[%d].executionState === "idle"`, codeCells, second))
	checkEnd(t, n, second, last, "done")

	// What is saved is the last state.
	if err := n.Save(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(l.notebooks(), "interact.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(b); !strings.Contains(text, last+" (done; run the cell again to move it)") || strings.Count(text, `"image/png": "`) != 2 {
		t.Errorf("the saved notebook does not hold %q and two images", last)

	}
	checkExport(t, l, "interact", 2)
}

// drag moves the thumb of a slider from one share of its width to another.
func drag(t *testing.T, n *Notebook, slider string, from, to float64, steps int) {
	t.Helper()
	var x0, x1, y0 float64
	for share, x := range map[float64]*float64{from: &x0, to: &x1} {
		if err := n.press(slider, share, func(x1, y float64) error { *x, y0 = x1, y; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	held := func(p *input.DispatchMouseEventParams) *input.DispatchMouseEventParams {
		return p.WithButton(input.Left).WithButtons(1)
	}
	actions := []chromedp.Action{chromedp.MouseEvent(input.MousePressed, x0, y0, chromedp.ButtonLeft)}
	for i := range steps {
		actions = append(actions, chromedp.MouseEvent(input.MouseMoved, x0+(x1-x0)*float64(i+1)/float64(steps), y0, held))
	}
	actions = append(actions, chromedp.MouseEvent(input.MouseReleased, x1, y0, chromedp.ButtonLeft))
	if err := chromedp.Run(n, actions...); err != nil {
		t.Fatal(err)
	}
}

// checkEnd demands that a cell of Interact ended with one line that says where the
// controls were and why it ended, and with the figure for them.
func checkEnd(t *testing.T, n *Notebook, cell int, last, why string) {
	t.Helper()
	line := last + " (" + why + "; run the cell again to move it)"
	cells, err := n.Cells()
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, o := range cells[cell].Outputs {
		kinds = append(kinds, fmt.Sprint(o.Type, " ", slices.Sorted(maps.Keys(o.Data)), " ", o.Data["text/plain"], o.Text, o.Error))
	}
	// The kernel leaves an empty output where its script for the page was.
	outputs := slices.DeleteFunc(cells[cell].Outputs, func(o Output) bool {
		return len(o.Data) == 1 && o.Data["text/html"] != nil && strings.Join(lines(o.Data["text/html"]), "") == ""
	})
	if len(outputs) != 2 || outputs[0].Data["text/plain"] != line || outputs[1].Data["image/png"] == nil || outputs[1].Data["text/plain"] != last {
		t.Errorf("after it was %s, the cell shows %q, want %q and the figure for it", why, kinds, line)
	}
}

// lines returns the lines of a text in a notebook, which may be one string or several.
func lines(text any) (all []string) {
	switch text := text.(type) {
	case string:
		return []string{text}
	case []any:
		for _, line := range text {
			all = append(all, fmt.Sprint(line))
		}
	}
	return all
}
