package browser

import (
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pnclab/internal/notebook"
	"pnclab/internal/notebook/report"
	"pnclab/internal/provenance"
	"pnclab/pnc"
)

// hostile is text that does harm where it is taken for HTML, or for a formula's.
const hostile = `<script>window.harm = 1</script><img src=x onerror="window.harm = 1"> $\text{<script>window.harm = 1</script>}$`

// TestReportPages opens the pages of results, made of texts that try to run scripts: those
// of a report and that of measure. None runs outside of the cell that holds it, nothing is
// requested from elsewhere, and the policy of each page says so; what a cell shows runs.
func TestReportPages(t *testing.T) {
	folder := filepath.Join(dir, "report")
	cell := `<div id="own"></div><script>document.getElementById("own").textContent = "ran"; fetch("https://example.org/a").catch(() => {})</script>` +
		`<img src="https://example.org/b.png"><script src="https://example.org/c.js"></script><iframe src="https://example.org/d"></iframe>`
	rows := pnc.Verdicts{Data: hostile, Preset: "quick", InPlaceOf: hostile, Rows: []pnc.VerdictRow{{Quantity: hostile, Paper: hostile, Measured: 1, Tolerance: hostile, Verdict: pnc.Pass}}}
	nb := &notebook.Notebook{Path: "01_theorem.ipynb", Metadata: map[string]any{}, Cells: []*notebook.Cell{
		{Type: notebook.Markdown, Source: "# A title\n\nProse."},
		{Type: notebook.Code, Source: "%%\nshow(`" + hostile + "`)", Count: 1, Outputs: []*notebook.Output{
			{Type: notebook.Stream, Name: "stdout", Text: hostile},
			{Type: notebook.DisplayData, Data: map[string]any{"text/html": cell}},
			{Type: notebook.DisplayData, Data: map[string]any{"image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg"><script>parent.harm = 1</script></svg>`, "text/plain": hostile}},
		}},
	}}
	r, err := report.New(folder, hostile, provenance.Record{Version: hostile}, root, []*notebook.Notebook{nb})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add(&notebook.Run{Notebook: nb, Verdicts: []*pnc.Verdicts{&rows}}); err != nil {
		t.Fatal(err)
	}
	measured := filepath.Join(dir, "measured.html")
	features := filepath.Join(dir, "<img src=x onerror=harm=1>.safetensors")
	if err := os.WriteFile(features, smallFeatures(), 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("go", "run", ".", "measure", "--html", measured, features)
	command.Dir = root
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, page := range []struct {
		path string
		cell bool // that of the notebook
	}{{r.Index(), false}, {filepath.Join(folder, "01_theorem.html"), true}, {measured, false}} {
		t.Run(filepath.Base(page.path), func(t *testing.T) {
			address := "file://" + page.path
			tab, closeTab, err := Open(chromium, address, 1200, 900, 1, false, false)
			defer closeTab()
			if err != nil {
				t.Fatal(err)
			}
			wait(t, tab, `document.readyState === "complete" && document.querySelector('meta[http-equiv="Content-Security-Policy"]')`)
			if eval[bool](t, tab, "Boolean(window.harm)") {
				t.Error("a text has run as a script")
			}
			for _, request := range tab.Requests(address) {
				if strings.HasPrefix(request, "http") && !refused(tab, request) {
					t.Errorf("it requests %s", request)
				}
			}
			violations := 0
			for _, e := range tab.Errors() {
				if !strings.Contains(e, "Content Security Policy") {
					t.Errorf("it complains: %s", e)
				}
				violations++
			}
			if !page.cell {
				if violations > 0 {
					t.Errorf("its own parts are refused: %v", tab.Errors())
				}
				return
			}
			wait(t, tab, `document.getElementById("own").textContent === "ran"`)
			if violations < 4 {
				t.Errorf("%d of four requests of a cell are refused: %v", violations, tab.Errors())
			}
		})
	}
}

// refused reports whether the policy of the page refused a request.
func refused(tab *Tab, request string) bool {
	for _, e := range tab.Errors() {
		if strings.Contains(e, "Content Security Policy") && strings.Contains(e, request) {
			return true
		}
	}
	return false
}

// smallFeatures returns a file of features whose layer has a hostile name.
func smallFeatures() []byte {
	header := `{"<img src=x onerror=window.harm=1>":{"dtype":"F64","shape":[4,2],"data_offsets":[0,64]},"labels":{"dtype":"I64","shape":[4],"data_offsets":[64,96]}}`
	b := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	for i := range 8 {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(i*i%5)))
	}
	for _, k := range []uint64{0, 1, 1, 0} {
		b = binary.LittleEndian.AppendUint64(b, k)
	}
	return b
}
