package cli

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pnclab/pnc"
)

// element is an element of a page with its attributes, text and children.
type element struct {
	name     string
	attr     map[string]string
	text     string
	children []*element
}

// all returns the elements below e that have a name, in their order.
func (e *element) all(name string) (found []*element) {
	for _, c := range e.children {
		if c.name == name {
			found = append(found, c)
		}
		found = append(found, c.all(name)...)
	}
	return found
}

// void are the elements of HTML that have no end.
var void = []string{"meta", "img", "input", "br"}

// parsePage reads a page: every element that begins must end, inside the one in which it
// began. Contents of scripts and style sheets are text.
func parsePage(t *testing.T, page string) *element {
	t.Helper()
	var raw []string
	page = regexp.MustCompile(`(?s)(<(?:script|style)[^>]*>)(.*?)(</)`).ReplaceAllStringFunc(page, func(s string) string {
		begin, end := strings.Index(s, ">")+1, strings.LastIndex(s, "</")
		raw = append(raw, s[begin:end])
		return s[:begin] + fmt.Sprintf("raw%d", len(raw)-1) + s[end:]
	})
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict = false // attributes of HTML; RawToken below leaves the nesting to this function
	d.Entity = xml.HTMLEntity
	root := &element{}
	open := []*element{root}
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		last := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: strings.ToLower(token.Name.Local), attr: map[string]string{}}
			for _, a := range token.Attr {
				if _, ok := e.attr[a.Name.Local]; ok {
					t.Errorf("<%s> has %s twice", e.name, a.Name.Local)
				}
				e.attr[a.Name.Local] = a.Value
			}
			last.children = append(last.children, e)
			if !slices.Contains(void, e.name) {
				open = append(open, e)
			}
		case xml.EndElement:
			name := strings.ToLower(token.Name.Local)
			if slices.Contains(void, name) { // <meta/> ends itself
				continue
			}
			if name != last.name {
				line, _ := d.InputPos()
				t.Fatalf("line %d: </%s> ends <%s>", line, name, last.name)
			}
			open = open[:len(open)-1]
		case xml.CharData:
			text := string(token)
			if i := 0; last.name == "script" || last.name == "style" {
				if _, err := fmt.Sscanf(text, "raw%d", &i); err == nil {
					text = raw[i]
				}
			}
			last.text += text
		}
	}
	if len(open) != 1 {
		t.Fatalf("<%s> does not end", open[len(open)-1].name)
	}
	return root
}

// checkPage checks what every page of measure has to be, and returns it: a document that
// loads nothing, whose tables are whole and whose colours exist in the light and in the
// dark.
func checkPage(t *testing.T, path string) *element {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(b), "<!DOCTYPE html>\n<html lang=\"en\">") {
		t.Error("no HTML document in a language")
	}
	root := parsePage(t, string(b))
	for name, want := range map[string]int{"html": 1, "head": 1, "title": 0, "body": 1, "h1": 1} {
		n := len(root.all(name))
		if name == "title" { // figures may have titles too
			n, want = len(root.all("head")[0].all(name)), 1
		}
		if n != want {
			t.Errorf("%d elements %s, want %d", n, name, want)
		}
	}
	ids := map[string]bool{}
	var visit func(e *element)
	visit = func(e *element) {
		if id, ok := e.attr["id"]; ok {
			if ids[id] {
				t.Errorf("two elements with the id %q", id)
			}
			ids[id] = true
		}
		for _, name := range []string{"src", "href", "srcset", "action", "data", "poster"} {
			if v, ok := e.attr[name]; ok && !strings.HasPrefix(v, "data:") && !strings.HasPrefix(v, "#") {
				t.Errorf("<%s %s=%.60q> is outside of the page", e.name, name, v)
			}
		}
		if e.name == "link" || e.name == "iframe" || e.name == "object" {
			t.Errorf("<%s>", e.name)
		}
		if e.name == "img" && e.attr["alt"] == "" || e.name == "figure" && e.attr["aria-label"] == "" {
			t.Errorf("<%s> without a description", e.name)
		}
		for _, c := range e.children {
			visit(c)
		}
	}
	visit(root)
	for _, table := range root.all("table") {
		head := len(table.all("thead")[0].all("th"))
		for i, tr := range table.all("tbody")[0].all("tr") {
			if n := len(tr.children); n != head {
				t.Errorf("row %d has %d cells below %d headings", i, n, head)
			}
		}
	}
	css := root.all("style")[0].text
	if regexp.MustCompile(`(?i)@import|url\(`).MatchString(css) {
		t.Error("the style sheet loads something")
	}
	light, rest, ok := strings.Cut(css, "prefers-color-scheme: dark")
	dark, _, _ := strings.Cut(rest, "}\n}")
	if !ok || !strings.Contains(light, "color-scheme: light dark") {
		t.Error("no colours for the dark")
	}
	for _, use := range regexp.MustCompile(`var\((--[a-z]+)\)`).FindAllStringSubmatch(css, -1) {
		if !strings.Contains(light, use[1]+":") || !strings.Contains(dark, use[1]+":") {
			t.Errorf("the colour %s is not there in the light and in the dark", use[1])
		}
	}
	if !slices.ContainsFunc(root.all("meta"), func(e *element) bool { return strings.Contains(e.attr["content"], "width=device-width") }) {
		t.Error("no width for phones")
	}
	return root
}

// textOf returns the text of an element and of those in it.
func textOf(e *element) string {
	s := e.text
	for _, c := range e.children {
		s += " " + textOf(c)
	}
	return strings.TrimSpace(s)
}

// TestPageStructure checks the page of one file, of two and of epochs: valid, alone, and
// with every quantity of every layer, as JSON has it, or the reason why it has none.
func TestPageStructure(t *testing.T) {
	const seed = 14
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	write := func(name string, spread float64) string {
		s := randomSet(rnd, 60, spread)
		return s.write(t, filepath.Join(dir, name), "zero<i>", npy("<f8", "(60, 2)", make([]float64, 120)), "last", npy("<f8", "(60, 2)", s.two),
			"classifier.weight", npy("<f8", "(3, 2)", []float64{1, 0, 0, 1, -1, -1}), "classifier.bias", npy("<f8", "(3,)", []float64{0, .1, .2}))
	}
	a, b, test := write(`a&b.npz`, .2), write("b.npz", .4), write("test.npz", .3)
	for _, epoch := range []int{1, 2, 30} {
		randomSet(rnd, 60, 1/float64(epoch)).write(t, filepath.Join(dir, fmt.Sprintf("ckpt_%d.npz", epoch)))
	}
	for name, args := range map[string][]string{
		"one":    {"--bootstrap", "20", "--test", test, "--ood", test, "--residual", "--classes", "--cka", "--procrustes", a},
		"two":    {"--bootstrap", "20", "--cka", a, b},
		"epochs": {"--epochs", filepath.Join(dir, "ckpt_30.npz"), filepath.Join(dir, "ckpt_1.npz"), filepath.Join(dir, "ckpt_2.npz")},
	} {
		t.Run(name, func(t *testing.T) {
			page := filepath.Join(t.TempDir(), "page.html")
			if _, err := run(append([]string{"measure", "--html", page}, args...)...); err != nil {
				t.Fatal(err)
			}
			root := checkPage(t, page)
			if n := len(root.all("figure")); n != 3 {
				t.Errorf("%d figures", n)
			}
			if animated := len(root.all("input")) == 1; animated != (name == "epochs") {
				t.Errorf("animated: %v", animated)
			}
			scripts := root.all("script")
			var evs []*pnc.Evaluation
			if err := json.Unmarshal([]byte(scripts[len(scripts)-1].text), &evs); err != nil {
				t.Fatal(err)
			}
			tables := root.all("table")
			if len(tables) != len(evs) || len(evs) != map[string]int{"one": 1, "two": 2, "epochs": 3}[name] {
				t.Fatalf("%d tables of %d evaluations", len(tables), len(evs))
			}
			text := textOf(root)
			for i, ev := range evs {
				checkTable(t, tables[i], text, ev)
			}
			// Columns of similarities end where their headings do, on the first line too.
			for _, pre := range root.all("pre") {
				lines := strings.Split(strings.TrimRight(pre.text, "\n"), "\n")
				for i, line := range lines[:len(lines)-1] {
					if strings.HasPrefix(strings.TrimSpace(line), "CKA ") && len([]rune(line)) != len([]rune(lines[i+1])) {
						t.Errorf("headings %q over %q", line, lines[i+1])
					}
				}
			}
			if name == "one" {
				for _, q := range pnc.Quantities() {
					if !slices.ContainsFunc(evs[0].Layers, func(m pnc.LayerMeasures) bool { return !math.IsNaN(q.Of(m)) }) && q.Name != "powerLaw" {
						t.Errorf("%s is undefined in every layer", q.Name) // the spectra are too short for a power law
					}
				}
			}
		})
	}
}

// checkTable checks the table of one evaluation on a page with the given text.
func checkTable(t *testing.T, table *element, text string, ev *pnc.Evaluation) {
	t.Helper()
	column := map[string]int{}
	for i, th := range table.all("thead")[0].all("th") {
		column[textOf(th)] = i
	}
	rows := table.all("tbody")[0].all("tr")
	if len(rows) != len(ev.Layers) {
		t.Fatalf("%d rows of %d layers", len(rows), len(ev.Layers))
	}
	for l, m := range ev.Layers {
		if name := textOf(rows[l].children[0]); name != m.Name {
			t.Errorf("row %d is called %q, not %q", l, name, m.Name)
		}
		for _, q := range pnc.Quantities() {
			v, why := q.Of(m), m.Undefined[q.Name]
			i, ok := column[q.Label]
			if !ok {
				if !math.IsNaN(v) || why != "" {
					t.Errorf("%s: no column for %s", m.Name, q.Label)
				}
				continue
			}
			cell := rows[l].children[i]
			want := "–"
			if !math.IsNaN(v) {
				want = fmt.Sprintf("%.4g", v)
				if bound, ok := m.AtMost[q.Name]; ok {
					want, why = "≤ "+want, bound
				}
			}
			if strings.TrimSpace(cell.text) != want || cell.attr["title"] != why {
				t.Errorf("%s of %s is %q with the reason %q, want %q and %q", q.Name, m.Name, cell.text, cell.attr["title"], want, why)
			}
			if !strings.Contains(text, why) {
				t.Errorf("the reason %q is nowhere but in a tooltip", why)
			}
			interval, ok := m.Intervals[q.Name]
			if small := cell.all("small"); ok != (len(small) == 1) || ok && textOf(small[0]) != fmt.Sprintf("%.4g to %.4g", interval[0], interval[1]) {
				t.Errorf("%s of %s: interval %v", q.Name, m.Name, interval)
			}
		}
	}
}

// TestMeasureJSON checks that what --json prints survives being read by package pnc and
// written again, field by field and digit by digit, with all that can be requested.
func TestMeasureJSON(t *testing.T) {
	const seed = 15
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	write := func(name string, spread float64) string {
		return randomSet(rnd, 60, spread).write(t, filepath.Join(dir, name), "zero", npy("<f8", "(60, 2)", make([]float64, 120)))
	}
	a, b, test := write("a.npz", .2), write("b.npz", .4), write("test.npz", .3)
	for _, args := range [][]string{{a}, {"--bootstrap", "20", "--test", test, "--ood", test, "--residual", "--classes", "--cka", "--procrustes", "--weights", "samples", a}, {a, b}} {
		out, _, err := runApart(append([]string{"measure", "--json"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		var printed map[string]json.RawMessage
		if err := json.Unmarshal([]byte(out), &printed); err != nil {
			t.Fatal(err)
		}
		sets := []json.RawMessage{json.RawMessage(out)}
		if printed["sets"] != nil {
			if err := json.Unmarshal(printed["sets"], &sets); err != nil || len(sets) != 2 {
				t.Fatal(len(sets), err)
			}
		}
		for _, set := range sets {
			var ev pnc.Evaluation
			if err := json.Unmarshal(set, &ev); err != nil {
				t.Fatal(err)
			}
			again, err := json.Marshal(ev)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := decodedNumbers(t, again), decodedNumbers(t, set); !reflect.DeepEqual(got, want) {
				t.Errorf("%v: written again it is %s, and was %s", args, again, set)
			}
		}
	}
}

// decodedNumbers returns JSON as values that keep numbers as they are written, without
// the version of the program.
func decodedNumbers(t *testing.T, text []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	delete(v, "pnclab")
	return v
}
