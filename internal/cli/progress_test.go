package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pnclab/internal/notebook"
	"pnclab/pnc"
)

// ofCells returns a notebook with n cells of code.
func ofCells(name string, n int) *notebook.Notebook {
	nb := &notebook.Notebook{Path: name + ".ipynb"}
	for range n {
		nb.Cells = append(nb.Cells, &notebook.Cell{Type: notebook.Code, Source: "x"})
	}
	return nb
}

// TestLog checks the lines that a run writes to a log, which is not a terminal.
func TestLog(t *testing.T) {
	var out bytes.Buffer
	first, second := ofCells("00_a", 3), ofCells("01_b", 1)
	p := newProgress(&out, []*notebook.Notebook{first, second})
	a, b := p.begin(first), p.begin(second)
	a.update(notebook.Progress{Cell: 1, Cells: 3})
	b.update(notebook.Progress{Cell: 1, Cells: 1, Latest: "epoch 3"})
	a.update(notebook.Progress{Cell: 1, Cells: 3, Elapsed: 1500 * time.Millisecond, Done: true})
	p.mu.Lock()
	b.said = b.said.Add(-remindEvery)
	p.remind()
	p.remind() // not again immediately
	p.mu.Unlock()
	table := pnc.NewVerdicts("", "")
	table.AtLeast("a", "", 1, 2)
	table.Note("b", "", 1, 2, "")
	b.update(notebook.Progress{Cell: 1, Cells: 1, Elapsed: 2 * time.Second, Done: true})
	b.end(&notebook.Run{Notebook: second, Duration: 2 * time.Second, Verdicts: []*pnc.Verdicts{table}, CellTimes: make([]time.Duration, 1)})
	a.end(&notebook.Run{Notebook: first, Duration: time.Second, Err: errReported, CellTimes: make([]time.Duration, 1)})
	p.close()
	want := `00_a  cell 1/3  1.5 s
01_b  cell 1/1  0 s  epoch 3
01_b  cell 1/1  2.0 s
01_b                         2.0 s  1 pass, 1 note
1 of 2 notebooks, 2 cells left
00_a                         1.0 s  FAILED
`
	if out.String() != want {
		t.Errorf("got\n%s, want\n%s", out.String(), want)
	}
	if p.state.left != 0 {
		t.Errorf("%d cells left, want 0", p.state.left)
	}
	if strings.ContainsAny(out.String(), "\r\x1b") {
		t.Error("a log has escape sequences")
	}
}

func TestTotal(t *testing.T) {
	for _, test := range []struct {
		state   total
		elapsed time.Duration
		want    string
	}{
		{total{notebooks: 12, left: 200}, 0, "0 of 12 notebooks, 200 cells left"},
		{total{notebooks: 12, ran: fewCells - 1, left: 200}, time.Minute, "0 of 12 notebooks, 200 cells left"},
		{total{notebooks: 12, ended: 5, ran: 160, left: 40}, 12 * time.Minute, "5 of 12 notebooks, 40 cells left, about 3 min"},
		{total{notebooks: 1, ran: 9, left: 1}, time.Minute, "0 of 1 notebook, 1 cell left, less than a minute"},
		{total{notebooks: 12, ended: 1, ran: 10, left: 20}, 5 * time.Hour, "1 of 12 notebooks, 20 cells left, about 10.0 h"},
		{total{notebooks: 2, ended: 1, ran: 10}, time.Hour, "1 of 2 notebooks, 0 cells left"},
	} {
		if got := test.state.after(test.elapsed); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestFit(t *testing.T) {
	long := strings.Repeat("ε", 100)
	for _, width := range []int{1, 2, 20, 60, 80, 200} {
		if n := utf8.RuneCountInString(fit(long, width)); n != min(maxWidth, width-1) {
			t.Errorf("%d columns of %d", n, width)
		}
	}
	if got := fit("01_theorem  cell 1/20  3 s", 60); got != "01_theorem  cell 1/20  3 s" {
		t.Errorf("a short line became %q", got)
	}
}
