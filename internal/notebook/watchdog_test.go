//go:build unix

package notebook

import (
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"pnclab/internal/process"
)

// TestWatchdog plays minutes of a cell: what the processor has been used for at each
// look, and whether that look ends the cell.
func TestWatchdog(t *testing.T) {
	const limit = 10 * time.Minute
	type look struct {
		at, used time.Duration
		ends     bool
	}
	for _, test := range []struct {
		name    string
		unknown bool
		looks   []look
	}{
		{"works", false, []look{{9 * time.Minute, 8 * time.Minute, false}, {18 * time.Minute, 15 * time.Minute, false}, {27 * time.Minute, 20 * time.Minute, false}}},
		{"works on a busy machine", false, []look{{9 * time.Minute, 6 * time.Second, false}, {18 * time.Minute, 12 * time.Second, false}}},
		{"waits", false, []look{{5 * time.Minute, time.Second, false}, {9 * time.Minute, 2 * time.Second, false}, {10 * time.Minute, 3 * time.Second, true}}},
		{"works, then waits", false, []look{{time.Minute, time.Minute, false}, {10 * time.Minute, time.Minute, false}, {11 * time.Minute, time.Minute, true}}},
		{"a program ends", false, []look{{time.Minute, time.Minute, false}, {2 * time.Minute, 0, false}, {10 * time.Minute, 6 * time.Second, false}, {19 * time.Minute, 6 * time.Second, false}, {20 * time.Minute, 6 * time.Second, true}}},
		{"unknown", true, []look{{9 * time.Minute, 0, false}, {10 * time.Minute, 0, true}}},
	} {
		var used time.Duration
		w := newWatchdog(limit, func() activity { return activity{known: !test.unknown, used: used} })
		begin := w.since
		for _, l := range test.looks {
			used = l.used
			if got := w.look(begin.Add(l.at)); got != l.ends {
				t.Errorf("%s: after %v, ends %v, want %v", test.name, l.at, got, l.ends)
			}
		}
	}
	w := newWatchdog(limit, func() activity { return activity{known: true} })
	w.since = w.since.Add(-limit)
	w.alive()
	if w.look(time.Now()) {
		t.Error("a cell that has just printed is ended")
	}
}

// TestComplaint says what a silent cell waits for. A process that only holds the output of a
// program that has ended is not waited for as long.
func TestComplaint(t *testing.T) {
	sleep := process.Process{PID: 7, Command: "sleep 1000"}
	program := process.Process{PID: 6, Command: "/tmp/x/gonb_1f/gonb_1f.cell"}
	for _, test := range []struct {
		found activity
		want  string
		after time.Duration
	}{
		{activity{}, "it printed nothing for 10m0s (--timeout)", 10 * time.Minute},
		{activity{known: true, running: []process.Process{program}}, "it neither printed nor computed anything for 10m0s (--timeout)", 10 * time.Minute},
		{activity{known: true, running: []process.Process{program, sleep, sleep, sleep, sleep}},
			"it neither printed nor computed anything for 10m0s (--timeout); running: sleep 1000 (process 7), sleep 1000 (process 7), sleep 1000 (process 7), 1 more", 10 * time.Minute},
		{activity{known: true, running: []process.Process{sleep}, held: []process.Process{sleep}},
			"its program has ended, but not sleep 1000 (process 7), which it has started and which still holds its output; let the cell wait for it, or write it elsewhere", heldLimit},
	} {
		w := newWatchdog(10*time.Minute, func() activity { return test.found })
		if w.look(w.since.Add(test.after-time.Second)) || !w.look(w.since.Add(test.after)) {
			t.Errorf("%s: not after %v", test.want, test.after)
		}
		if got := w.complaint(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

// TestActivity has a process that keeps the kernel 10, which has a gopls and runs a program.
func TestActivity(t *testing.T) {
	p := func(pid, parent int, ended bool, command string) process.Process {
		return process.Process{PID: pid, Parent: parent, Ended: ended, CPU: time.Second, Command: command}
	}
	basis := []process.Process{p(1, 0, false, "init"), p(9, 1, false, "keep"), p(10, 9, false, "gonb --kernel"), p(11, 10, false, "/x/gopls -listen"), p(30, 1, false, "sleep 1")}
	for _, test := range []struct {
		name          string
		more          []process.Process
		running, held string
		seconds       time.Duration
	}{
		{"idle", nil, "", "", 3},
		{"runs", []process.Process{p(12, 10, false, "gonb_1.cell"), p(13, 12, false, "sleep 2")}, "gonb_1.cell (process 12), sleep 2 (process 13)", "", 5},
		{"has ended", []process.Process{p(12, 10, true, ""), p(13, 9, false, "sleep 2")}, "sleep 2 (process 13)", "sleep 2 (process 13)", 5},
		{"has ended and left what writes elsewhere", []process.Process{p(12, 10, true, ""), p(14, 9, false, "daemon")}, "daemon (process 14)", "", 5},
	} {
		shares := func(a, b int) bool { return b == 10 && a != 14 }
		for _, root := range []int{9, 10} { // without a process that keeps it, what is detached is lost
			a := activityOf(append(slices.Clone(basis), test.more...), root, 10, shares)
			if root == 9 && (describe(a.running) != test.running || describe(a.held) != test.held || a.used != test.seconds*time.Second || !a.known) {
				t.Errorf("%s: %+v", test.name, a)
			}
			if root == 10 && len(a.held) > 0 {
				t.Errorf("%s, not kept: %+v", test.name, a)
			}
		}
	}
}

// TestLook measures a kernel that computes and one that waits, each started by a shell in
// its place.
func TestLook(t *testing.T) {
	measure := func(script string, looks int) time.Duration {
		k := &kernel{cmd: exec.Command("/bin/sh", "-c", script)}
		ownGroup(k.cmd)
		if err := k.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer k.cmd.Wait()
		defer syscall.Kill(-k.cmd.Process.Pid, syscall.SIGKILL)
		var a activity
		for range looks {
			time.Sleep(50 * time.Millisecond)
			if a = k.look(); !a.known {
				t.Fatal("not known")
			}
			if a.used >= 200*time.Millisecond {
				break
			}
		}
		return a.used
	}
	if used := measure("(while :; do :; done) & wait", 600); used < 200*time.Millisecond {
		t.Errorf("a loop used %v", used)
	}
	if used := measure("(sleep 60) & wait", 10); used >= 200*time.Millisecond {
		t.Errorf("a sleep used %v", used)
	}
}
