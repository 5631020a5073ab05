//go:build unix

package process

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// find waits for a process with a command.
func find(t *testing.T, list func() ([]Process, bool), command string) Process {
	t.Helper()
	for range 500 {
		all, known := list()
		if !known {
			t.Skip("the system lists no processes")
		}
		if i := slices.IndexFunc(all, func(p Process) bool { return p.Command == command }); i >= 0 {
			return all[i]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no process %q", command)
	return Process{}
}

// TestList has a process with a child, and compares what the two ways to list processes say
// of them.
func TestList(t *testing.T) {
	for i, list := range []func() ([]Process, bool){List, listPS} {
		sleep := []string{"sleep 61.25", "sleep 61.75"}[i]
		cmd := exec.Command("sh", "-c", sleep+" & wait")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Wait()
		defer syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		child := find(t, list, sleep)
		if child.Parent != cmd.Process.Pid || child.Group != cmd.Process.Pid || child.Ended || child.CPU > time.Second {
			t.Errorf("child of %d: %+v", cmd.Process.Pid, child)
		}
		all, _ := list()
		if below := Below(all, cmd.Process.Pid); len(below) != 1 || below[0].PID != child.PID {
			t.Errorf("below %d: %+v", cmd.Process.Pid, below)
		}
		if own := Below(all, os.Getpid()); !slices.ContainsFunc(own, func(p Process) bool { return p.PID == child.PID }) {
			t.Errorf("below the test: %+v", own)
		}
		syscall.Kill(cmd.Process.Pid, syscall.SIGKILL)
		for ended := false; !ended; time.Sleep(10 * time.Millisecond) { // nobody has waited for it
			all, _ = list()
			i := slices.IndexFunc(all, func(p Process) bool { return p.PID == cmd.Process.Pid })
			if i < 0 {
				t.Fatal("a process that nobody has waited for is not listed")
			}
			ended = all[i].Ended
		}
	}
}

func TestClockTime(t *testing.T) {
	for _, test := range []struct {
		text string
		want time.Duration
	}{
		{"0:00.25", 250 * time.Millisecond}, {"00:01:02", 62 * time.Second}, {"1-02:03:04", 26*time.Hour + 3*time.Minute + 4*time.Second}, {"x", 0},
	} {
		if got := clockTime(test.text); got != test.want {
			t.Errorf("%s is %v, want %v", test.text, got, test.want)
		}
	}
}

func TestOneLine(t *testing.T) {
	if got := oneLine("sh\x00-c\x00a\n\x1b[31mb"); got != "sh -c a [31mb" {
		t.Errorf("%q", got)
	}
	if got := []rune(oneLine(strings.Repeat("ε", 1000))); len(got) != maxCommand || got[maxCommand-1] != '…' {
		t.Errorf("%d characters", len(got))
	}
}
