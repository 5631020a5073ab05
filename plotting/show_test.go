package plotting

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pnclab/plotting/internal/gonb"
	"pnclab/pnc"
)

// sent shows items as in a notebook and returns the outputs.
func sent(t *testing.T, items ...any) []gonb.Output {
	t.Helper()
	var received []gonb.Output
	if err := show(notebook{send: func(o gonb.Output) { received = append(received, o) }}, items...); err != nil {
		t.Fatal(err)
	}
	return received
}

func TestShowFigure(t *testing.T) {
	f := Compression(Series("trained", []float64{8, 4, 2}))
	got := sent(t, f, f)
	if len(got) != 2 {
		t.Fatalf("%d outputs, want one per figure", len(got))
	}
	img := decoded(t, got[0].PNG)
	if w, h := img.Bounds().Dx(), img.Bounds().Dy(); w < 2*got[0].Width || w > 2*got[0].Width+2 || h < 2*got[0].Height || h > 2*got[0].Height+2 {
		t.Errorf("image of %d×%d pixels for a size of %d×%d, want twice as many", w, h, got[0].Width, got[0].Height)
	}
	if got := got[0].Text[gonb.Plain]; got != "Within-class compression over layers: trained." {
		t.Errorf("caption %q", got)
	}
	if got[0].Alt != f.Caption {
		t.Errorf("described as %q", got[0].Alt)
	}
	page := got[0].Text[gonb.HTML]
	encoded := base64.StdEncoding.EncodeToString(got[0].PNG)
	if !strings.Contains(page, `alt="Within-class compression over layers: trained."`) || !strings.Contains(page, encoded) {
		t.Errorf("HTML lacks the description or the image: %.200s", page)
	}
	show(notebook{send: func(o gonb.Output) {
		if o.Text[gonb.HTML] != "" || o.PNG == nil {
			t.Error("for a report a figure is not just an image")
		}
	}, headless: true}, f)
}

func someVerdicts() *pnc.Verdicts {
	v := pnc.NewVerdicts("nearly orthonormal <N=30>", "quick")
	v.Within("C_1/C_0", ".290", 0.2846, 0.2903, 0.01)
	v.AtLeast("R² of log C", "", 0.999, 0.99991)
	v.Note("slope of D", "", math.NaN(), -0.0045, "depends on the seed")
	return v
}

func TestShowVerdicts(t *testing.T) {
	got := sent(t, someVerdicts())
	if len(got) != 1 {
		t.Fatalf("%d outputs, want 1", len(got))
	}
	data := got[0].Text
	var back struct {
		Data, Preset string
		Rows         []struct {
			Quantity, Verdict   string
			Predicted, Measured *float64
		}
	}
	if err := json.Unmarshal([]byte(data[pnc.VerdictsMIME]), &back); err != nil {
		t.Fatal(err)
	}
	if len(back.Rows) != 3 || back.Preset != "quick" || back.Rows[0].Verdict != "fail" || *back.Rows[0].Predicted != 0.2846 || back.Rows[2].Predicted != nil {
		t.Errorf("JSON holds %+v", back)
	}
	html := data[gonb.HTML]
	for _, want := range []string{"C<sub>1</sub>/C<sub>0</sub>", "0.2903", ">fail<", ">pass<", ">note<", "&lt;N=30&gt;", "depends on the seed"} {
		if !strings.Contains(html, want) {
			t.Errorf("HTML lacks %q:\n%s", want, html)
		}
	}
	const want = `data: nearly orthonormal <N=30>, preset: quick
quantity      paper  predicted  measured  tolerance            verdict
C_1/C_0       .290   0.2846     0.2903    1 %                  fail
R^2 of log C                    0.99991   ≥ 0.999              pass
slope of D                      -0.0045   depends on the seed  note`
	if text := data[gonb.Plain]; text != want {
		t.Errorf("text\n%s\nwant\n%s", text, want)
	}
}

func TestShowText(t *testing.T) {
	for _, item := range []any{"a<b", time.Second, "the first line\nand a second"} {
		data := sent(t, item)[0].Text
		if html := data[gonb.HTML]; !strings.HasPrefix(html, "<pre style=\"white-space:pre-wrap;") || strings.Contains(html, "a<b") {
			t.Errorf("HTML %q", html)
		}
	}
	for text, want := range map[string]string{
		"θ, distance  0.5\nδ, balance   [1 2]":         `<td>θ, distance</td><td>0.5</td>|<td>δ, balance</td><td>[1 2]</td>`,
		"layer       C\n    0   13.13\n    1  3.8e-05": `<th>layer</th><th>C</th>|<td>0</td><td>13.13</td>|<td>1</td><td>3.8e-05</td>`,
	} {
		html := sent(t, text)[0].Text[gonb.HTML]
		var rows []string
		for _, row := range strings.Split(regexp.MustCompile(`<(t[dhr])[^>]*>`).ReplaceAllString(html, "<$1>"), "<tr>")[1:] {
			rows = append(rows, row[:strings.Index(row, "</tr>")])
		}
		if got := strings.Join(rows, "|"); got != want {
			t.Errorf("%q became %s, want %s", text, got, want)
		}
	}
	if html := sent(t, "title\na  b\nc  d")[0].Text[gonb.HTML]; !strings.HasPrefix(html, "<pre style=\"white-space:pre;overflow-x:auto") {
		t.Errorf("columns that are no table became %s", html)
	}
}

// TestShowEvaluation checks that the table has a row per layer and only columns with
// values, and says why others are missing.
func TestShowEvaluation(t *testing.T) {
	data, err := pnc.NearlyOrthonormal{Classes: 3, PerClass: 5, Dim: 20, Noise: 1}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	ev := pnc.Measure(pnc.Linear(3, 20).Build(data, pnc.Orthogonal(0.3), 1), data)
	ev.Layers[0].Name = "a<b"
	out := sent(t, ev)[0].Text
	page := out[gonb.HTML]
	main, variants, _ := strings.Cut(page, "<details>")
	for _, part := range []string{main, variants} {
		if rows := strings.Count(part, "<tr>"); rows != 1+len(ev.Layers) {
			t.Errorf("%d rows for %d layers", rows, len(ev.Layers))
		}
		if cells, heads := strings.Count(part, "<td"), strings.Count(part, "<th "); cells != heads*len(ev.Layers) {
			t.Errorf("%d cells under %d headings for %d layers", cells, heads, len(ev.Layers))
		}
	}
	for _, q := range pnc.Quantities() {
		defined := 0
		for _, m := range ev.Layers {
			if v := q.Of(m); !math.IsNaN(v) {
				defined++
				if !strings.Contains(page, fmt.Sprintf(">%.4g</td>", v)) {
					t.Errorf("%s = %.4g is missing", q.Name, v)
				}
			}
		}
		if has := strings.Contains(page, html.EscapeString(q.Title+" ("+q.Source+")")); has != (defined > 0) {
			t.Errorf("%s has a column: %v, and values in %d layers", q.Name, has, defined)
		}
	}
	if strings.Contains(page, "a<b") || !strings.Contains(page, "a&lt;b") || out[gonb.Plain] != ev.String() {
		t.Error("the name is not escaped, or the text is not that of the evaluation")
	}
	for name, why := range ev.Layers[0].Undefined {
		if q, err := pnc.QuantityNamed(name); err == nil && !q.Variant && !strings.Contains(page, html.EscapeString(why)) {
			t.Errorf("the page does not say that %s is undefined: %s", name, why)
		}
	}
}

func TestShowInTerminal(t *testing.T) {
	dir := t.TempDir()
	var out strings.Builder
	f := Compression(Series("trained", []float64{8, 4, 2}))
	a := Animate(2, func(int) (*Figure, string) { return f, "epoch" })
	if err := show(terminal{&out, dir}, f, a, someVerdicts()); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if ok, _ := regexp.MatchString(`figure-\d\d-compression.png$`, lines[0]); !ok {
		t.Errorf("first line %q", lines[0])
	}
	for _, path := range lines[:2] {
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("file %q: %v", path, err)
		}
	}
	if !strings.Contains(lines[3], "verdict") {
		t.Errorf("no table of verdicts in %q", lines)
	}
	missing := terminal{&out, filepath.Join(dir, "missing")}
	for _, item := range []any{f, a} {
		if err := show(missing, item); err == nil {
			t.Error("no error for a missing directory")
		}
	}
}

func TestSaveErrors(t *testing.T) {
	f := Compression(Series("trained", []float64{8, 4, 2}))
	for _, path := range []string{"x.gif", "x", filepath.Join(t.TempDir(), "missing", "x.png")} {
		if err := Save(f, path); err == nil {
			t.Errorf("Save to %s: no error", path)
		}
	}
}

func TestAnimation(t *testing.T) {
	snapshots := []pnc.Snapshot{
		{Epoch: 0, Evaluation: &pnc.Evaluation{Layers: []pnc.LayerMeasures{{Layer: 0, C: 8}, {Layer: 1, C: 7}}}},
		{Epoch: 9, Evaluation: &pnc.Evaluation{Layers: []pnc.LayerMeasures{{Layer: 0, C: 8}, {Layer: 1, C: 0.1}}}},
	}
	a := AnimateLayers(CompressionOf, snapshots)
	if x, y := a.frames[0].panels[0][0].Y, a.frames[1].panels[0][0].Y; x.Min != y.Min || x.Max != y.Max || y.Min > 0.1 {
		t.Errorf("frames have the axes [%g, %g] and [%g, %g]", x.Min, x.Max, y.Min, y.Max)
	}
	page, err := a.HTML()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(page, "data:image/png;base64,"); n != 2 {
		t.Errorf("%d images, want 2", n)
	}
	for _, want := range []string{`["epoch 0","epoch 9"]`, `max="1"`, "aria-label"} {
		if !strings.Contains(page, want) {
			t.Errorf("page lacks %s", want)
		}
	}
	for _, external := range []string{"http:", "https:", " src=\"/", "import "} {
		if strings.Contains(page, external) {
			t.Errorf("page is not self-contained: %s", external)
		}
	}
	if again, _ := a.HTML(); again != page {
		t.Error("the same animation gives a different page")
	}
	if got := sent(t, a)[0].Text[gonb.Plain]; !strings.Contains(got, "2 frames, from epoch 0 to epoch 9") {
		t.Errorf("caption %q", got)
	}
}

func TestLiveProgress(t *testing.T) {
	var pages []string
	var line string
	synced := 0
	r := &liveProgress{title: "xi < 1", update: func(page, text string) { pages, line = append(pages, page), text }, sync: func() { synced++ }}
	for epoch := range 1000 { // faster than anyone can see
		if err := r.Record(&pnc.TrainingState{Epoch: epoch, Epochs: 1000}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Record(&pnc.TrainingState{Epoch: 1000, Epochs: 1000, Done: true, Status: pnc.EpochLimit}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(line, "xi < 1: ") || !strings.Contains(line, "epoch limit") {
		t.Errorf("last line %q", line)
	}
	last := pages[len(pages)-1]
	if len(pages) > 100 || synced != 1 || !strings.Contains(last, "epoch limit") || !strings.Contains(last, "width:100.0%") || !strings.Contains(last, "xi &lt; 1") {
		t.Errorf("%d updates, %d syncs, last %q", len(pages), synced, last)
	}
}

// decoded returns the image that a PNG holds.
func decoded(t *testing.T, b []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}
