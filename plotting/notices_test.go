package plotting

import (
	"slices"
	"testing"

	"pnclab/pnc"
)

func TestNoticeTeller(t *testing.T) {
	var lines []string
	teller := noticeTeller(func(line string) { lines = append(lines, line) })
	teller(pnc.Progress{Task: "downloading a", Done: 0, Total: 5, Unit: "bytes"})
	teller(pnc.Progress{Task: "downloading a", Done: 5, Total: 5, Unit: "bytes"})
	teller(pnc.Warning("no room"))
	if want := []string{"downloading a …", "warning: no room"}; !slices.Equal(lines, want) {
		t.Errorf("told %q, want %q", lines, want)
	}
}
