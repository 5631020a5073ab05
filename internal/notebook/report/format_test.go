package report

import (
	"html/template"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestNumber(t *testing.T) {
	for _, test := range []struct {
		value float64
		want  template.HTML
	}{
		{math.NaN(), "–"},
		{3, "3"},
		{-12, "−12"},
		{0.28461234, "0.2846"},
		{13.5000001, "13.50"},
		{1234.5678, "1235"},
		{0.0012345, "0.001234"}, // round half to even, and 0.0012345 is just below
		{-0.5, "−0.5000"},
		{2.07e-10, "2.070·10<sup>−10</sup>"},
		{1e7, "1.000·10<sup>7</sup>"},
		{-1e7, "−1.000·10<sup>7</sup>"},
		{0, "0"},
	} {
		if got := number(test.value); got != test.want {
			t.Errorf("%v: got %s, want %s", test.value, got, test.want)
		}
	}
}

func TestText(t *testing.T) {
	for _, test := range []struct {
		text string
		want template.HTML
	}{
		{"", "–"},
		{"1 %", "1 %"},
		{".283", ".283"},
		{"≥ C_0", "≥ C<sub>0</sub>"},
	} {
		if got := text(test.text); got != test.want {
			t.Errorf("%q: got %s, want %s", test.text, got, test.want)
		}
	}
}

func TestQuantity(t *testing.T) {
	for _, test := range []struct {
		name string
		want template.HTML
	}{
		{"C_2/C_1 at ξ=0.3", "C<sub>2</sub>/C<sub>1</sub> at ξ=0.3"},
		{"C_{l+1}/C_l", "C<sub>l+1</sub>/C<sub>l</sub>"},
		{"x_i^2", "x<sub>i</sub><sup>2</sup>"},
		{"10^-3", "10<sup>-3</sup>"},
		{"D_5 - D_0", "D<sub>5</sub> − D<sub>0</sub>"},
		{"train_images", "train_images"},
		{"a < b", "a &lt; b"},
		{"R² of log C", "R² of log C"},
	} {
		if got := quantity(test.name); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestSeconds(t *testing.T) {
	for _, test := range []struct {
		d    time.Duration
		want string
	}{
		{1234 * time.Millisecond, "1.2 s"},
		{83 * time.Second, "83 s"},
		{5 * time.Minute, "5 min"},
		{90 * time.Hour, "90.0 h"},
	} {
		if got := seconds(test.d); got != test.want {
			t.Errorf("%v: got %s, want %s", test.d, got, test.want)
		}
	}
}

func TestHighlight(t *testing.T) {
	for _, test := range []struct {
		source string
		want   template.HTML
	}{
		{"%%\nx := 3 // three", `<span class="m">%%</span>` + "\n" + `x := <span class="n">3</span> <span class="c">// three</span>`},
		{"var s = \"<a>\"", `<span class="k">var</span> s = <span class="s">&#34;&lt;a&gt;&#34;</span>`},
		{"!ls && echo \"x", `<span class="m">!ls &amp;&amp; echo &#34;x</span>`},
		{"s := `one\n%%\ntwo`", "s := <span class=\"s\">`one\n%%\ntwo`</span>"},
		{"/* open", `<span class="c">/* open</span>`},
		{"größe := \"é\"", `größe := <span class="s">&#34;é&#34;</span>`},
		{"\"unclosed\nx", "<span class=\"s\">&#34;unclosed</span>\nx"},
		{"", ""},
	} {
		if got := highlight(test.source, sources{}); got != test.want {
			t.Errorf("%q: got\n%s, want\n%s", test.source, got, test.want)
		}
	}
}

func TestIsSetup(t *testing.T) {
	for source, want := range map[string]bool{
		"!*test -f go.work\n%noautoget":       true,
		"import (\n\t\"fmt\"\n)":              true,
		"// all\nimport \"fmt\"\n":            true,
		"import (\n\t\"fmt\"\n)\n\nvar x = 1": true,
		"import \"fmt\"\nvar x = 1\nvar y":    false,
		"import \"fmt\"\n\n%%\nf()":           false,
		"%%\nfmt.Println()":                   false,
		"%%":                                  false,
		"x := 1":                              false,
	} {
		if isSetup(source) != want {
			t.Errorf("%q: got %v", source, !want)
		}
	}
}

// TestSources links names to their declarations in a checkout, whatever its folder is
// called, and links nothing that is not declared.
func TestSources(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a [1]")
	for name, source := range map[string]string{
		"pnc/law.go":      "package pnc\n\n// Law is.\ntype Law struct{}\n\nfunc (Law) Scale() {}\n\nfunc Predict() {}\n\nvar (\n\ta, B int\n)\n",
		"pnc/law_test.go": "package pnc\n\nfunc Tested() {}\n",
		"pnc/broken.go":   "package pnc\n\nfunc",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newSources(root, filepath.Join(root, "out", "report"))
	got := string(highlight("x := pnc.Predict(pnc.Law{}, pnc.B).Law + pnc.Scale + plotting.Law + pnc.Tested", s))
	want := `x := pnc.<a class="source" href="../../pnc/law.go#L8" title="pnc/law.go:8">Predict</a>(` +
		`pnc.<a class="source" href="../../pnc/law.go#L4" title="pnc/law.go:4">Law</a>{}, ` +
		`pnc.<a class="source" href="../../pnc/law.go#L11" title="pnc/law.go:11">B</a>).Law + pnc.Scale + plotting.Law + pnc.Tested`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(highlight("pnc.Law", newSources("", root))); got != "pnc.Law" {
		t.Errorf("without a checkout: %s", got)
	}
}
