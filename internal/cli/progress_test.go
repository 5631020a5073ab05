package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pnclab/internal/notebook"
	"pnclab/pnc"
)

// TestLog checks the lines that a run writes to a log, which is not a terminal.
func TestLog(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out)
	a, b := p.begin("00_a"), p.begin("01_b")
	a.update(notebook.Progress{Cell: 1, Cells: 2})
	b.update(notebook.Progress{Cell: 1, Cells: 1, Latest: "epoch 3"})
	a.update(notebook.Progress{Cell: 1, Cells: 2, Elapsed: 1500 * time.Millisecond, Done: true})
	p.mu.Lock()
	b.said = b.said.Add(-remindEvery)
	p.remind()
	p.remind() // not again immediately
	p.mu.Unlock()
	table := pnc.NewVerdicts("", "")
	table.AtLeast("a", "", 1, 2)
	table.Note("b", "", 1, 2, "")
	b.end(&notebook.Run{Notebook: &notebook.Notebook{}, Duration: 2 * time.Second, Verdicts: []*pnc.Verdicts{table}})
	a.end(&notebook.Run{Notebook: &notebook.Notebook{}, Duration: time.Second, Err: errReported})
	p.close()
	want := `00_a  cell 1/2  1.5 s
01_b  cell 1/1  0 s  epoch 3
01_b                         2.0 s  1 pass, 1 note
00_a                         1.0 s  FAILED
`
	if out.String() != want {
		t.Errorf("got\n%s, want\n%s", out.String(), want)
	}
	if strings.ContainsAny(out.String(), "\r\x1b") {
		t.Error("a log has escape sequences")
	}
}
