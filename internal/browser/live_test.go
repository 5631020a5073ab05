package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// liveCells make a notebook in which a network trains until it is stopped.
var liveCells = append(interactCells[:1:1],
	"import (\n\t\"fmt\"\n\n\t\"pnclab/plotting\"\n\t\"pnclab/pnc\"\n)",
	`%%
data := pnc.Must(pnc.NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1}.Generate(1))
net := pnc.Linear(6, 50).Build(data, pnc.Orthogonal(0.3), 1)
trainer := pnc.Must(pnc.NewTrainer(net, data, &pnc.Settings{LearningRate: 1e-5, Epochs: 1e8}))
result, err := plotting.Live(trainer)
fmt.Printf("%v epochs, status %d, error %v", result.Epochs > 2, result.Status, err)`,
)

// TestLive watches a training run in a notebook, pauses it, lets it continue and stops it.
func TestLive(t *testing.T) {
	l := lab(t)
	writeNotebook(t, l, "live", liveCells)
	n := openNotebook(t, l, "live", 1280, false)
	if err := n.Menu("Run", "Run All Cells"); err != nil {
		t.Fatal(err)
	}
	const cell = 2
	wait(t, n.Tab, controls)
	button := func(name string) string {
		return fmt.Sprintf(`[...%s.querySelectorAll("button")].find(b => b.textContent === %q)`, controls, name)
	}
	image := fmt.Sprintf(`(%s[%d].outputs.toJSON().findLast(o => o.data && o.data["image/png"])?.data["image/png"] ?? "")`, codeCells, cell)
	changes := func() {
		t.Helper()
		eval[any](t, n.Tab, "void(globalThis.before = "+image+")")
		wait(t, n.Tab, image+" !== before")
	}
	changes()
	changes()
	shoot(t, n, "live")
	if err := n.clickOn(button("Pause")); err != nil {
		t.Fatal(err)
	}
	wait(t, n.Tab, button("Continue"))
	time.Sleep(time.Second) // what was being drawn arrives
	eval[any](t, n.Tab, "void(globalThis.before = "+image+")")
	time.Sleep(1500 * time.Millisecond)
	if eval[bool](t, n.Tab, image+" !== before") {
		t.Error("the figure changes although training is paused")
	}
	if err := n.clickOn(button("Continue")); err != nil {
		t.Fatal(err)
	}
	changes()
	if err := n.clickOn(button("Stop")); err != nil {
		t.Fatal(err)
	}
	wait(t, n.Tab, fmt.Sprintf(`%s[%d].executionState === "idle"`, codeCells, cell))
	cells, err := n.Cells()
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, o := range cells[cell].Outputs {
		text += strings.Join(lines(o.Text), "") + strings.Join(lines(o.Data["text/plain"]), "") + o.Error + "\n"
	}
	if !strings.Contains(text, "true epochs, status 0, error <nil>") {
		t.Errorf("a stopped run leaves %q", text)
	}
	t.Logf("after Stop the cell says %q", text)
	shoot(t, n, "live-stopped")
}
