package plotting

import (
	"fmt"
	"html"
	"math"
	"regexp"
	"slices"
	"strings"

	"pnclab/pnc"
)

// Styles of tables are inline, because a notebook has no style sheet for them. Colours
// are inherited from the page, so that they are readable on a light and on a dark one. A
// table that is wider than the page is scrolled, and no number is broken into two lines.
const (
	tableBegin  = `<div style="overflow-x:auto;max-width:100%"><table style="color:inherit;border-collapse:collapse;font-size:0.95em;margin:0.5em 0">`
	tableEnd    = `</tbody></table></div>`
	tableCell   = "padding:0.2em 0.7em;border-bottom:1px solid rgba(128,128,128,0.35);"
	tableNumber = tableCell + "text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums"
	tableWords  = tableCell + "text-align:left"
)

// evaluationHTML returns a table with a row for every layer, and below it, folded, one
// with the variants of its quantities. Columns without any value are left out, and the
// reasons why values are missing are listed at the end.
func evaluationHTML(e *pnc.Evaluation) string {
	var main, variants []pnc.Quantity
	for _, q := range pnc.Quantities() {
		switch defined := slices.ContainsFunc(e.Layers, func(m pnc.LayerMeasures) bool { return !math.IsNaN(q.Of(m)) }); {
		case defined && q.Variant:
			variants = append(variants, q)
		case defined:
			main = append(main, q)
		}
	}
	var b strings.Builder
	writeLayers(&b, e, main)
	if variants != nil {
		fmt.Fprintf(&b, `<details><summary style="cursor:pointer;opacity:0.75">%d more quantities: variants and details</summary>`, len(variants))
		writeLayers(&b, e, variants)
		b.WriteString("</details>")
	}
	for _, line := range undefined(e, main) {
		fmt.Fprintf(&b, `<div style="font-size:0.85em;opacity:0.75">%s</div>`, html.EscapeString(line))
	}
	return b.String()
}

// writeLayers writes a table with a row for every layer and a column for every quantity.
func writeLayers(b *strings.Builder, e *pnc.Evaluation, qs []pnc.Quantity) {
	b.WriteString(tableBegin + "<thead><tr>")
	for _, h := range []struct{ style, text, title string }{{tableNumber, "layer", ""}, {tableWords, "name", ""}, {tableNumber, "d", "dimension"}} {
		fmt.Fprintf(b, `<th style="%s" title="%s">%s</th>`, h.style, h.title, h.text)
	}
	for _, q := range qs {
		fmt.Fprintf(b, `<th style="%stext-align:right" title="%s">%s</th>`, tableCell, html.EscapeString(q.Title+" ("+q.Source+")"), mathHTML(q.Symbol))
	}
	b.WriteString("</tr></thead><tbody>")
	for _, m := range e.Layers {
		fmt.Fprintf(b, `<tr><td style="%s">%d</td><td style="%s;white-space:nowrap">%s</td><td style="%s">%d</td>`,
			tableNumber, m.Layer, tableWords, html.EscapeString(m.Name), tableNumber, m.Dim)
		for _, q := range qs {
			text := "–"
			if v := q.Of(m); !math.IsNaN(v) {
				text = fmt.Sprintf("%.4g", v)
			}
			if i, ok := m.Intervals[q.Name]; ok {
				text += fmt.Sprintf(" [%.4g, %.4g]", i[0], i[1])
			}
			fmt.Fprintf(b, `<td style="%s">%s</td>`, tableNumber, text)
		}
		b.WriteString("</tr>")
	}
	b.WriteString(tableEnd)
}

// undefined returns a line for every quantity that is missing in a layer for a reason,
// and that reason.
func undefined(e *pnc.Evaluation, qs []pnc.Quantity) []string {
	var lines []string
	for _, q := range qs {
		layers := map[string][]string{} // by reason
		var reasons []string
		for _, m := range e.Layers {
			if why, ok := m.Undefined[q.Name]; ok {
				if layers[why] == nil {
					reasons = append(reasons, why)
				}
				layers[why] = append(layers[why], m.Name)
			}
		}
		for _, why := range reasons {
			lines = append(lines, fmt.Sprintf("–: %s: %s (%s)", q.Label, why, strings.Join(layers[why], ", ")))
		}
	}
	return lines
}

var (
	spaces  = regexp.MustCompile(`\s{2,}|\t+`)
	numeric = regexp.MustCompile(`^[-+−]?(\d|\.\d|NaN|Inf|∞)[^a-zA-Z]*([eE][-+]?\d+)?[^a-zA-Z]*$|^[-–]?$`)
)

// textHTML returns text as HTML. Lines of the same number of columns, two spaces or more
// apart, are a table; other text keeps its spaces.
func textHTML(text string) string {
	var rows [][]string
	for line := range strings.Lines(strings.TrimRight(text, "\n")) {
		rows = append(rows, spaces.Split(strings.TrimSpace(line), -1))
	}
	same := slices.IndexFunc(rows, func(r []string) bool { return len(r) != len(rows[0]) }) < 0
	if len(rows) < 2 || len(rows[0]) < 2 || !same {
		style := "white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere"
		if spaces.MatchString(text) { // columns that must stay below one another
			style = "white-space:pre;overflow-x:auto;max-width:100%"
		}
		return `<pre style="` + style + `">` + html.EscapeString(text) + "</pre>"
	}
	right := make([]bool, len(rows[0])) // columns of numbers
	for i := range right {
		right[i] = !slices.ContainsFunc(rows[1:], func(r []string) bool { return !numeric.MatchString(r[i]) })
	}
	var b strings.Builder
	header := !slices.ContainsFunc(rows[0], numeric.MatchString) && slices.Contains(right, true)
	for r, row := range rows {
		tag := "td"
		switch {
		case r == 0 && header:
			b.WriteString(tableBegin + "<thead>")
			tag = "th"
		case r == 0:
			b.WriteString(tableBegin + "<tbody>")
		}
		b.WriteString("<tr>")
		for i, text := range row {
			style := tableWords
			if right[i] {
				style = tableNumber
			}
			fmt.Fprintf(&b, `<%s style="%s">%s</%s>`, tag, style, html.EscapeString(text), tag)
		}
		b.WriteString("</tr>")
		if r == 0 && header {
			b.WriteString("</thead><tbody>")
		}
	}
	b.WriteString(tableEnd)
	return b.String()
}
