// Package notebooks_test checks the form of the notebooks and executes every
// one of them.
package notebooks_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/color"
	_ "image/png"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"pnclab/internal/notebook"
	"pnclab/internal/notebook/report"
	"pnclab/pnc"
)

const (
	maxLines    = 20 // of a code cell
	maxMedian   = 6  // of the lines of a notebook's code cells
	cellTimeout = 5 * time.Minute
	atOnce      = 2 // notebooks: one computes while another compiles
)

// all reads every notebook of this folder.
func all(t *testing.T) []*notebook.Notebook {
	t.Helper()
	paths, err := filepath.Glob("*.ipynb")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no notebooks: %v", err)
	}
	var notebooks []*notebook.Notebook
	for _, p := range paths {
		nb, err := notebook.Read(p)
		if err != nil {
			t.Fatal(err)
		}
		notebooks = append(notebooks, nb)
	}
	return notebooks
}

// setup is the first code cell of every notebook: GoNB alone finds the checkout by it,
// wherever that is, and no cell goes to the network.
const setup = "!*test -f go.work || go work init . \"${GONB_DIR}/..\"\n%noautoget"

// TestForm holds the notebooks to what makes them readable: more prose than
// code, small cells, parameters in one place, nothing stored that a run makes.
func TestForm(t *testing.T) {
	for _, nb := range all(t) {
		t.Run(nb.Name(), func(t *testing.T) {
			prose := 0
			var lines []int
			for i, c := range nb.Cells {
				// Such as \v of an escaped \varepsilon, with which a page shows "arepsilon".
				if at := strings.IndexFunc(c.Source, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); at >= 0 {
					t.Errorf("cell %d of all has a control character in %.40q", i+1, c.Source[at:])
				}
				switch c.Type {
				case notebook.Markdown:
					prose++
					if at := strings.Index(c.Source, "\t"); at >= 0 { // of an escaped \text, \tau
						t.Errorf("cell %d of all has a tab in %.40q", i+1, c.Source[at:])
					}
				case notebook.Code:
					n := strings.Count(strings.TrimRight(c.Source, "\n"), "\n") + 1
					if lines = append(lines, n); n > maxLines {
						t.Errorf("cell %d of all has %d lines, more than %d", i+1, n, maxLines)
					}
				}
			}
			if first := nb.CodeCells()[0].Source; first != setup {
				t.Errorf("the first code cell is\n%s\nnot\n%s", first, setup)
			}
			slices.Sort(lines)
			if m := lines[(len(lines)-1)/2]; m > maxMedian {
				t.Errorf("half the code cells have %d lines or more, the median should be at most %d", m, maxMedian)
			}
			if prose < len(lines) {
				t.Errorf("%d cells of prose for %d of code", prose, len(lines))
			}
			params, err := nb.Params()
			if err != nil || len(params) == 0 {
				t.Errorf("no parameters cell with variables: %v", err)
			}
			if nb.Title() == nb.Name() || nb.Abstract() == "" {
				t.Error("does not begin with a title and a paragraph")
			}
			if nb.Strip() {
				t.Error("stored with outputs or another version of Go; 'go run . reproduce --strip' removes them")
			}
		})
	}
}

// TestExecute runs every notebook with the preset quick: no cell may fail, no
// verdict may be fail, and the figures must be there.
func TestExecute(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the kernel")
	}
	ctx := t.Context()
	if deadline, ok := t.Deadline(); ok { // leave time to stop the kernel
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-15*time.Second))
		t.Cleanup(cancel)
	}
	root, err := notebook.FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	tools, err := notebook.EnsureTools(ctx, root, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if err := notebook.Warm(ctx, root, tools, false); err != nil {
		t.Fatal(err)
	}
	slots := make(chan struct{}, atOnce)
	for _, nb := range all(t) {
		t.Run(nb.Name(), func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			params, err := nb.Params()
			if err != nil {
				t.Fatal(err)
			}
			if slices.ContainsFunc(params, func(p notebook.Param) bool { return p.Name == "preset" }) {
				if err := nb.Inject(map[string]string{"preset": "quick"}); err != nil {
					t.Fatal(err)
				}
			}
			// As in reproduce: products of two threads wait for each other where others compute.
			processors := func() int { return max(1, runtime.GOMAXPROCS(0)/max(1, len(slots))) }
			run := notebook.Execute(ctx, nb, notebook.Options{Tools: tools, Root: root, Timeout: cellTimeout, Processors: processors})
			if run.Err != nil {
				t.Fatal(run.Err)
			}
			checkFigures(t, nb)
			checkVerdicts(t, run)
			for _, expression := range report.Unmatched(run) {
				t.Errorf("no row has a quantity like %q, which a claim in the report rests on", expression)
			}
			checkPage(t, run)
		})
	}
}

// checkPage checks that the rows of a notebook which docs/results.md shows have not been
// renamed. Runs on stand-ins may lack rows and are not checked.
func checkPage(t *testing.T, run *notebook.Run) {
	kept, err := report.ReadResults("../docs/results")
	if err != nil {
		t.Fatal(err)
	}
	var quantities []string
	for _, table := range run.Verdicts {
		if table.InPlaceOf != "" {
			return
		}
		for _, row := range table.Rows {
			quantities = append(quantities, row.Quantity)
		}
	}
	for _, row := range kept.Rows {
		if row.Notebook == run.Notebook.Name() && !slices.Contains(quantities, row.Quantity) {
			t.Errorf("no row has the quantity %q, which docs/results.md shows", row.Quantity)
		}
	}
}

// checkFigures counts the figures, of which none may be blank. A notebook can
// state the number in its metadata under pnclab.figures; it shows one at least.
func checkFigures(t *testing.T, nb *notebook.Notebook) {
	t.Helper()
	shown := 0
	for i, c := range nb.CodeCells() {
		for _, o := range c.Outputs {
			s, ok := o.Data["image/png"].(string)
			if !ok {
				continue
			}
			shown++
			raw, err := base64.StdEncoding.DecodeString(s)
			if err != nil {
				t.Errorf("cell [%d]: %v", i+1, err)
				continue
			}
			m, _, err := image.Decode(bytes.NewReader(raw))
			if err != nil {
				t.Errorf("cell [%d]: %v", i+1, err)
			} else if blank(m) {
				t.Errorf("cell [%d]: a figure is blank", i+1)
			}
		}
	}
	own, _ := nb.Metadata["pnclab"].(map[string]any)
	if want, ok := own["figures"].(json.Number); ok && want.String() != strconv.Itoa(shown) {
		t.Errorf("%d figures, want %s", shown, want)
	}
	if shown == 0 {
		t.Error("no figure")
	}
}

// blank reports whether all pixels have one colour.
func blank(m image.Image) bool {
	b := m.Bounds()
	first := color.RGBAModel.Convert(m.At(b.Min.X, b.Min.Y))
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if color.RGBAModel.Convert(m.At(x, y)) != first {
				return false
			}
		}
	}
	return true
}

func checkVerdicts(t *testing.T, run *notebook.Run) {
	t.Helper()
	if run.Tally().Total() == 0 {
		t.Error("no verdicts")
	}
	for _, table := range run.Verdicts {
		for _, v := range table.Rows {
			if v.Verdict == pnc.Fail {
				t.Errorf("%s: measured %v, predicted %v, tolerance %v", v.Quantity, v.Measured, v.Predicted, v.Tolerance)
			}
		}
	}
}
