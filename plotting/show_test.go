package plotting

import (
	"bytes"
	"encoding/json"
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
	if err := show(notebook{func(o gonb.Output) { received = append(received, o) }}, items...); err != nil {
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
	ev := &pnc.Evaluation{Layers: []pnc.LayerMeasures{{Name: "a<b", C: 1}}}
	for _, item := range []any{ev, "a<b", time.Second} {
		data := sent(t, item)[0].Text
		if html := data[gonb.HTML]; !strings.HasPrefix(html, "<pre>") || strings.Contains(html, "a<b") {
			t.Errorf("HTML %q", html)
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
