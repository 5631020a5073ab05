package cli

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pnclab/internal/atomicfile"
	"pnclab/internal/provenance"
	"pnclab/plotting"
	"pnclab/pnc"
)

// measurePage is what the page of measure shows.
type measurePage struct {
	Title, Version string
	Figure         template.HTML
	Animation      template.HTML // over epochs
	Caption        string
	Sets           []measuredSet
	Weights        string // how classes count, if not as usual
	Between        string // similarities of layers of different sets
	Quantities     []pnc.Quantity
	JSON           template.JS
}

// measuredSet is a feature set on the page.
type measuredSet struct {
	*pnc.Evaluation
	Accuracy string
	Rows     []measuredRow
	More     string
}

type measuredRow struct {
	pnc.LayerMeasures
	Values []measuredValue
}

type measuredValue struct{ Text, Interval, Why string }

// writePage writes the evaluations as one page that needs nothing else: the figure,
// every quantity of every layer with its definition's source, and the numbers as JSON;
// of snapshots of one network an animation as well.
func writePage(path string, evs []*pnc.Evaluation, between []*pnc.LayerComparison, f *plotting.Figure, snapshots []pnc.Snapshot) error {
	p := measurePage{Version: provenance.Version()}
	for i, ev := range evs {
		p.Title += map[bool]string{true: "", false: ", "}[i == 0] + ev.Name
	}
	// Quantities that are undefined everywhere only for want of a file are left out.
	for _, q := range pnc.Quantities() {
		if slices.ContainsFunc(evs, func(e *pnc.Evaluation) bool {
			return slices.ContainsFunc(e.Layers, func(m pnc.LayerMeasures) bool { return !math.IsNaN(q.Of(m)) || m.Undefined[q.Name] != "" })
		}) {
			p.Quantities = append(p.Quantities, q)
		}
	}
	p.Caption = f.Caption
	var err error
	if snapshots != nil {
		if p.Animation, err = epochsAnimation(snapshots); err != nil {
			return err
		}
	}
	if p.Figure, err = svgOf(f); err != nil {
		return err
	}
	for _, ev := range evs {
		s := measuredSet{Evaluation: ev}
		if !math.IsNaN(ev.Accuracy) {
			s.Accuracy = fmt.Sprintf("%.2f %%", 100*ev.Accuracy)
			if i := ev.AccuracyInterval; i != nil {
				s.Accuracy += fmt.Sprintf(" (%.2f to %.2f)", 100*i[0], 100*i[1])
			}
		}
		for _, m := range ev.Layers {
			row := measuredRow{LayerMeasures: m}
			for _, q := range p.Quantities {
				v := measuredValue{Text: "–", Why: m.Undefined[q.Name]}
				if x := q.Of(m); !math.IsNaN(x) {
					v.Text = fmt.Sprintf("%.4g", x)
				}
				if i, ok := m.Intervals[q.Name]; ok {
					v.Interval = fmt.Sprintf("%.4g to %.4g", i[0], i[1])
				}
				row.Values = append(row.Values, v)
			}
			s.Rows = append(s.Rows, row)
		}
		var more strings.Builder
		if err := writeMore(&more, ev, false); err != nil {
			return err
		}
		s.More = strings.TrimSpace(more.String())
		p.Sets = append(p.Sets, s)
	}
	var similarities strings.Builder
	for _, c := range between {
		if err := writeComparisonOfLayers(&similarities, c); err != nil {
			return err
		}
	}
	p.Between = strings.Trim(similarities.String(), "\n")
	if w := evs[0].Weights; w != pnc.AsPublished {
		p.Weights = w.String()
	}
	b, err := json.Marshal(evs) // which escapes <, > and &
	if err != nil {
		return err
	}
	p.JSON = template.JS(b)
	return atomicfile.Write(path, func(w io.Writer) error { return measureTemplate.Execute(w, p) })
}

// svgOf returns a figure as an SVG element.
func svgOf(f *plotting.Figure) (template.HTML, error) {
	dir, err := os.MkdirTemp("", "pnclab-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "figure.svg")
	if err := plotting.Save(f, path); err != nil {
		return "", err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	text := string(b)
	if i := strings.Index(text, "<svg"); i >= 0 { // without the declaration of XML
		text = text[i:]
	}
	return template.HTML(text), nil
}

var measureTemplate = template.Must(template.New("measure").Parse(`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; color: #222; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #ddd; }
small { display: block; color: #666; } pre { overflow-x: auto; background: #f6f6f6; padding: .7rem; }
</style>
<h1>{{.Title}}</h1>
<figure role="img" aria-label="{{.Caption}}">{{.Figure}}</figure>
{{.Animation}}
{{- if .Weights}}
<p>Classes count {{.Weights}}.</p>
{{- end}}
{{- $quantities := .Quantities}}
{{- range .Sets}}
<h2>{{.Name}}</h2>
{{- if .Accuracy}}
<p>Accuracy of the classifier: {{.Accuracy}}</p>
{{- end}}
<div class="table"><table>
<tr><th>layer<th>name<th>n<th>d<th>K{{range $quantities}}<th title="{{.Title}} ({{.Source}})">{{.Label}}{{end}}</tr>
{{- range .Rows}}
<tr><td>{{.Layer}}<td>{{.Name}}<td>{{.N}}<td>{{.Dim}}<td>{{.Classes}}
{{- range .Values}}<td{{if .Why}} title="{{.Why}}"{{end}}>{{.Text}}{{if .Interval}}<small>{{.Interval}}</small>{{end}}{{end}}</tr>
{{- end}}
</table></div>
{{- if .More}}
<pre>{{.More}}</pre>
{{- end}}
{{- end}}
{{- if .Between}}
<h2>Between sets</h2>
<pre>{{.Between}}</pre>
{{- end}}
<h2>Quantities</h2>
<dl>
{{- range .Quantities}}
<dt><strong>{{.Label}}</strong></dt><dd>{{.Title}} ({{.Source}})</dd>
{{- end}}
</dl>
<p>A dash is a quantity that is undefined; pointing at it shows why. Small numbers are intervals of 95 %. Written by pnclab {{.Version}}.</p>
<script type="application/json" id="pnclab">{{.JSON}}</script>
</html>
`))
