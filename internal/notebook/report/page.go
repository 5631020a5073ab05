package report

import (
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"time"

	"pnclab/internal/notebook"
	"pnclab/internal/provenance"
	"pnclab/pnc"
)

// page is the page of one notebook, and what the index shows of it.
type page struct {
	Name     string
	Title    template.HTML
	Abstract template.HTML
	Cells    []cell
	Figures  []figure
	Tally    pnc.Tally
	Status   status
	Error    string
	Notes    []string
	Seconds  string
	Tables   []*pnc.Verdicts
	Presets  []string // of the verdicts
	Version  string   // of the program
	Sections []section
	Cover    *figure  // that tells the story: the first of a cell tagged cover, or else of the page
	Missing  []string // data sets that stand-ins replaced

	// Previous and Next are the neighbours among the pages there are.
	Previous, Next *page

	prose   *prose
	sources sources
}

// section is a second-level heading.
type section struct {
	ID    string
	Title template.HTML
}

// cell is a Markdown cell, which has Prose, or a code cell.
type cell struct {
	Prose   template.HTML
	Count   string
	Code    template.HTML
	Setup   bool   // only imports and commands: folded
	Seconds string // if it took some time
	Outputs []output
}

// output is a figure, a table of verdicts, or HTML. If there is a figure and HTML, the
// HTML is the interactive form and the figure the printed one.
type output struct {
	Figure *figure
	Table  *pnc.Verdicts
	HTML   template.HTML
}

// status is how the run of a notebook ended.
type status string

const (
	complete status = "complete"
	failed   status = "failed"
	stopped  status = "stopped"
	pending  status = "not run"
)

// worthMentioning is the shortest duration of a cell that is shown.
const worthMentioning = time.Second

// newPage lays out an executed notebook.
func newPage(run *notebook.Run, st status, declared sources) *page {
	nb := run.Notebook
	p := outlinePage(nb)
	p.sources = declared
	p.Status, p.Tables, p.Tally = st, merged(run.Verdicts), run.Tally()
	p.Seconds = seconds(run.Duration)
	if run.Err != nil {
		p.Error = run.Err.Error()
	}
	for _, n := range run.Notes {
		p.Notes = append(p.Notes, n.String())
	}
	for _, v := range run.Verdicts {
		if v.Preset != "" && !slices.Contains(p.Presets, v.Preset) {
			p.Presets = append(p.Presets, v.Preset)
		}
		if v.InPlaceOf != "" && !slices.Contains(p.Missing, v.InPlaceOf) {
			p.Missing = append(p.Missing, v.InPlaceOf)
		}
	}
	times := map[*notebook.Cell]time.Duration{}
	for i, c := range nb.CodeCells() {
		if i < len(run.CellTimes) {
			times[c] = run.CellTimes[i]
		}
	}
	for _, c := range nb.Cells {
		switch c.Type {
		case notebook.Markdown:
			prose := p.prose.render(c.Source)
			for _, m := range heading.FindAllStringSubmatch(string(prose), -1) {
				p.Sections = append(p.Sections, section{m[1], template.HTML(m[2])})
			}
			p.Cells = append(p.Cells, cell{Prose: prose})
		case notebook.Code:
			p.Cells = append(p.Cells, p.codeCell(c, times[c]))
		}
	}
	if p.Cover == nil && len(p.Figures) > 0 {
		p.Cover = &p.Figures[0]
	}
	return p
}

// heading matches a second-level heading in HTML.
var heading = regexp.MustCompile(`<h2 id="([^"]*)">(.*?)</h2>`)

// Short returns the beginning of the title, up to a comma or colon.
func (p *page) Short() template.HTML {
	if i := strings.IndexAny(string(p.Title), ",:"); i > 0 && !strings.Contains(string(p.Title), "<") {
		return p.Title[:i]
	}
	return p.Title
}

// outlinePage returns the page of a notebook that has not run.
func outlinePage(nb *notebook.Notebook) *page {
	p := &page{Name: nb.Name(), Status: pending, Version: provenance.Version(), prose: newProse()}
	p.Title, p.Abstract = newText().inline(nb.Title()), newText().inline(nb.Abstract())
	return p
}

func (p *page) codeCell(c *notebook.Cell, took time.Duration) cell {
	laid := cell{Code: highlight(strings.TrimRight(c.Source, "\n"), p.sources), Setup: isSetup(c.Source)}
	if c.Count > 0 {
		laid.Count = fmt.Sprintf("[%d]", c.Count)
	}
	if took >= worthMentioning {
		laid.Seconds = seconds(took)
	}
	for _, o := range c.Outputs {
		shown := p.output(o)
		if shown.Figure != nil && p.Cover == nil && c.HasTag("cover") {
			p.Cover = shown.Figure
		}
		laid.Outputs = append(laid.Outputs, shown)
	}
	return laid
}

// output lays out one output. A faulty one becomes a message that says what is wrong
// with it.
func (p *page) output(o *notebook.Output) output {
	if v, ok := o.Data[pnc.VerdictsMIME]; ok {
		table, err := notebook.ParseVerdicts(v)
		if err != nil {
			return output{HTML: pre("error", "verdict table: "+err.Error())}
		}
		return output{Table: table}
	}
	shown := output{}
	if _, ok := o.Data["image/png"]; ok {
		f, err := newFigure(o)
		if err != nil {
			return output{HTML: pre("error", err.Error())}
		}
		f.Number = len(p.Figures) + 1
		f.ID = fmt.Sprintf("figure-%d", f.Number)
		f.File = fmt.Sprintf("figures/%s-%d.png", p.Name, f.Number)
		p.Figures = append(p.Figures, f)
		shown.Figure = &f
	}
	if _, rich := o.Data["text/html"]; rich || shown.Figure == nil {
		shown.HTML = p.renderOutput(o)
	}
	return shown
}

// merged returns the tables with successive ones about the same data joined.
func merged(tables []*pnc.Verdicts) []*pnc.Verdicts {
	var all []*pnc.Verdicts
	for _, t := range tables {
		if n := len(all); n == 0 || all[n-1].Data != t.Data {
			all = append(all, &pnc.Verdicts{Data: t.Data, Preset: t.Preset, InPlaceOf: t.InPlaceOf})
		}
		last := all[len(all)-1]
		last.Rows = append(last.Rows, t.Rows...)
	}
	return all
}
