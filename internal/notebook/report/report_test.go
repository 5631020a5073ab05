package report

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pnclab/internal/notebook"
	"pnclab/internal/provenance"
	"pnclab/pnc"
)

// picture returns a PNG of the given size in base64.
func picture(t *testing.T, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func display(data map[string]any) *notebook.Output {
	return &notebook.Output{Type: notebook.DisplayData, Data: data, Metadata: map[string]any{}}
}

const verdicts = `{"rows": [
	{"quantity": "C_1", "paper": ".28", "predicted": 0.25, "measured": 0.2600, "tolerance": "5 %", "verdict": "pass"},
	{"quantity": "D <1>", "measured": 1e-7, "verdict": "fail"}
], "data": "one square", "preset": "quick"}`

// executed returns a run of a notebook with one output of every kind.
func executed(t *testing.T, name string) *notebook.Run {
	t.Helper()
	nb := &notebook.Notebook{Path: name + ".ipynb", Metadata: map[string]any{}, Cells: []*notebook.Cell{
		{Type: notebook.Markdown, Source: "# A *title* with $x_1$\n\nThe abstract & more.\n\n## A section"},
		{Type: notebook.Code, Source: "%noautoget", Count: 1},
		{Type: notebook.Code, Source: "%%\nshow(1)", Count: 2, Outputs: []*notebook.Output{
			{Type: notebook.Stream, Name: "stdout", Text: "\x1b[31mred\x1b[0m <text>\n"},
			display(map[string]any{"image/png": picture(t, 80, 61), "text/plain": `a "figure"`}),
			display(map[string]any{"image/png": picture(t, 10, 10), "text/html": `<input type="range"><script>go()</script>`}),
			display(map[string]any{pnc.VerdictsMIME: verdicts, "text/html": "<table>not this</table>"}),
			display(map[string]any{"image/svg+xml": "<svg></svg>", "text/plain": "vector"}),
			display(map[string]any{"text/markdown": "**bold**"}),
			display(map[string]any{"image/png": "bm90IGEgcG5n"}),
			display(map[string]any{pnc.VerdictsMIME: "{"}),
		}},
	}}
	nb.Cells[2].Outputs[1].Metadata["image/png"] = map[string]any{"width": json.Number("30")}
	table, err := notebook.ParseVerdicts(verdicts)
	if err != nil {
		t.Fatal(err)
	}
	return &notebook.Run{Notebook: nb, Duration: 3 * time.Second, CellTimes: []time.Duration{0, 2500 * time.Millisecond}, Verdicts: []*pnc.Verdicts{table}}
}

func TestReport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "report")
	first, second, third := executed(t, "01_first"), executed(t, "02_second"), executed(t, "03_third")
	second.Err = errors.New("cell [2]: <broken>")
	r, err := New(dir, "go run . reproduce", provenance.Record{Version: "9.9", Commit: "abc"}, "../../..", []*notebook.Notebook{first.Notebook, second.Notebook, third.Notebook})
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range []*notebook.Run{second, first} { // not in order
		if err := r.Add(run); err != nil {
			t.Fatal(err)
		}
	}

	page := read(t, dir, "01_first.html")
	for _, want := range []string{
		"<title>A title with x1</title>",
		`<h1 id="a-title-with-0">A <em>title</em> with <math>`,
		"<summary>setup</summary>",
		`<span class="count">[2]</span>`,
		`<span class="seconds">2.5 s</span>`,
		"red &lt;text&gt;</pre>",
		`alt="a &#34;figure&#34;" width="30" height="23"`,
		`<script>go()</script>`,
		`<figure id="figure-2" class="printed">`,
		`<figcaption><a href="#figure-1">Figure 1</a>. a &#34;figure&#34;</figcaption>`,
		`<li><a href="#a-section">A section</a></li>`,
		`<a href="02_second.html" rel="next">`,
		`<th scope="row">C<sub>1</sub></th><td data-label="Paper">.28</td><td data-label="Predicted">0.2500</td><td data-label="Measured">0.2600</td><td data-label="Tolerance">5 %</td><td class="pass">pass</td>`,
		`<th scope="row">D &lt;1&gt;</th><td data-label="Paper">–</td><td data-label="Predicted">–</td><td data-label="Measured">1.000·10<sup>−7</sup></td><td data-label="Tolerance">–</td><td class="fail">fail</td>`,
		`src="data:image/svg&#43;xml;base64,`,
		"<strong>bold</strong>",
		"a figure is not a PNG",
		"verdict table: ",
		"pnclab " + pnc.Version,
	} {
		if !strings.Contains(page, want) && !strings.Contains(strings.ReplaceAll(page, "svg+xml", "svg&#43;xml"), want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if strings.Contains(page, "not this") {
		t.Error("a verdict table was shown in its own form")
	}

	index := read(t, dir, "index.html")
	for _, want := range []string{
		"2 pass", "2 fail", `<a class="cover" href="01_first.html#figure-1"><img src="figures/01_first-1.png"`,
		"The abstract &amp; more.", "cell [2]: &lt;broken&gt;", "<strong>not run</strong>", "<dd>quick</dd>", "<dd>9.9, commit abc</dd>",
	} {
		if !strings.Contains(index, want) {
			t.Errorf("the index has no %s", want)
		}
	}
	if strings.Contains(index, "playground") {
		t.Error("the index has a playground, which the report has not")
	}
	if err := r.AddPlayground([]byte("the page")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, dir, "playground.html"); got != "the page" || !strings.Contains(read(t, dir, "index.html"), `href="playground.html"`) {
		t.Errorf("the playground is %q", got)
	}
	for _, name := range []string{"01_first.html", "index.html"} {
		checkLinks(t, dir, name)
	}

	var results map[string]any
	if err := json.Unmarshal([]byte(read(t, dir, "results.json")), &results); err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	for _, row := range results["rows"].([]any) {
		rows = append(rows, row.(map[string]any))
	}
	var order []string
	for _, v := range rows {
		order = append(order, v["notebook"].(string))
	}
	if want := []string{"01_first", "01_first", "02_second", "02_second"}; !slices.Equal(order, want) {
		t.Errorf("results of %v, want %v", order, want)
	}
	for name, want := range map[string]any{
		"quantity": "C_1", "paper": ".28", "predicted": 0.25, "measured": 0.26, "tolerance": "5 %", "verdict": "pass",
		"data": "one square", "preset": "quick", "stand_in": "",
	} {
		if rows[0][name] != want {
			t.Errorf("results: %s is %v, want %v", name, rows[0][name], want)
		}
	}
	if v, ok := rows[1]["predicted"]; !ok || v != nil {
		t.Errorf("results: predicted is %v where nothing is, want null", v)
	}
	back, err := ReadResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []NotebookResult{{Name: "01_first", Status: complete, Seconds: 3}, {Name: "02_second", Status: failed, Error: "cell [2]: <broken>", Seconds: 3}, {Name: "03_third", Status: pending}}
	if !reflect.DeepEqual(back.Notebooks, want) || back.From.Commit != "abc" || len(back.Rows) != 4 || len(back.Claims) != len(claims) {
		t.Errorf("read back %+v, want %+v", back.Notebooks, want)
	}
	if _, err := notebook.Read(filepath.Join(dir, "02_second.ipynb")); err != nil {
		t.Error(err)
	}
}

func TestStopped(t *testing.T) {
	dir := t.TempDir()
	run := executed(t, "01_first")
	run.Err = context.Canceled
	r, err := New(dir, "", provenance.Record{}, "", []*notebook.Notebook{run.Notebook})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add(run); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(read(t, dir, "index.html"), `<strong class="fail">stopped</strong> after`) {
		t.Error("the index does not say that the run was stopped")
	}
}

func TestNoRows(t *testing.T) {
	dir := t.TempDir()
	run := executed(t, "01_first")
	run.Verdicts = nil
	r, err := New(dir, "", provenance.Record{}, "", []*notebook.Notebook{run.Notebook})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add(run); err != nil {
		t.Fatal(err)
	}
	if got := read(t, dir, "results.json"); !strings.Contains(got, `"rows": []`) {
		t.Errorf("results %s, want an empty list of rows", got)
	}
}

func TestNotWritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(file, "", provenance.Record{}, "", nil); err == nil {
		t.Error("a report in place of a file")
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var reference = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

// checkLinks checks that every reference of a page leads to an existing file of the
// report or an existing anchor.
func checkLinks(t *testing.T, dir, name string) {
	t.Helper()
	for _, m := range reference.FindAllStringSubmatch(read(t, dir, name), -1) {
		if strings.HasPrefix(m[1], "data:") || m[1] == paper {
			continue
		}
		file, anchor, _ := strings.Cut(m[1], "#")
		if file == "" {
			file = name
		}
		if anchor != "" && !strings.Contains(read(t, dir, file), `id="`+anchor+`"`) {
			t.Errorf("%s: %s leads nowhere", name, m[1])
		}
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNotes has a run with a note, which is in all that is written.
func TestNotes(t *testing.T) {
	dir := t.TempDir()
	run := executed(t, "01_first")
	run.Notes = []notebook.Note{{Notebook: "01_first", Cell: 2, Text: "ended <early>"}}
	r, err := New(dir, "", provenance.Record{}, "", []*notebook.Notebook{run.Notebook})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add(run); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"index.html", "01_first.html"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(b), "<strong>Note.</strong> 01_first, cell [2]: ended &lt;early&gt;</p>") {
			t.Errorf("%s has no note, %v", name, err)
		}
	}
	if res, err := ReadResults(dir); err != nil || len(res.Notebooks) != 1 || !slices.Equal(res.Notebooks[0].Notes, []string{"01_first, cell [2]: ended <early>"}) {
		t.Errorf("results %+v, %v", res, err)
	}
}
