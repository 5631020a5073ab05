// Command findings refreshes docs/results.md, the page of the laboratory's own findings, from
// a report of reproduce:
//
//	go run . reproduce 01 10 11 14 15 16 17 18   # the notebooks that the page names
//	go run ./internal/findings -report report
//
// The page is written by hand but for what a run decides. Its figures are those that notebooks
// showed, found by their captions; its tables are rows of the notebooks' tables of verdicts,
// found by their names; docs/results/results.json keeps these rows with their provenance, in
// the form of docs/report-format.md. Findings at the size of the paper come from the stored runs
// of docs/paperscale instead. Nothing is written if a row or a figure is missing, or if a
// notebook has failed or ran on data made up in place of a data set.
//
// That every number of the prose is one of the rows below it is a test of this package.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"path/filepath"
	"slices"
	"strings"

	"pnclab/internal/atomicfile"
	"pnclab/internal/notebook"
	"pnclab/internal/notebook/report"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("findings: ")
	folder := flag.String("report", "report", "the folder that reproduce has written")
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("what is %q? The only option is -report FOLDER", flag.Arg(0))
	}
	root, err := notebook.FindRoot(".")
	if err == nil {
		err = refresh(filepath.Join(root, "docs"), *folder)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// refresh writes results.md and the folder results in docs, with what a report holds.
func refresh(docs, folder string) error {
	p, err := readPage(docs)
	if err != nil {
		return err
	}
	r, err := report.ReadResults(folder)
	if err != nil {
		return err
	}
	rows, err := selectRows(r, p.names(false))
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	for _, f := range p.figures() {
		if files[f.file], err = f.content(docs, folder); err != nil {
			return fmt.Errorf("%s: %w", f.file, err)
		}
	}
	kept := *r
	kept.Notebooks, kept.Claims, kept.Rows = nil, []report.ClaimResult{}, rows
	// What holds on one machine only: its folders, and a commit that nobody else may have.
	kept.Command, kept.From.Commit, kept.From.Modules = "", "", []string{}
	for _, n := range r.Notebooks {
		if slices.ContainsFunc(rows, func(row report.Row) bool { return row.Notebook == n.Name }) {
			kept.Notebooks = append(kept.Notebooks, n)
		}
	}
	text, err := p.filled(docs, &kept)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(kept); err != nil {
		return err
	}
	for file, content := range files {
		err = errors.Join(err, atomicfile.WriteFile(filepath.Join(docs, file), content))
	}
	return errors.Join(err, atomicfile.WriteFile(filepath.Join(docs, "results", "results.json"), b.Bytes()), atomicfile.WriteFile(filepath.Join(docs, "results.md"), []byte(text)))
}

// selectRows returns the rows of a report with the given names, in their order.
func selectRows(r *report.Results, names []rowName) (rows []report.Row, err error) {
	for _, n := range names {
		row, err := n.of(r)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// of returns the row of a report that has a name.
func (n rowName) of(r *report.Results) (row report.Row, err error) {
	i := slices.IndexFunc(r.Notebooks, func(nb report.NotebookResult) bool { return strings.HasPrefix(nb.Name, n.source+"_") })
	if i < 0 {
		return row, fmt.Errorf("the report is not on notebook %s, which the page rests on: run it with the others", n.source)
	}
	if nb := r.Notebooks[i]; nb.Status != "complete" {
		return row, fmt.Errorf("%s is %s, not complete: run it again", nb.Name, nb.Status)
	}
	found := 0
	for _, candidate := range r.Rows {
		if candidate.Notebook != r.Notebooks[i].Name {
			continue
		}
		if candidate.InPlaceOf != "" {
			return row, fmt.Errorf("%s ran on data made up in place of %s: set PNC_DATA to a folder that has it", candidate.Notebook, candidate.InPlaceOf)
		}
		if candidate.Quantity == n.quantity {
			row, found = candidate, found+1
		}
	}
	if found != 1 {
		return row, fmt.Errorf("%s has %d rows %q, not one: name it in docs/results.md as the notebook does", r.Notebooks[i].Name, found, n.quantity)
	}
	return row, nil
}
