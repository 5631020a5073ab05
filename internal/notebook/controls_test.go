package notebook

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// moving is a cell that declares what the cells after it call.
const moving = `import (
	"os"

	"pnclab/plotting"
	"pnclab/pnc"
)

func experiment() pnc.Experiment {
	return pnc.Experiment{Data: pnc.NearlyOrthonormal{Classes: 3, PerClass: 4, Dim: 12, Noise: 1}, Net: pnc.Linear(4, 12), Init: pnc.Orthogonal(0.3),
		Train: pnc.Settings{LearningRate: 0.1, Alpha: 100, Epochs: 500}, Seed: 1}
}

func interact() {
	data := pnc.Must(experiment().Dataset())
	plotting.Interact(func(v plotting.Values) *plotting.Figure {
		law := pnc.Law{Depth: v.Int("depth"), Scale: v.Float("ξ"), Alpha: 100}
		return plotting.Compression(plotting.Predicted("closed form", pnc.Predict(data, law)))
	}, plotting.Int("depth", 2, 4, 3), plotting.Float("ξ", 0.05, 1, 0.3).Log())
}`

// TestControls runs cells with controls where nobody can move them: they end, with
// something that can be moved without a kernel, or that has run to its end.
func TestControls(t *testing.T) {
	opt := options(t)
	nb := cells(moving, `%%
interact()`, `%%
trainer := pnc.Must(pnc.NewTrainer(experiment().Net.Build(pnc.Must(experiment().Dataset()), experiment().Init, 1), pnc.Must(experiment().Dataset()), &pnc.Settings{LearningRate: 0.1, Alpha: 100, Epochs: 500}))
res := pnc.Must(plotting.Live(trainer))
plotting.Show(res.Status)`, `%%
// The kernel has a server's name for itself and nobody has said that there is no page:
// the program asks, and the kernel tries to reach one for three seconds.
os.Unsetenv("PNCLAB_HEADLESS")
interact()`)
	run := Execute(t.Context(), nb, opt)
	if run.Err != nil {
		t.Fatal(run.Err)
	}
	t.Logf("the cells took %v", run.CellTimes)
	code := nb.CodeCells()
	for _, i := range []int{2, 4} {
		// The kernel's script, which would have connected a page and removed itself, stays.
		o := slices.DeleteFunc(slices.Clone(code[i].Outputs), func(o *Output) bool {
			page, _ := o.Data["text/html"].(string)
			return strings.HasPrefix(page, "<script>") && strings.Contains(page, "gonb_comm")
		})
		if len(o) != 1 {
			t.Fatalf("cell %d has %d outputs, want 1: %+v", i, len(o), o)
		}
		page, _ := o[0].Data["text/html"].(string)
		if n := strings.Count(page, `type="range"`); n != 2 || !strings.Contains(page, "data:image/png;base64,") || strings.Contains(page, "<fieldset") {
			t.Errorf("cell %d: %d sliders in a page of %d bytes", i, n, len(page))
		}
		if text, _ := o[0].Data["text/plain"].(string); !strings.Contains(text, "depth = 3, ξ = 0.3") || o[0].Data["image/png"] == nil {
			t.Errorf("cell %d: text %q, and an image: %v", i, text, o[0].Data["image/png"] != nil)
		}
	}
	live := code[3].Outputs
	if len(live) != 3 {
		t.Fatalf("Live has %d outputs, want a line, a figure and the status", len(live))
	}
	line, _ := live[0].Data["text/plain"].(string)
	if ok, _ := regexp.MatchString(`^epoch 500/500 .* epoch limit after`, line); !ok {
		t.Errorf("Live says %q", line)
	}
	if live[1].Data["image/png"] == nil || live[2].Data["text/plain"] != "epoch limit" {
		t.Errorf("Live shows %v", live)
	}
}
