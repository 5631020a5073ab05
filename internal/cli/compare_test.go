package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCompare compares two networks: the ratio of C is that of the values of measure.
func TestCompare(t *testing.T) {
	const seed = 11
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	x, y := randomSet(rnd, 60, .1), randomSet(rnd, 30, .3)
	a, b := x.write(t, filepath.Join(dir, "a.npz")), y.write(t, filepath.Join(dir, "b.npz"))
	figure := filepath.Join(dir, "both.svg")
	out, err := run("compare", "--figure", figure, a, b)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%.4g  %.4g  %.4g", x.c(x.one), y.c(y.one), y.c(y.one)/x.c(x.one))
	if fields := strings.Join(strings.Fields(out), "  "); !strings.Contains(fields, want) || !strings.Contains(out, "A = a.npz, B = b.npz") {
		t.Errorf("printed %s, want %s", out, want)
	}
	if strings.Contains(out, "-: ") {
		t.Errorf("something is undefined: %s", out)
	}
	zero := y.write(t, filepath.Join(dir, "zero.npz"), "layer3", npy("<f8", "(30, 2)", make([]float64, 60)))
	if out, err = run("compare", "--only", "C", a, zero); err != nil || !strings.Contains(out, "-: B: C: the class means coincide up to rounding (layer3)\n") {
		t.Errorf("without the reason: %s, %v", out, err)
	}
	if svg, err := os.ReadFile(figure); err != nil || !bytes.Contains(svg, []byte("<svg")) {
		t.Errorf("figure: %v", err)
	}
}

// TestMeasurePage checks the figure and the page: self-contained, with every layer, the
// reason for what is undefined, and the numbers as JSON that can be read back; names
// are text and not HTML.
func TestMeasurePage(t *testing.T) {
	const seed = 12
	t.Logf("seed %d", seed)
	s := randomSet(rand.New(rand.NewPCG(seed, 0)), 30, .2)
	dir := t.TempDir()
	path := s.write(t, filepath.Join(dir, "a&b.npz"), "zero<i>", npy("<f8", "(30, 2)", make([]float64, 60)))
	for _, ext := range []string{".svg", ".png", ".pdf"} {
		if _, err := run("measure", "--figure", filepath.Join(dir, "f"+ext), "--bootstrap", "20", path); err != nil {
			t.Errorf("%s: %v", ext, err)
		}
		if info, err := os.Stat(filepath.Join(dir, "f"+ext)); err != nil || info.Size() < 1000 {
			t.Errorf("%s: %v", ext, err)
		}
	}
	if _, err := run("measure", "--figure", filepath.Join(dir, "f.gif"), path); err == nil || !strings.Contains(err.Error(), "use .png, .svg or .pdf") {
		t.Errorf("figure as .gif: %v", err)
	}
	page := filepath.Join(dir, "page.html")
	if _, err := run("measure", "--html", page, "--bootstrap", "20", path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	html := string(b)
	for _, want := range []string{"<svg", "<th>layer2</th>", "zero&lt;i&gt;", "a&amp;b.npz", `title="the class means coincide up to rounding"`, "effective rank"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, bad := range []string{"<i>", `src="http`, `href="http`} {
		if strings.Contains(html, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	_, rest, _ := strings.Cut(html, `id="pnclab">`)
	text, _, _ := strings.Cut(rest, "</script>")
	var sets []decoded
	if err := json.Unmarshal([]byte(text), &sets); err != nil || len(sets) != 1 || len(sets[0].Layers) != 3 {
		t.Errorf("numbers: %v, %v", sets, err)
	} else {
		near(t, "C", sets[0].Layers[0]["C"], s.c(s.one))
	}
}

// TestMeasureEpochs measures a network after several epochs: files come in the order of
// their epochs, in the table, the figure and the page.
func TestMeasureEpochs(t *testing.T) {
	const seed = 13
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	for _, epoch := range []int{1, 2, 10} {
		randomSet(rnd, 30, 1/float64(epoch)).write(t, filepath.Join(dir, fmt.Sprintf("ckpt_%d.npz", epoch)))
	}
	figure, page := filepath.Join(dir, "f.svg"), filepath.Join(dir, "f.html")
	out, err := run("measure", "--epochs", "--only", "C", "--figure", figure, "--html", page, filepath.Join(dir, "ckpt_10.npz"), filepath.Join(dir, "ckpt_2.npz"), filepath.Join(dir, "ckpt_1.npz"))
	if err != nil {
		t.Fatal(err)
	}
	if i, j := strings.Index(out, "ckpt_2.npz  "), strings.Index(out, "ckpt_10.npz  "); i < 0 || j < i {
		t.Errorf("printed %s", out)
	}
	if b, err := os.ReadFile(page); err != nil || !bytes.Contains(b, []byte("epoch 10")) {
		t.Errorf("page without an animation, %v", err)
	}
	if b, err := os.ReadFile(figure); err != nil || len(b) < 1000 {
		t.Errorf("figure: %v", err)
	}
	plain := randomSet(rnd, 30, 1).write(t, filepath.Join(dir, "last.npz"))
	if _, err := run("measure", "--epochs", filepath.Join(dir, "ckpt_1.npz"), plain); err == nil || !strings.Contains(err.Error(), "last.npz: no epoch in the name") {
		t.Errorf("a name without an epoch: %v", err)
	}
}
