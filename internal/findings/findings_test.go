package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pnclab/internal/notebook/report"
	"pnclab/pnc"
)

const docs = "../../docs"

// TestPage checks the page of findings: its tables are those of the rows that are kept, every
// number of its prose is in the rows of the same finding, and its figures are there.
func TestPage(t *testing.T) {
	p, err := readPage(docs)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := report.ReadResults(filepath.Join(docs, "results"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(docs, "results.md"))
	if err != nil {
		t.Fatal(err)
	}
	switch filled, err := p.filled(docs, kept); {
	case err != nil:
		t.Fatal(err)
	case filled != string(text):
		t.Error("a table or the provenance of the page is not that of docs/results/results.json: go run ./internal/findings -report FOLDER")
	}
	if want, got := len(p.names(false)), len(kept.Rows); want != got {
		t.Errorf("%d rows are kept, the page names %d", got, want)
	}

	// The table of contents: a link to each finding, its numbers, its notebook.
	lines := regexp.MustCompile(`(?m)^\| \d+ \| \[(.*)\]\(#(.*?)\) \| (.*) \| (.*) \|$`).FindAllStringSubmatch(p.head, -1)
	if len(lines) != len(p.findings) {
		t.Fatalf("%d lines in the table of contents for %d findings", len(lines), len(p.findings))
	}
	var all []report.Row
	for i, f := range p.findings {
		rows, err := f.rows(docs, kept)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rows...)
		if len(rows) == 0 || len(image.FindAllString(f.text, -1)) == 0 {
			t.Errorf("%q has %d rows, and no figure: one of each at least", f.title, len(rows))
		}
		for _, n := range slices.Concat(unfounded(f.text+f.after, rows), unfounded(lines[i][3], rows)) {
			t.Errorf("%q: %s is in none of its rows", f.title, n)
		}
		heading := regexp.MustCompile(`(?m)^## (.*)$`).FindStringSubmatch(f.text)[1]
		if lines[i][1] != f.title || lines[i][2] != anchor(heading) {
			t.Errorf("line %d of the table of contents is %q, #%s; the heading is %q, #%s", i+1, lines[i][1], lines[i][2], f.title, anchor(heading))
		}
	}
	for _, line := range lines {
		p.head = strings.Replace(p.head, line[0], "", 1) // checked above
	}
	p.head = regexp.MustCompile(`(?s)`+beginFrom+`.*`+endFrom).ReplaceAllString(p.head, "")
	for _, n := range unfounded(p.head, all) {
		t.Errorf("introduction: %s is in none of the rows", n)
	}
}

// anchor returns what GitHub makes of a heading: lower case, no punctuation, hyphens.
func anchor(heading string) string {
	return strings.ReplaceAll(regexp.MustCompile(`[^\p{L}\p{N}\p{M} _-]`).ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// TestFigures checks that every figure of the page is an image without transparent pixels, so
// that it can be read on a dark page, that there are no others, and that all load fast.
func TestFigures(t *testing.T) {
	p, err := readPage(docs)
	if err != nil {
		t.Fatal(err)
	}
	size, shown := 0, []string{"results.json"}
	for _, f := range p.figures() {
		content, err := os.ReadFile(filepath.Join(docs, f.file))
		if err != nil {
			t.Error(err)
			continue
		}
		size, shown = size+len(content), append(shown, filepath.Base(f.file))
		img, err := png.Decode(bytes.NewReader(content))
		if err != nil {
			t.Errorf("%s: %v", f.file, err)
			continue
		}
		if o, ok := img.(interface{ Opaque() bool }); !ok || !o.Opaque() {
			t.Errorf("%s has transparent pixels", f.file)
		}
		if f.caption == "" {
			t.Errorf("%s has no description", f.file)
		}
	}
	if size > 1_500_000 {
		t.Errorf("the figures have %d bytes together, more than 1.5 MB", size)
	}
	files, err := os.ReadDir(filepath.Join(docs, "results"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !slices.Contains(shown, f.Name()) {
			t.Errorf("docs/results/%s is not on the page", f.Name())
		}
	}
}

func float(v float64) *float64 { return &v }

// TestUnfounded checks which numbers of a text must be in the rows, and when they are.
func TestUnfounded(t *testing.T) {
	rows := []report.Row{
		{Measured: float(0.28157), Predicted: float(-0.2866), Tolerance: "2.5 %", Verdict: pnc.Pass},
		{Measured: float(4.266e-7), Paper: ".283", Tolerance: "≥ 0.95", Verdict: pnc.Pass},
		{Measured: float(3031.6), Quantity: "C_7 within 8 % at ξ = 0.6", Tolerance: "corrected: 0.98", Verdict: pnc.Note},
	}
	for text, want := range map[string]string{
		"the factor is .2816, predicted .287":                    "",
		"the factor is 0.28, 28 % or 28.2 %":                     "",
		"the factor is .2815":                                    ".2815",
		"the factor is 29 %, and .29":                            "",
		"the factor is 27 %":                                     "27 %",
		"in the paper .283, to 2.5 %, above .95; corrected 98 %": "",
		"C falls to 4.3·10⁻⁷":                                    "",
		"C falls to 4.2·10⁻⁷":                                    "4.2·10⁻⁷",
		"C falls to 4.3·10⁻⁶":                                    "4.3·10⁻⁶",
		"it takes 3,032 epochs":                                  "",
		"it takes 3,000 epochs":                                  "3,000",
		"for *ξ* = 0.3 and 0.5, K = 10 and *N* = 30":             "",
		"within 8 %":                                             "", "C_7 is .6 or 7": ".6 7",
		"the band = 7": "7",
		"Wang et al. (2025), [notebook 14](14_x.ipynb), `2^7`":             "",
		"notebooks 05 to 07 and finding 3 on CIFAR-10, EfficientNet-Lite0": "",
		"5 and 6 layers": "5 6",
		"<img src=\"results/01-x.png\" width=\"7\" alt=\"\">\n```\n7\n```\n<!-- 8\n9 -->\n": "",
	} {
		if got := strings.Join(unfounded(text, rows), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestNumber checks how numbers are written in tables.
func TestNumber(t *testing.T) {
	for want, v := range map[string]*float64{"": nil, "0.281577": float(0.2815768), "-12": float(-12), "4.26624·10⁻⁷": float(4.266239e-7), "1300": float(1300), "1.25·10⁸": float(1.25e8)} {
		if got := number(v); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestRefresh writes a page from a report, and refuses reports from which it cannot be written.
func TestRefresh(t *testing.T) {
	const (
		head    = "# Findings\n\n" + beginFrom + endFrom + "\n\n"
		finding = "## 1. It falls\n\n<img src=\"results/01-c.png\" width=\"560\" alt=\"C over layers\">\n\nBy .25.\n\n" + beginRows + "01: C_2\n01: C_1\n-->\n" + endRows + "\n\nText after.\n"
	)
	pixel, err := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTjWHwAAAABJRU5ErkJggg==")
	if err != nil {
		t.Fatal(err)
	}
	results := func(change func(*report.Results)) report.Results {
		r := report.Results{
			Format: 1, Command: "go run . reproduce --out /somewhere", Started: "2026-11-27T03:00:00Z",
			Notebooks: []report.NotebookResult{{Name: "00_other", Status: "failed"}, {Name: "01_first", Status: "complete"}},
			Rows: []report.Row{
				{Notebook: "01_first", Quantity: "C_1", Measured: float(0.25), Tolerance: "≤ 1", Verdict: pnc.Pass, Data: "samples", Preset: "quick"},
				{Notebook: "01_first", Quantity: "C_2", Measured: float(0.125), Predicted: float(0.126), Tolerance: "1 %", Verdict: pnc.Pass, Data: "samples", Preset: "quick"},
				{Notebook: "01_first", Quantity: "C_3", Measured: float(0.06), Verdict: pnc.Note, Data: "samples", Preset: "quick"},
			},
		}
		r.From.Version, r.From.Modules = "0.8.0", []string{"a v1"}
		change(&r)
		return r
	}
	notebook := func(caption string) []byte {
		output := map[string]any{"output_type": "display_data", "metadata": map[string]any{}, "data": map[string]any{"image/png": base64.StdEncoding.EncodeToString(pixel), "text/plain": caption}}
		nb := map[string]any{"nbformat": 4, "nbformat_minor": 5, "metadata": map[string]any{}, "cells": []any{
			map[string]any{"cell_type": "code", "id": "a", "source": "%%", "metadata": map[string]any{}, "execution_count": 1, "outputs": []any{output}}}}
		b, err := json.Marshal(nb)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	write := func(file string, content []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	keep := func(*report.Results) {}
	for name, test := range map[string]struct {
		page    string
		change  func(*report.Results)
		caption string
		want    string // in the error
	}{
		"sound":      {head + finding, keep, "C over layers", ""},
		"no row":     {head + strings.Replace(finding, "C_2", "C_9", 1), keep, "C over layers", `0 rows "C_9"`},
		"two rows":   {head + finding, func(r *report.Results) { r.Rows[2].Quantity = "C_1" }, "C over layers", `2 rows "C_1"`},
		"not run":    {head + finding, func(r *report.Results) { r.Notebooks = r.Notebooks[:1] }, "C over layers", "not on notebook 01"},
		"stopped":    {head + finding, func(r *report.Results) { r.Notebooks[1].Status = "stopped" }, "C over layers", "stopped, not complete"},
		"stand-in":   {head + finding, func(r *report.Results) { r.Rows[2].InPlaceOf = "MNIST" }, "C over layers", "in place of MNIST"},
		"beginning":  {head + finding, keep, "C over layers: measured", ""},
		"no figure":  {head + finding, keep, "D over layers", `0 figures whose captions begin with "C over layers"`},
		"stored run": {head + strings.Replace(finding, "01: C_2", "none: C of layer 2", 1), keep, "C over layers", `no stored run "none"`},
		"no names":   {head + strings.Replace(finding, beginRows, "", 1), keep, "C over layers", "no names of rows"},
		"bad name":   {head + strings.Replace(finding, "01: C_2", "01 C_2", 1), keep, "C over layers", `"01 C_2" is not`},
		"no section": {head, keep, "C over layers", "no finding"},
		"no origin":  {finding, keep, "C over layers", "no provenance"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			docs, from := filepath.Join(folder, "docs"), filepath.Join(folder, "report")
			b, err := json.Marshal(results(test.change))
			if err != nil {
				t.Fatal(err)
			}
			write(filepath.Join(docs, "results.md"), []byte(test.page))
			write(filepath.Join(docs, "results", "old"), nil)
			write(filepath.Join(from, "results.json"), b)
			write(filepath.Join(from, "01_first.ipynb"), notebook(test.caption))
			err = refresh(docs, from)
			text, _ := os.ReadFile(filepath.Join(docs, "results.md"))
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("error %v, want one with %q", err, test.want)
				}
				if files, _ := os.ReadDir(filepath.Join(docs, "results")); string(text) != test.page || len(files) != 1 {
					t.Errorf("%d files are written, and the page is\n%s", len(files)-1, text)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := "-->\n<details>\n<summary>2 rows of the table of verdicts</summary>\n\n| quantity | predicted | measured | tolerance or remark | verdict |\n| --- | --- | --- | --- | --- |\n" +
				"| C_2 | 0.126 | 0.125 | 1 % | pass |\n| C_1 |  | 0.25 | ≤ 1 | pass |\n\n01 first: samples, preset quick.\n\n</details>\n" + endRows + "\n\nText after.\n"
			if !strings.HasSuffix(string(text), want) || !strings.Contains(string(text), "pnclab 0.8.0") || !strings.Contains(string(text), "2026-11-27") {
				t.Errorf("the page is\n%s", text)
			}
			kept, err := report.ReadResults(filepath.Join(docs, "results"))
			if err != nil {
				t.Fatal(err)
			}
			if len(kept.Rows) != 2 || len(kept.Notebooks) != 1 || len(kept.From.Modules) != 0 || kept.Command != "" {
				t.Errorf("kept %+v", kept)
			}
			if content, err := os.ReadFile(filepath.Join(docs, "results", "01-c.png")); err != nil || !bytes.Equal(content, pixel) {
				t.Errorf("figure of %d bytes, error %v", len(content), err)
			}
			if err := refresh(docs, from); err != nil {
				t.Error("a second time:", err)
			}
			if again, _ := os.ReadFile(filepath.Join(docs, "results.md")); !bytes.Equal(again, text) {
				t.Errorf("a second time the page is\n%s", again)
			}
		})
	}
}

// TestStoredRuns reads every quantity of every layer of the stored runs, and draws them.
func TestStoredRuns(t *testing.T) {
	for _, s := range atScale {
		row, err := storedRow(docs, rowName{s.name, "rank of layer 7"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.read(docs)
		if err != nil {
			t.Fatal(err)
		}
		if *row.Measured != r.Evaluation.Layers[7].Rank95 || row.Paper == "" || row.Verdict != pnc.Note || !strings.Contains(row.Data, r.Trained.Date) {
			t.Errorf("%s: %+v", s.name, row)
		}
		for _, bad := range []string{"rank of layer 0", "rank of layer 8", "NC1 of layer 1"} {
			if _, err := storedRow(docs, rowName{s.name, bad}); err == nil {
				t.Errorf("%s has %q", s.name, bad)
			}
		}
	}
	content, err := storedFigure(docs, "ranks")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(content)); err != nil {
		t.Error(err)
	}
}
