package plotting

import (
	"os"
	"slices"
	"testing"
	"time"

	"pnclab/pnc"
)

// told returns a teller and what it has told so far: lines and the last state of every
// output, and what it has passed on.
func told(headless bool) (t *teller, lines func() []string, passed *[]string) {
	var all []*string
	passed = new([]string)
	t = &teller{
		bars: map[string]*bar{}, say: func(line string) { all = append(all, &line) },
		pass: func(line string) { *passed = append(*passed, line) },
	}
	if !headless {
		t.show = func() func(page, line string) {
			o := new(string)
			all = append(all, o)
			return func(page, line string) { *o = line }
		}
	}
	return t, func() []string {
		var s []string
		for _, l := range all {
			s = append(s, *l)
		}
		return s
	}, passed
}

func TestTeller(t *testing.T) {
	second := time.Second
	for _, headless := range []bool{false, true} {
		teller, lines, passed := told(headless)
		for _, n := range []pnc.Notice{
			pnc.Progress{Task: "short", Done: 1, Total: 2, Unit: "files", Elapsed: second / 2},
			pnc.Progress{Task: "short", Done: 2, Total: 2, Unit: "files", Elapsed: second},
			pnc.Progress{Task: "sweep", Done: 1, Total: 4, Unit: "experiments", Elapsed: 2 * second},
			pnc.Warning("no room"),
			pnc.Progress{Task: "sweep", Done: 3, Total: 4, Unit: "experiments", Elapsed: 3 * second}, // too soon to be shown
			pnc.Progress{Task: "downloading a", Done: 30e6, Total: 45e6, Unit: "bytes", Elapsed: 10 * second},
		} {
			teller.tell(n)
		}
		want := []string{"sweep: 1 of 4 experiments, 2 s each, 6s left", "warning: no room", "downloading a: 30.0 of 45.0 MB, 3 MB/s, 5s left"}
		if headless {
			want = []string{"sweep …", "warning: no room", "downloading a …"}
		}
		if got := lines(); !slices.Equal(got, want) {
			t.Errorf("headless %v: told %q, want %q", headless, got, want)
		}
		teller.tell(pnc.Progress{Task: "sweep", Done: 4, Total: 4, Unit: "experiments", Elapsed: 4 * second})
		teller.tell(pnc.Progress{Task: "sweep", Done: 1, Total: 2, Unit: "experiments", Elapsed: 5 * second}) // another one
		want[0] = "sweep: 4 of 4 experiments, 1 experiments/s, 4s"
		want = append(want, "sweep: 1 of 2 experiments, 5 s each, 5s left")
		if headless { // one line for all tasks of a name
			want = []string{"sweep …", "warning: no room", "downloading a …"}
		}
		if got := lines(); !slices.Equal(got, want) {
			t.Errorf("headless %v: told %q in the end, want %q", headless, got, want)
		}
		var on []string
		if headless {
			on = []string{"sweep: 4 of 4 experiments, 1 experiments/s, 4s", "sweep: 1 of 2 experiments, 6 s each, 6s left"}
			for elapsed := 6 * second; elapsed < 8*second; elapsed += second { // the same twice is no progress
				time.Sleep(between)
				teller.tell(pnc.Progress{Task: "sweep", Done: 1, Total: 2, Unit: "experiments", Elapsed: elapsed})
			}
		}
		if !slices.Equal(*passed, on) {
			t.Errorf("headless %v: passed on %q, want %q", headless, *passed, on)
		}
	}
}

// TestStopper interrupts a program that does not end, one whose call was cancelled, and
// one that needs time.
func TestStopper(t *testing.T) {
	start := func(grace time.Duration) (chan<- os.Signal, func(), <-chan struct{}) {
		interrupts, exited := make(chan os.Signal, 1), make(chan struct{})
		return interrupts, stopper(interrupts, grace, func() { close(exited) }), exited
	}
	ended := func(exited <-chan struct{}, limit time.Duration) bool {
		select {
		case <-exited:
			return true
		case <-time.After(limit):
			return false
		}
	}

	const short = 50 * time.Millisecond
	interrupts, _, exited := start(short)
	interrupts <- os.Interrupt
	if !ended(exited, time.Minute) {
		t.Error("a program that does not end is not ended")
	}

	unhurried.Add(1)
	interrupts, _, exited = start(short)
	interrupts <- os.Interrupt
	if ended(exited, 10*short) {
		t.Error("a program that needs time was ended")
	}
	unhurried.Add(-1)

	interrupts, stop, exited := start(time.Hour)
	stop() // cancelled, but by nobody's button
	if ended(exited, 0) {
		t.Error("ended without an interrupt")
	}
	interrupts <- os.Interrupt
	stop()
	if !ended(exited, time.Minute) {
		t.Error("a cancelled call does not end the program")
	}
}
