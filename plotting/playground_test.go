//go:build !js

package plotting

import (
	"context"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pnclab/internal/playground"
	"pnclab/internal/playground/session"
	"pnclab/plotting/internal/gonb"
	"pnclab/pnc"
)

// theorem is the experiment with which the playground opens by itself, but for the scale.
func theorem(t *testing.T) pnc.Experiment {
	c := session.Default()
	c.Scale = 0.5
	e, err := c.Experiment()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestPlaygroundOutputs checks the figure before the frame, and that the frame holds the
// page as it is.
func TestPlaygroundOutputs(t *testing.T) {
	figure, err := outcomeFigure(t.Context(), theorem(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"trained, C_ℓ", "closed form, D_ℓ"} {
		if !strings.Contains(figure.Caption, part) {
			t.Errorf("the figure lacks %s: %s", part, figure.Caption)
		}
	}
	const page = `<html data-address=""><script>if (a < b && c) d = "e" + 'f&amp;';</script>`
	var sent []gonb.Output
	n := notebook{send: func(o gonb.Output) { sent = append(sent, o) }}
	if err := n.playground(figure, []byte(page), ""); err != nil {
		t.Fatal(err)
	}
	if err := n.playground(figure, nil, "No playground: why"); err != nil {
		t.Fatal(err)
	}
	if len(sent) != 4 || sent[0].PNG == nil || sent[2].PNG == nil || sent[3].Text[gonb.Plain] != "No playground: why" {
		t.Fatalf("outputs %+v", sent)
	}
	frame := sent[1].Text[gonb.HTML]
	_, source, _ := strings.Cut(frame, `srcdoc="`)
	source, after, _ := strings.Cut(source, `"`)
	if html.UnescapeString(source) != page || after != "></iframe>" || !strings.Contains(frame, `sandbox="allow-scripts`) || strings.Contains(frame, "allow-same-origin") {
		t.Errorf("frame %s", frame)
	}
	dir := t.TempDir()
	var printed strings.Builder
	if err := (terminal{&printed, dir}).playground(figure, []byte(page), ""); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*-playground.html"))
	if err != nil || len(files) != 1 || !strings.Contains(printed.String(), files[0]) {
		t.Fatalf("files %v, %v, printed %q", files, err, &printed)
	}
	if b, err := os.ReadFile(files[0]); err != nil || string(b) != page {
		t.Errorf("the file holds %q, %v", b, err)
	}
}

// TestPlaygroundAt compiles the page and opens it at an experiment, and says why it
// cannot for one that has no controls there.
func TestPlaygroundAt(t *testing.T) {
	e := theorem(t)
	other := e
	other.Net.Bias = true
	if _, err := playgroundAt(context.Background(), other); err == nil || !strings.Contains(err.Error(), "bias") {
		t.Errorf("error %v for a network with bias", err)
	}
	if got := string(playground.At([]byte(`<html data-address="">`), "#a=1&b=\"2")); got != `<html data-address="#a=1&amp;b=&#34;2">` {
		t.Errorf("the page begins with %s", got)
	}
	if testing.Short() {
		t.Skip("compiles pnc to WebAssembly")
	}
	page, err := playgroundAt(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	text := html.UnescapeString(string(page[:400]))
	for _, part := range []string{`data-address="#`, "xi=0.5", "depth=6", "data=orthonormal"} {
		if !strings.Contains(text, part) {
			t.Errorf("the page begins with %s, without %s", text, part)
		}
	}
	t.Logf("the page has %d bytes", len(page))
}
