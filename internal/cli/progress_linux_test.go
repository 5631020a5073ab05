package cli

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"pnclab/internal/notebook"
)

// terminal is a terminal without a window, and what has been written to it.
type terminal struct {
	master, slave *os.File
	mu            sync.Mutex
	text          strings.Builder
}

func newTerminal(t *testing.T, columns uint16) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Skip(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Skip(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { slave.Close() })
	term := &terminal{master: master, slave: slave}
	term.resize(t, columns)
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			if err != nil {
				return
			}
			term.mu.Lock()
			term.text.Write(b[:n])
			term.mu.Unlock()
		}
	}()
	return term
}

func (term *terminal) resize(t *testing.T, columns uint16) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(term.slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
}

// wait waits for a text behind the first bytes and returns what is written behind them.
func (term *terminal) wait(t *testing.T, from int, want string) string {
	t.Helper()
	for range 300 {
		if s := term.written()[from:]; strings.Contains(s, want) {
			return s
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("no %q in %q", want, term.written()[from:])
	return ""
}

func (term *terminal) written() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.text.String()
}

// TestTerminal shows two running notebooks on a terminal that is made narrower.
func TestTerminal(t *testing.T) {
	term := newTerminal(t, 80)
	first, second := ofCells("00_quick_tour", 17), ofCells("05_rank_accuracy", 20)
	p := newProgress(term.slave, []*notebook.Notebook{first, second})
	a, b := p.begin(first), p.begin(second)
	a.update(notebook.Progress{Cell: 9, Cells: 17})
	b.update(notebook.Progress{Cell: 3, Cells: 20, Latest: strings.Repeat("epoch ", 30)})
	for _, columns := range []uint16{80, 60, 30} {
		term.resize(t, columns)
		time.Sleep(2 * redrawEvery) // for what is still drawn for the old size
		from := len(term.written())
		term.wait(t, from, "0 of 2 notebooks, 37 cells")
		term.wait(t, from, "00_quick_tour  cell 9/17  ")
		term.wait(t, from, "05_rank_accuracy  cell 3/20")
		shown := term.wait(t, from, "epoch epoch")
		for line := range strings.SplitSeq(notebook.PlainText(shown), "\n") {
			if n := utf8.RuneCountInString(strings.Trim(line, "\r")); n >= int(columns) {
				t.Errorf("%d columns: a line of %d: %q", columns, n, line)
			}
		}
	}
	from := len(term.written())
	a.end(&notebook.Run{Notebook: first, Duration: time.Second, CellTimes: make([]time.Duration, 17)})
	b.end(&notebook.Run{Notebook: second, Duration: time.Second, CellTimes: make([]time.Duration, 20)})
	p.close()
	fmt.Fprint(term.slave, "the end\n")
	last := term.wait(t, from, "the end\r\n")
	// After the last line that is redrawn is erased, only what stays follows.
	last = last[strings.LastIndex(last, "\x1b[J")+len("\x1b[J"):]
	if !strings.HasSuffix(last, "the end\r\n") || strings.Contains(last, "cell ") || strings.Contains(last, "left") {
		t.Errorf("left on the terminal: %q", last)
	}
	for _, want := range []string{"00_quick_tour                1.0 s  no verdicts\r\n", "05_rank_accuracy             1.0 s  no verdicts\r\n"} {
		if n := strings.Count(term.written(), want); n != 1 {
			t.Errorf("%q is written %d times", want, n)
		}
	}
}
