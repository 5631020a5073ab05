package plotting

import (
	"fmt"
	"html"
	"math"
	"strings"
	"text/tabwriter"

	"pnclab/pnc"
)

// columns are the headings of a table of verdicts.
var columns = []string{"quantity", "paper", "predicted", "measured", "tolerance", "verdict"}

// cells returns a row of the table as text.
func cells(r pnc.VerdictRow) []string {
	return []string{plain(r.Quantity), r.Paper, value(r.Predicted), value(r.Measured), r.Tolerance, string(r.Verdict)}
}

// value formats a number of the table; NaN is left out.
func value(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return fmt.Sprintf("%.5g", v)
}

// heading says what data and settings the table is about.
func heading(v *pnc.Verdicts) string {
	var parts []string
	if v.Data != "" {
		parts = append(parts, "data: "+v.Data)
	}
	if v.Preset != "" {
		parts = append(parts, "preset: "+v.Preset)
	}
	if v.InPlaceOf != "" {
		parts = append(parts, "a stand-in for "+v.InPlaceOf+": no claim about "+v.InPlaceOf+" is tested")
	}
	return strings.Join(parts, ", ")
}

// verdictsText returns the table as aligned text.
func verdictsText(v *pnc.Verdicts) string {
	var b strings.Builder
	if h := heading(v); h != "" {
		fmt.Fprintln(&b, h)
	}
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(columns, "\t"))
	for _, r := range v.Rows {
		fmt.Fprintln(t, strings.Join(cells(r), "\t"))
	}
	t.Flush() // to a Builder, which does not fail
	return strings.TrimRight(b.String(), "\n")
}

// badges are the colours of verdicts, dark enough for white text on them.
var badges = map[pnc.Verdict]string{pnc.Pass: "#1b7f4d", pnc.StandIn: "#6a4fa3", pnc.Fail: "#b3261e", pnc.Note: "#5f6b7a"}

// verdictsHTML returns the table as HTML.
func verdictsHTML(v *pnc.Verdicts) string {
	align := []string{tableWords, tableNumber, tableNumber, tableNumber, tableWords, tableWords}
	var b strings.Builder
	b.WriteString(tableBegin)
	if h := heading(v); h != "" {
		fmt.Fprintf(&b, `<caption style="caption-side:top;text-align:left;padding:0.25em 0.8em;opacity:0.75;">%s</caption>`, html.EscapeString(h))
	}
	b.WriteString("<thead><tr>")
	for i, c := range columns {
		fmt.Fprintf(&b, `<th style="%s;font-weight:600">%s</th>`, align[i], c)
	}
	b.WriteString("</tr></thead><tbody>")
	for _, r := range v.Rows {
		b.WriteString("<tr>")
		for i, text := range cells(r) {
			text = html.EscapeString(text)
			switch columns[i] {
			case "quantity":
				text = mathHTML(r.Quantity)
			case "verdict":
				text = fmt.Sprintf(`<span style="background:%s;color:#fff;border-radius:0.3em;padding:0.1em 0.6em;font-weight:600;">%s</span>`, badges[r.Verdict], text)
			}
			fmt.Fprintf(&b, `<td style="%s">%s</td>`, align[i], text)
		}
		b.WriteString("</tr>")
	}
	b.WriteString(tableEnd)
	return b.String()
}

// mathHTML returns MathText as HTML.
func mathHTML(txt string) string {
	var b strings.Builder
	writeHTML(&b, parseMath(txt))
	return b.String()
}

func writeHTML(b *strings.Builder, nodes []node) {
	for _, n := range nodes {
		switch {
		case n.char != 0 && n.italic:
			b.WriteString("<i>" + html.EscapeString(string(n.char)) + "</i>")
		case n.char != 0:
			b.WriteString(html.EscapeString(string(n.char)))
		}
		writeHTML(b, n.group)
		for _, s := range []struct {
			tag   string
			nodes []node
		}{{"sub", n.sub}, {"sup", n.super}} {
			if s.nodes != nil {
				b.WriteString("<" + s.tag + ">")
				writeHTML(b, s.nodes)
				b.WriteString("</" + s.tag + ">")
			}
		}
	}
}
