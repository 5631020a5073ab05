package notebook

import "testing"

func TestPercent(t *testing.T) {
	nb, err := decode([]byte(executed))
	if err != nil {
		t.Fatal(err)
	}
	nb.Cells[1].Source = "var n = 3\n\nvar m = 4"
	const cells = `// %% [markdown]
# Größe <x> & $C_\ell$

text

// %% tags=["parameters"]
var n = 3

var m = 4
`
	const outputs = `//> one
//> two
//> [application/x+json, 13 bytes] [image/png, 9 bytes] [text/html, 8 bytes]
//> 5
//> ERROR: bad
//> a
//> b
`
	const raw = `
// %% [raw]
raw
`
	if got, want := nb.Percent(false), cells+raw; got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	if got, want := nb.Percent(true), cells+outputs+raw; got != want {
		t.Errorf("with outputs, got\n%s, want\n%s", got, want)
	}
}
