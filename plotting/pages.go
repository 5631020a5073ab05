package plotting

import (
	"embed"
	"html/template"
	"slices"
)

//go:embed pages
var pages embed.FS

// pageTemplates are fragments of HTML that become outputs of a notebook.
var pageTemplates = template.Must(template.ParseFS(pages, "pages/*.html"))

// controlRow is what a page shows of a control.
type controlRow struct {
	Name   string
	Kind   controlKind
	Labels []string // of the positions that it has on the page
	At     int      // the index of the one where it is
	Last   int
}

// newControlRow returns a row for a control with some of its positions.
func newControlRow(c Control, positions []int, at int) controlRow {
	row := controlRow{Name: plain(c.name), Kind: c.kind, At: slices.Index(positions, at), Last: len(positions) - 1}
	for _, p := range positions {
		row.Labels = append(row.Labels, c.labels[p])
	}
	return row
}

// allRows returns rows with all positions of the controls.
func allRows(v Values) []controlRow {
	var rows []controlRow
	for i, c := range v.controls {
		rows = append(rows, newControlRow(c, upTo(len(c.labels)), v.at[i]))
	}
	return rows
}
