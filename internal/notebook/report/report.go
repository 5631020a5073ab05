package report

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"pnclab/internal/atomicfile"
	"pnclab/internal/notebook"
	"pnclab/internal/provenance"
	"pnclab/pnc"
)

//go:embed parts.gohtml page.gohtml index.gohtml style.css page.js
var files embed.FS

var tags = regexp.MustCompile(`<annotation.*?</annotation>|<[^>]*>`)

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"number":   number,
	"text":     text,
	"quantity": quantity,
	"style":    func() template.CSS { return template.CSS(embedded("style.css")) },
	"script":   func() template.JS { return template.JS(embedded("page.js")) },
	"paper":    func() string { return paper },
	"plain":    func(h template.HTML) string { return html.UnescapeString(tags.ReplaceAllString(string(h), "")) },
}).ParseFS(files, "*.gohtml"))

// Report is a folder of pages about one run of several notebooks. It is updated after
// every notebook, so that it is complete up to then if the run is stopped.
type Report struct {
	dir     string
	started time.Time
	command string
	from    provenance.Record
	sources sources

	mu         sync.Mutex
	playground bool     // there is the page
	names      []string // of the notebooks, in order
	pages      map[string]*page
	runs       map[string]*notebook.Run
}

// paper is the address of the paper.
const paper = "https://arxiv.org/abs/2311.02960"

// New creates the folder of a report on the given notebooks and its first pages, so that a
// folder that cannot be written is found before anything runs. The report gives command as
// the command line that produced it, and from as the origin of its numbers. Code is linked
// to the sources in the checkout root, if there is one.
func New(dir, command string, from provenance.Record, root string, notebooks []*notebook.Notebook) (*Report, error) {
	if err := os.MkdirAll(filepath.Join(dir, "figures"), 0o755); err != nil {
		return nil, writing(dir, err)
	}
	r := &Report{dir: dir, started: time.Now(), command: command, from: from, sources: newSources(root, dir), pages: map[string]*page{}, runs: map[string]*notebook.Run{}}
	for _, nb := range notebooks {
		r.names = append(r.names, nb.Name())
		r.pages[nb.Name()] = outlinePage(nb)
	}
	if err := errors.Join(r.writeResults(), r.writeIndex()); err != nil {
		return nil, writing(dir, err)
	}
	return r, nil
}

// writing returns the error of a report that could not be written, without the names of
// temporary files.
func writing(dir string, err error) error {
	hint := "choose another folder with --out"
	if cause := (*fs.PathError)(nil); errors.As(err, &cause) {
		err = cause.Err
		if isFull(err) {
			hint = "make room there, or " + hint
		}
	}
	return fmt.Errorf("the report in %s is not complete: %w; %s", dir, err, hint)
}

// Add writes the page of one executed notebook and updates the index. What was there before
// stays if it fails.
func (r *Report) Add(run *notebook.Run) error {
	if err := r.add(run); err != nil {
		return writing(r.dir, err)
	}
	return nil
}

func (r *Report) add(run *notebook.Run) error {
	st := complete
	switch {
	case errors.Is(run.Err, context.Canceled):
		st = stopped
	case run.Err != nil:
		st = failed
	}
	p := newPage(run, st, r.sources)
	if err := run.Notebook.WriteFile(filepath.Join(r.dir, p.Name+".ipynb")); err != nil {
		return err
	}
	for _, f := range p.Figures {
		if err := atomicfile.WriteFile(filepath.Join(r.dir, f.File), f.png); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pages[p.Name], r.runs[p.Name] = p, run
	if err := r.writePages(p); err != nil {
		return err
	}
	if err := r.writeResults(); err != nil {
		return err
	}
	return r.writeIndex()
}

// AddPlayground writes the playground's page, which the notebooks link to, and updates
// the index.
func (r *Report) AddPlayground(page []byte) error {
	if err := atomicfile.WriteFile(filepath.Join(r.dir, "playground.html"), page); err != nil {
		return writing(r.dir, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.playground = true
	if err := r.writeIndex(); err != nil {
		return writing(r.dir, err)
	}
	return nil
}

// Index returns the path of the report's index page.
func (r *Report) Index() string { return filepath.Join(r.dir, "index.html") }

// writePages writes a new page and, since pages link to their neighbours, those of
// the notebooks before and after it that have run.
func (r *Report) writePages(p *page) error {
	var ran []*page
	for _, name := range r.names {
		if r.pages[name].Status != pending {
			ran = append(ran, r.pages[name])
		}
	}
	for i, q := range ran {
		q.Previous, q.Next = nil, nil
		if i > 0 {
			q.Previous = ran[i-1]
		}
		if i+1 < len(ran) {
			q.Next = ran[i+1]
		}
	}
	for _, q := range []*page{p.Previous, p, p.Next} {
		if q == nil {
			continue
		}
		if err := r.render(q.Name+".html", "page.gohtml", q); err != nil {
			return err
		}
	}
	return nil
}

func (r *Report) writeIndex() error {
	index := struct {
		Command, Date, Preset, Seconds string
		Playground                     bool
		From                           provenance.Record
		Tally                          pnc.Tally
		Missing                        []string
		Claims                         []judged
		OneSided, Tested               int // rows with a claim
		Pages                          []*page
	}{
		Command: r.command, Date: r.started.Format("2 January 2006, 15:04"), Seconds: seconds(r.elapsed()),
		Playground: r.playground, From: r.from, Claims: judgeAll(r.runs, r.pages),
	}
	var presets []string
	for _, name := range r.names {
		p := r.pages[name]
		index.Pages = append(index.Pages, p)
		index.Tally.Add(p.Tally)
		presets = append(presets, p.Presets...)
		index.Missing = append(index.Missing, p.Missing...)
		for _, table := range p.Tables {
			for _, row := range table.Rows {
				if row.Verdict == pnc.Note {
					continue
				}
				if index.Tested++; row.OneSided() {
					index.OneSided++
				}
			}
		}
	}
	slices.Sort(presets)
	index.Preset = strings.Join(slices.Compact(presets), ", ")
	slices.Sort(index.Missing)
	index.Missing = slices.Compact(index.Missing)
	return r.render("index.html", "index.gohtml", index)
}

// elapsed returns the time since the report was begun.
func (r *Report) elapsed() time.Duration { return time.Since(r.started) }

// embedded returns the content of an embedded file.
func embedded(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the name is not that of an embedded file
	}
	return b
}

func (r *Report) render(name, tmpl string, data any) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, tmpl, data); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return atomicfile.WriteFile(filepath.Join(r.dir, name), b.Bytes())
}
