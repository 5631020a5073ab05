package report

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html"
	"html/template"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"pnclab/internal/atomicfile"
	"pnclab/internal/notebook"
	"pnclab/internal/provenance"
	"pnclab/pnc"
)

//go:embed parts.gohtml page.gohtml index.gohtml style.css
var files embed.FS

var tags = regexp.MustCompile(`<annotation.*?</annotation>|<[^>]*>`)

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"number":   number,
	"text":     text,
	"quantity": quantity,
	"style": func() template.CSS {
		b, _ := files.ReadFile("style.css") // embedded
		return template.CSS(b)
	},
	"plain": func(h template.HTML) string { return html.UnescapeString(tags.ReplaceAllString(string(h), "")) },
}).ParseFS(files, "*.gohtml"))

// Report is a folder of pages about one run of several notebooks. It is updated after
// every notebook, so that it is complete up to then if the run is stopped.
type Report struct {
	dir     string
	started time.Time
	command string

	mu    sync.Mutex
	names []string // of the notebooks, in order
	pages map[string]*page
	runs  map[string]*notebook.Run
}

// New creates the folder of a report on the given notebooks. The report gives command as
// the command line that produced it.
func New(dir, command string, notebooks []*notebook.Notebook) (*Report, error) {
	if err := os.MkdirAll(filepath.Join(dir, "figures"), 0o755); err != nil {
		return nil, err
	}
	r := &Report{dir: dir, started: time.Now(), command: command, pages: map[string]*page{}, runs: map[string]*notebook.Run{}}
	for _, nb := range notebooks {
		r.names = append(r.names, nb.Name())
		r.pages[nb.Name()] = outlinePage(nb)
	}
	return r, nil
}

// Add writes the page of one executed notebook and updates the index.
func (r *Report) Add(run *notebook.Run) error {
	st := complete
	switch {
	case errors.Is(run.Err, context.Canceled):
		st = stopped
	case run.Err != nil:
		st = failed
	}
	p := newPage(run, st)
	if err := run.Notebook.WriteFile(filepath.Join(r.dir, p.Name+".ipynb")); err != nil {
		return err
	}
	for _, f := range p.Figures {
		if err := atomicfile.WriteFile(filepath.Join(r.dir, f.File), f.png); err != nil {
			return err
		}
	}
	if err := r.render(p.Name+".html", "page.gohtml", p); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pages[p.Name], r.runs[p.Name] = p, run
	if err := r.writeResults(); err != nil {
		return err
	}
	return r.writeIndex()
}

// Index returns the path of the report's index page.
func (r *Report) Index() string { return filepath.Join(r.dir, "index.html") }

func (r *Report) writeIndex() error {
	index := struct {
		Command, Date, Version, Go, CPU, Preset, Seconds string
		Cores                                            int
		Tally                                            pnc.Tally
		Pages                                            []*page
	}{
		Command: r.command, Date: r.started.Format("2 January 2006, 15:04"), Version: provenance.Version(), Go: runtime.Version(),
		CPU: provenance.Processor(), Cores: runtime.NumCPU(), Seconds: seconds(time.Since(r.started)),
	}
	var presets []string
	for _, name := range r.names {
		p := r.pages[name]
		index.Pages = append(index.Pages, p)
		index.Tally.Add(p.Tally)
		presets = append(presets, p.Presets...)
	}
	slices.Sort(presets)
	index.Preset = strings.Join(slices.Compact(presets), ", ")
	return r.render("index.html", "index.gohtml", index)
}

func (r *Report) render(name, tmpl string, data any) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, tmpl, data); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return atomicfile.WriteFile(filepath.Join(r.dir, name), b.Bytes())
}
