package notebook

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"
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
		w := newWatchdog(limit, func() (time.Duration, bool) { return used, !test.unknown })
		begin := w.since
		for _, l := range test.looks {
			used = l.used
			if got := w.look(begin.Add(l.at)); got != l.ends {
				t.Errorf("%s: after %v, ends %v, want %v", test.name, l.at, got, l.ends)
			}
		}
	}
	w := newWatchdog(limit, func() (time.Duration, bool) { return 0, true })
	w.since = w.since.Add(-limit)
	w.alive()
	if w.look(time.Now()) {
		t.Error("a cell that has just printed is ended")
	}
}

// TestGroupCPU measures a process that computes and one that waits, each started by
// the leader of a group.
func TestGroupCPU(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("not known there")
	}
	measure := func(script string, looks int) time.Duration {
		cmd := exec.Command("/bin/sh", "-c", script)
		ownGroup(cmd)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Wait()
		defer killGroup(cmd.Process)
		var used time.Duration
		for range looks {
			time.Sleep(50 * time.Millisecond)
			var ok bool
			if used, ok = groupCPU(cmd.Process); !ok {
				t.Fatal("not known")
			}
			if used >= 200*time.Millisecond {
				break
			}
		}
		return used
	}
	if used := measure("(while :; do :; done) & wait", 600); used < 200*time.Millisecond {
		t.Errorf("a loop used %v", used)
	}
	if used := measure("(sleep 60) & wait", 10); used >= 200*time.Millisecond {
		t.Errorf("a sleep used %v", used)
	}
	if used, ok := groupCPU(&os.Process{Pid: 1<<22 + 1}); !ok || used != 0 {
		t.Errorf("no process used %v, %v", used, ok)
	}
}
