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
	Figures        []pageFigure
	Animation      template.HTML // over epochs
	Sets           []measuredSet
	Weights        string // how classes count, if not as usual
	Between        string // similarities of layers of different sets
	Quantities     []pnc.Quantity
	JSON           template.JS
}

// pageFigure is a figure as an element of the page.
type pageFigure struct {
	SVG     template.HTML
	Caption string
}

// measuredSet is a feature set on the page.
type measuredSet struct {
	*pnc.Evaluation
	Accuracy string
	Rows     []measuredRow
	Reasons  []string // why quantities are undefined
	Bounds   []string // why they are upper bounds only
	More     string
}

type measuredRow struct {
	pnc.LayerMeasures
	Values []measuredValue
}

type measuredValue struct{ Text, Interval, Why string }

// writePage writes the evaluations as one page that needs nothing else: the figures,
// which are side by side where there is room, every quantity of every layer with its
// definition's source, and the numbers as JSON; of snapshots of one network an animation
// as well.
func writePage(path string, evs []*pnc.Evaluation, between []*pnc.LayerComparison, figures []*plotting.Figure, snapshots []pnc.Snapshot) error {
	p := measurePage{Version: provenance.Version(), Title: titleOf(evs)}
	// Quantities that are undefined everywhere only for want of a file are left out.
	for _, q := range pnc.Quantities() {
		if slices.ContainsFunc(evs, func(e *pnc.Evaluation) bool {
			return slices.ContainsFunc(e.Layers, func(m pnc.LayerMeasures) bool { return !math.IsNaN(q.Of(m)) || m.Undefined[q.Name] != "" })
		}) {
			p.Quantities = append(p.Quantities, q)
		}
	}
	var err error
	if snapshots != nil {
		if p.Animation, err = epochsAnimation(snapshots); err != nil {
			return err
		}
	}
	for _, f := range figures {
		svg, err := svgOf(f)
		if err != nil {
			return err
		}
		p.Figures = append(p.Figures, pageFigure{svg, f.Caption})
	}
	for _, ev := range evs {
		s := measuredSet{Evaluation: ev, Reasons: ev.WhyUndefined(p.Quantities...), Bounds: ev.WhyAtMost(p.Quantities...)}
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
					if why := m.AtMost[q.Name]; why != "" {
						v.Text, v.Why = "≤ "+v.Text, why
					}
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
		s.More = strings.Trim(more.String(), "\n") // and not the spaces that align the first line
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

// titleOf returns the names of evaluations, of many those of the first and the last.
func titleOf(evs []*pnc.Evaluation) string {
	if n := len(evs); n > 3 {
		return fmt.Sprintf("%s … %s (%d files)", evs[0].Name, evs[n-1].Name, n)
	}
	var names []string
	for _, ev := range evs {
		names = append(names, ev.Name)
	}
	return strings.Join(names, ", ")
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
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>{{.Title}}</title>
<style>
:root { --paper: #fff; --ink: #222; --quiet: #666; --rule: #ddd; --tint: #f6f6f6; color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181b; --ink: #d8dade; --quiet: #949ba4; --rule: #30343a; --tint: #1e2125; }
}
body { font: 15px/1.5 system-ui, sans-serif; background: var(--paper); color: var(--ink); margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1, h2 { line-height: 1.25; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1rem; margin-bottom: 1.5rem; }
figure { margin: 0; background: #fff; border-radius: 4px; overflow: hidden; justify-self: start; align-self: start; }
figure svg { display: block; max-width: 100%; height: auto; }
.animation { margin: 1rem 0; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th:first-child { position: sticky; left: 0; background: var(--paper); text-align: left; }
tbody th { font-weight: inherit; }
small { display: block; color: var(--quiet); }
pre { overflow: auto; max-height: 30rem; background: var(--tint); padding: .7rem; border-radius: 4px; }
dd { margin: 0 0 .4rem 1.5rem; color: var(--quiet); }
@media (max-width: 40rem) { body { margin: 1rem auto; } th, td { padding: .25rem .45rem; } }
</style>
</head>
<body>
<h1>{{.Title}}</h1>
<div class="figures">
{{- range .Figures}}
<figure role="img" aria-label="{{.Caption}}">{{.SVG}}</figure>
{{- end}}
</div>
{{- with .Animation}}
<div class="animation">{{.}}</div>
{{- end}}
{{- with .Weights}}
<p>Classes count {{.}}.</p>
{{- end}}
{{- $quantities := .Quantities}}
{{- range .Sets}}
{{- if gt (len $.Sets) 1}}
<h2>{{.Name}}</h2>
{{- end}}
{{- if .Accuracy}}
<p>Accuracy of the classifier: {{.Accuracy}}</p>
{{- end}}
<div class="table"><table>
<thead><tr><th>name</th><th>layer</th><th>n</th><th>d</th><th>K</th>
{{- range $quantities}}<th title="{{.Title}} ({{.Source}})">{{.Label}}</th>{{end}}</tr></thead>
<tbody>
{{- range .Rows}}
<tr><th>{{.Name}}</th><td>{{.Layer}}</td><td>{{.N}}</td><td>{{.Dim}}</td><td>{{.Classes}}</td>
{{- range .Values}}<td{{if .Why}} title="{{.Why}}"{{end}}>{{.Text}}{{if .Interval}}<small>{{.Interval}}</small>{{end}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table></div>
{{- if .Reasons}}
<p>A dash is a quantity that is undefined:</p>
<ul>
{{- range .Reasons}}
<li>{{.}}</li>
{{- end}}
</ul>
{{- end}}
{{- if .Bounds}}
<p>≤ marks upper bounds:</p>
<ul>
{{- range .Bounds}}
<li>{{.}}</li>
{{- end}}
</ul>
{{- end}}
{{- if .More}}
<pre tabindex="0">{{.More}}</pre>
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
<p>Small numbers below others are intervals of 95 %. Written by pnclab {{.Version}}.</p>
<script type="application/json" id="pnclab">{{.JSON}}</script>
</body>
</html>
`))
