package report

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"image/png"
	"math"
	"strings"

	"pnclab/internal/notebook"
)

// figure is an image among the outputs of a cell.
type figure struct {
	Number        int    // on its page, from 1
	ID            string // on its page
	File          string // relative to the report
	Alt           string
	Width, Height int // in CSS pixels; 0 if unknown
	png           []byte
}

// Source returns the image as a URL, for a self-contained page.
func (f figure) Source() template.URL {
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(f.png))
}

// newFigure decodes the PNG of an output. An image has two pixels per CSS pixel, unless
// its metadata gives another size.
func newFigure(o *notebook.Output) (figure, error) {
	s, _ := o.Data["image/png"].(string)
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		return figure{}, fmt.Errorf("a figure is not base64: %w", err)
	}
	config, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return figure{}, fmt.Errorf("a figure is not a PNG: %w", err)
	}
	f := figure{png: b, Width: (config.Width + 1) / 2, Height: (config.Height + 1) / 2}
	size, ok := o.Metadata["image/png"].(map[string]any)
	if !ok {
		size = o.Metadata
	}
	if w := pixels(size["width"]); w > 0 {
		f.Width, f.Height = w, int(math.Round(float64(w*config.Height)/float64(config.Width)))
	}
	f.Alt, _ = o.Data["text/plain"].(string)
	return f, nil
}

func pixels(v any) int {
	n, _ := v.(json.Number)
	f, _ := n.Float64()
	return int(f)
}

// renderOutput returns the HTML of outputs other than figures and tables of verdicts. It
// chooses the richest form, as Jupyter does.
func (p *page) renderOutput(o *notebook.Output) template.HTML {
	switch o.Type {
	case notebook.Stream:
		return pre(o.Name, o.Text)
	case notebook.ErrorOutput:
		return pre("error", errorText(o))
	}
	if s, ok := o.Data["text/html"].(string); ok {
		return template.HTML(`<div class="html">` + s + `</div>`)
	}
	if s, ok := o.Data["text/markdown"].(string); ok {
		return p.prose.render(s)
	}
	if s, ok := o.Data["text/latex"].(string); ok {
		return p.prose.render(s)
	}
	if s, ok := o.Data["image/svg+xml"].(string); ok {
		alt, _ := o.Data["text/plain"].(string)
		return template.HTML(fmt.Sprintf(`<img class="figure" alt="%s" src="data:image/svg+xml;base64,%s">`,
			html.EscapeString(alt), base64.StdEncoding.EncodeToString([]byte(s))))
	}
	if s, ok := o.Data["image/jpeg"].(string); ok {
		return template.HTML(`<img class="figure" alt="" src="data:image/jpeg;base64,` + html.EscapeString(s) + `">`)
	}
	if s, ok := o.Data["text/plain"].(string); ok {
		return pre("stdout", s)
	}
	return ""
}

func pre(class, text string) template.HTML {
	text = strings.TrimRight(notebook.PlainText(text), "\n")
	if text == "" {
		return ""
	}
	return template.HTML(`<pre class="` + html.EscapeString(class) + `">` + html.EscapeString(text) + `</pre>`)
}

func errorText(o *notebook.Output) string {
	if trace := strings.Join(o.Traceback, "\n"); len(trace) > len(o.EValue) {
		return trace
	}
	return o.EValue
}
