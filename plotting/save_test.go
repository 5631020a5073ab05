package plotting

import (
	"bytes"
	"compress/zlib"
	"image/color"
	"io"
	"regexp"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// TestPDFColors checks that a transparent colour is that colour in PDF, with its opacity
// beside it.
func TestPDFColors(t *testing.T) {
	c := &pdfCanvas{vgpdf.New(100, 100)}
	c.SetColor(color.NRGBA{R: 255, G: 102, A: 51}) // 1, 0.4, 0 with 0.2
	c.Fill(vg.Rectangle{Max: vg.Point{X: 50, Y: 50}}.Path())
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	drawn := ""
	for _, stream := range regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`).FindAllSubmatch(b.Bytes(), -1) {
		if z, err := zlib.NewReader(bytes.NewReader(stream[1])); err == nil {
			text, _ := io.ReadAll(z)
			drawn += string(text)
		}
	}
	if !strings.Contains(drawn, "1.000 0.400 0.000 rg") {
		t.Errorf("the fill colour is not there:\n%s", drawn)
	}
	if !strings.Contains(b.String(), "/ca 0.2") {
		t.Error("no opacity of 0.2")
	}
}
