package browser

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTeachingLinks opens the playground at every address of docs/teaching.md: the page
// must understand all of it, and show the controls that the address leaves, with the
// numbers of the native library.
func TestTeachingLinks(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "teaching.md"))
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`(?m)^    playground\.html(#\S+)$`).FindAllStringSubmatch(string(text), -1)
	if len(links) != 8 {
		t.Fatalf("%d links for eight questions", len(links))
	}
	tab := open(t, "")
	for i, link := range links {
		hash := link[1]
		visit(t, tab, hash)
		if got := eval[string](t, tab, "pnclab.address()"); got != hash {
			t.Errorf("%s is understood as %s", hash, got)
		}
		_, hidden, _ := strings.Cut(hash, "hide=")
		hidden, _, _ = strings.Cut(hidden, "&")
		for _, id := range strings.Split(hidden, ",") {
			if id != "" && !eval[bool](t, tab, `(e => Boolean(e) && e.offsetParent === null)(document.getElementById("row-`+id+`") || document.querySelector('[data-part="`+id+`"]'))`) {
				t.Errorf("%s: %s is not hidden", hash, id)
			}
		}
		compare(t, hash, show(t, tab))
		shoot(t, tab, "teaching-"+string(rune('1'+i)))
	}
}
