package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pnclab/internal/notebook"
	"pnclab/internal/notebook/report"
)

// Lines of the page that this program knows. Between beginRows and the next closing mark are
// the names of rows, one per line, "NOTEBOOK: QUANTITY"; the table of these rows follows, up to
// endRows. The provenance is between beginFrom and endFrom.
const (
	beginRows = "<!-- rows\n"
	endRows   = "<!-- end of rows -->"
	beginFrom = "<!-- from -->\n"
	endFrom   = "<!-- end of from -->"
)

// page is docs/results.md: what precedes the first finding, and the findings.
type page struct {
	head     string
	findings []finding
}

// finding is a section of the page: its text up to the names of its rows, the rows, and what
// follows their table.
type finding struct {
	title, text string
	names       []rowName
	after       string
}

// rowName names a row of a table of verdicts: the two digits of a notebook, or the name of a
// stored run, and the quantity.
type rowName struct{ source, quantity string }

// figure is an image of the page. Its description is the caption that the notebook gave it, or the
// beginning of it where the rest lists what a run found.
type figure struct{ file, caption string }

var (
	section = regexp.MustCompile(`(?m)^## \d+\. (.+)$`)
	image   = regexp.MustCompile(`(?m)^<img src="(results/\w+-[\w-]+\.png)" width="\d+" alt="(.*)">$`)
)

func readPage(docs string) (*page, error) {
	file := filepath.Join(docs, "results.md")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	p, err := parsePage(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return p, nil
}

func parsePage(text string) (*page, error) {
	starts := section.FindAllStringSubmatchIndex(text, -1)
	if starts == nil {
		return nil, errors.New(`no finding: a section that begins with "## 1. "`)
	}
	p := &page{head: text[:starts[0][0]]}
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		f := finding{title: text[at[2]:at[3]]}
		before, rest, ok := strings.Cut(text[at[0]:end], beginRows)
		list, rest, ok2 := strings.Cut(rest, "-->\n")
		_, after, ok3 := strings.Cut(rest, endRows)
		if !ok || !ok2 || !ok3 {
			return nil, fmt.Errorf("finding %d: no names of rows between %q and \"-->\", or no %q", i+1, strings.TrimSpace(beginRows), endRows)
		}
		f.text, f.after = before, after
		for line := range strings.Lines(list) {
			source, quantity, ok := strings.Cut(strings.TrimSpace(line), ": ")
			if !ok {
				return nil, fmt.Errorf("finding %d: %q is not of the form NOTEBOOK: QUANTITY", i+1, strings.TrimSpace(line))
			}
			f.names = append(f.names, rowName{source, quantity})
		}
		p.findings = append(p.findings, f)
	}
	return p, nil
}

// names returns the rows of all findings, each once, of stored runs or else of notebooks.
func (p *page) names(stored bool) (names []rowName) {
	for _, f := range p.findings {
		for _, n := range f.names {
			if n.stored() == stored && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names
}

// stored reports whether a row is one of a stored run.
func (n rowName) stored() bool { return n.source[0] < '0' || n.source[0] > '9' }

// figures returns the images of the page.
func (p *page) figures() (all []figure) {
	for _, f := range p.findings {
		for _, m := range image.FindAllStringSubmatch(f.text, -1) {
			all = append(all, figure{m[1], m[2]})
		}
	}
	return all
}

// content returns the figure as PNG: as the notebook of the report in a folder has shown it,
// or drawn from stored runs.
func (f figure) content(docs, folder string) ([]byte, error) {
	source, _, _ := strings.Cut(filepath.Base(f.file), "-")
	if (rowName{source: source}).stored() {
		return storedFigure(docs, f.caption)
	}
	paths, err := filepath.Glob(filepath.Join(folder, source+"_*.ipynb"))
	if err != nil || len(paths) != 1 {
		return nil, fmt.Errorf("%d files %s_*.ipynb in the report, not one", len(paths), source)
	}
	nb, err := notebook.Read(paths[0])
	if err != nil {
		return nil, err
	}
	var found []string
	for _, c := range nb.CodeCells() {
		for _, o := range c.Outputs {
			if caption, _ := o.Data["text/plain"].(string); strings.HasPrefix(caption, f.caption) {
				encoded, _ := o.Data["image/png"].(string)
				found = append(found, encoded)
			}
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%s has %d figures whose captions begin with %q, not one: describe the image on the page as the notebook does", nb.Name(), len(found), f.caption)
	}
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(found[0]), ""))
}

// rows returns the rows of a finding, from what was kept of a report and from stored runs.
func (f finding) rows(docs string, kept *report.Results) (rows []report.Row, err error) {
	for _, n := range f.names {
		find := func(n rowName) (report.Row, error) { return n.of(kept) }
		if n.stored() {
			find = func(n rowName) (report.Row, error) { return storedRow(docs, n) }
		}
		row, err := find(n)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", f.title, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// filled returns the text of the page with the tables and the provenance of these results.
func (p *page) filled(docs string, kept *report.Results) (string, error) {
	before, rest, ok := strings.Cut(p.head, beginFrom)
	_, after, ok2 := strings.Cut(rest, endFrom)
	if !ok || !ok2 {
		return "", fmt.Errorf("no provenance between %q and %q", strings.TrimSpace(beginFrom), endFrom)
	}
	var b strings.Builder
	b.WriteString(before + beginFrom + provenanceLine(kept) + endFrom + after)
	for _, f := range p.findings {
		rows, err := f.rows(docs, kept)
		if err != nil {
			return "", err
		}
		b.WriteString(f.text + beginRows)
		for _, n := range f.names {
			fmt.Fprintf(&b, "%s: %s\n", n.source, n.quantity)
		}
		b.WriteString("-->\n" + table(rows) + endRows + f.after)
	}
	return b.String(), nil
}

// provenanceLine says where figures and tables are from.
func provenanceLine(r *report.Results) string {
	date, _, _ := strings.Cut(r.Started, "T")
	return fmt.Sprintf("Tables and figures are of %s: pnclab %s, %s on %s, %d cores.\n", date, r.From.Version, r.From.System, r.From.Processor, r.From.Cores)
}

// table returns rows as a table that readers unfold, with the data that they are about.
func table(rows []report.Row) string {
	header := []string{"quantity", "in the paper", "predicted", "measured", "tolerance or remark", "verdict"}
	lines := [][]string{header, slices.Repeat([]string{"---"}, len(header))}
	var about []string
	for _, r := range rows {
		lines = append(lines, []string{r.Quantity, r.Paper, number(r.Predicted), number(r.Measured), r.Tolerance, string(r.Verdict)})
		line := strings.ReplaceAll(r.Notebook, "_", " ") + ": " + r.Data
		if r.Preset != "" {
			line += ", preset " + r.Preset
		}
		if !slices.Contains(about, line) {
			about = append(about, line)
		}
	}
	printed := slices.ContainsFunc(rows, func(r report.Row) bool { return r.Paper != "" })
	var b strings.Builder
	fmt.Fprintf(&b, "<details>\n<summary>%d rows of the table of verdicts</summary>\n\n", len(rows))
	for _, cells := range lines {
		if !printed {
			cells = slices.Delete(cells, 1, 2)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	return b.String() + "\n" + strings.Join(about, ".\n") + ".\n\n</details>\n"
}

// number returns a number with six digits, such as 0.281577 or 4.26624·10⁻⁷.
func number(v *float64) string {
	switch {
	case v == nil:
		return ""
	case *v == math.Trunc(*v) && math.Abs(*v) < 1e6:
		return strconv.FormatFloat(*v, 'f', 0, 64)
	}
	text := strconv.FormatFloat(*v, 'g', 6, 64)
	mantissa, exponent, ok := strings.Cut(text, "e")
	if !ok {
		return text
	}
	e, _ := strconv.Atoi(exponent)
	return mantissa + "·10" + superscripts.Replace(strconv.Itoa(e))
}

var superscripts = strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")

// ordinary undoes superscripts.
var ordinary = strings.NewReplacer("⁻", "-", "⁰", "0", "¹", "1", "²", "2", "³", "3", "⁴", "4", "⁵", "5", "⁶", "6", "⁷", "7", "⁸", "8", "⁹", "9")

// setting matches what is a number and not a result: images, targets of links, code, comments,
// notebooks and findings, years, digits in names such as CIFAR-10 and C_2, and the value of a setting, as in ξ = 0.3.
var setting = regexp.MustCompile(strings.Join([]string{
	`(?m:^<img .*$)`, "(?s:```.*?```)", `\]\([^)]*\)`, "`[^`]*`", `(?s:<!--.*?-->)`, `[Nn]otebooks? \d\d((,| and| to) \d\d)*`, `[Ff]inding \d+`, `\b(19|20)\d\d\b`, `\p{L}[\p{L}_-]*\d+`,
	`(^|[^\p{L}])[ξαελKLNnd]\*? = [\d.]+((,| or| and| to) [\d.]+)*`, `(?m:^## \d+\.)`,
}, "|"))

// result matches a number: its digits, a power of ten, and a sign of per cent.
var result = regexp.MustCompile(`(\d[\d,]*\.?\d*|\.\d+)(?:·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?( %)?`)

// unfounded returns the numbers of a text that are no rounding of a number in one of the rows.
// Numbers that say under which settings something was found, see setting, are none of it.
func unfounded(text string, rows []report.Row) (numbers []string) {
	known := values(rows)
	for _, m := range result.FindAllStringSubmatch(setting.ReplaceAllString(text, " "), -1) {
		digits := strings.TrimRight(strings.ReplaceAll(m[1], ",", ""), ".")
		v, err := strconv.ParseFloat(digits, 64)
		scale := 1.0
		if m[2] != "" {
			e, _ := strconv.Atoi(ordinary.Replace(m[2]))
			scale = math.Pow10(-e)
		}
		if m[3] != "" {
			scale *= 100
		}
		_, decimals, _ := strings.Cut(digits, ".")
		half := 0.5 * math.Pow10(-len(decimals))
		// The last bits are those of binary fractions: .125 may round to .13 and to .12.
		near := func(known float64) bool { return math.Abs(math.Abs(known)*scale-v) <= half*(1+1e-9) }
		if err != nil || !slices.ContainsFunc(known, near) {
			numbers = append(numbers, m[0])
		}
	}
	return numbers
}

// values returns the numbers of rows: measured, predicted, in the paper, and those of tolerances,
// remarks and names, as in "share of cells within 3 %".
func values(rows []report.Row) (all []float64) {
	for _, r := range rows {
		for _, v := range []*float64{r.Measured, r.Predicted} {
			if v != nil {
				all = append(all, *v)
			}
		}
		for _, m := range result.FindAllStringSubmatch(r.Paper+" "+r.Tolerance+" "+setting.ReplaceAllString(r.Quantity, " "), -1) {
			if v, err := strconv.ParseFloat(m[1], 64); err == nil {
				all = append(all, v*map[bool]float64{false: 1, true: 0.01}[m[3] != ""])
			}
		}
	}
	return all
}
