package notebook

import (
	"strings"
	"testing"
)

const parametersSource = `%noautoget
// The experiment.
var preset = "quick" // quick or paper
var (
	seeds         = 10  // runs
	xi    float64 = 1
	noise         = 0.5
	wait          = 10 * time.Second
	xis           = []float64{.1, .3}
	fancy         = true
	level Level   = "low"
	a, b          = 1, "two"
	net           = build()
	q, r          = pair()
)
const fixed = 3`

func parametersNotebook() *Notebook {
	return &Notebook{Path: "nb.ipynb", Cells: []*Cell{
		{Type: Markdown, Source: "# Title"},
		{Type: Code, Source: parametersSource, Metadata: map[string]any{"tags": []any{"parameters"}}},
		{Type: Code, Source: "%%\nfmt.Println(preset)"},
	}}
}

func TestParams(t *testing.T) {
	params, err := parametersNotebook().Params()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range params {
		got = append(got, strings.Join([]string{p.Name, p.Type, p.Default, p.Comment}, "|"))
	}
	want := []string{
		`preset||"quick"|quick or paper`, `seeds||10|runs`, `xi|float64|1|`, `noise||0.5|`, `wait||10 * time.Second|`,
		`xis||[]float64{.1, .3}|`, `fancy||true|`, `level|Level|"low"|`, `a||1|`, `b||"two"|`, `net||build()|`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestInject(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"preset", "paper", `var preset = "paper"`},
		{"preset", `a "b"`, `var preset = "a \"b\""`},
		{"seeds", "3", `var seeds = 3`},
		{"seeds", "-0x10", `var seeds = -0x10`},
		{"xi", ".25", `var xi float64 = .25`},
		{"noise", "2", `var noise float64 = 2`},
		{"noise", "1e-3", `var noise = 1e-3`},
		{"wait", "2*time.Minute", `var wait = 2*time.Minute`},
		{"wait", "5", `var wait time.Duration = 5`},
		{"xis", "[]float64{1}", `var xis = []float64{1}`},
		{"xis", "nil", `var xis []float64 = nil`},
		{"fancy", "false", `var fancy = false`},
		{"level", "high", `var level Level = "high"`},
		{"net", "other(3)", `var net = other(3)`},
		{"b", "x", `var b = "x"`},
	} {
		nb := parametersNotebook()
		if err := nb.Inject(map[string]string{test.name: test.value}); err != nil {
			t.Errorf("%s=%s: %v", test.name, test.value, err)
			continue
		}
		c := nb.Cells[2]
		if len(nb.Cells) != 4 || !c.HasTag("injected-parameters") || c.Source != test.want {
			t.Errorf("%s=%s: got %q, want %q", test.name, test.value, c.Source, test.want)
		}
	}
}

func TestInjectReplaces(t *testing.T) {
	nb := parametersNotebook()
	for _, v := range []string{"1", "2"} {
		if err := nb.Inject(map[string]string{"seeds": v, "preset": "p" + v}); err != nil {
			t.Fatal(err)
		}
	}
	if want := "var preset = \"p2\"\nvar seeds = 2"; len(nb.Cells) != 4 || nb.Cells[2].Source != want {
		t.Errorf("%d cells, injected %q, want %q", len(nb.Cells), nb.Cells[2].Source, want)
	}
}

func TestInjectErrors(t *testing.T) {
	plain := &Notebook{Path: "plain.ipynb", Cells: []*Cell{{Type: Code, Source: "var seeds = 3"}}}
	broken := parametersNotebook()
	broken.Cells[1].Source = "var seeds = 3\nfmt.Println(seeds)"
	for _, test := range []struct {
		nb                *Notebook
		name, value, want string
	}{
		{parametersNotebook(), "seed", "3", "no parameter seed; there are: preset, seeds, xi,"},
		{parametersNotebook(), "seeds", "many", `parameter seeds: "many" is not a whole number`},
		{parametersNotebook(), "seeds", "1e3", "not a whole number"},
		{parametersNotebook(), "seeds", "99999999999999999999", "too large"},
		{parametersNotebook(), "noise", "low", `"low" is not a number`},
		{parametersNotebook(), "noise", "Inf", "not a number"},
		{parametersNotebook(), "fancy", "1", "not true or false"},
		{parametersNotebook(), "wait", "10 s", "not a Go expression"},
		{parametersNotebook(), "xis", "nil\nvar y = 1", "not a Go expression"},
		{plain, "seeds", "4", `plain.ipynb: no cell has the tag "parameters", so that parameter seeds cannot be set`},
		{broken, "seeds", "4", "nb.ipynb: parameters cell: it may hold only declarations: 2:1"},
	} {
		err := test.nb.Inject(map[string]string{test.name: test.value})
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s=%s: error %v, want one line with %q", test.name, test.value, err, test.want)
		}
	}
}
