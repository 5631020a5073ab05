package process

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test's program is also one that keeps another.
func init() {
	if len(os.Args) > 2 && os.Args[1] == "keep" {
		os.Exit(Keep(os.Args[2], os.Args[3:]))
	}
}

// keep returns a command that runs this test's program as one that keeps a shell.
func keep(t *testing.T, script string) *exec.Cmd {
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(own, "keep", "/bin/sh", "-c", script)
	cmd.Dir = t.TempDir()
	return cmd
}

// TestKeep has programs that end in different ways, and checks the status and that nothing
// of what they detached is left: a process in a session of its own, one that has forgotten
// its environment, and one that does not want to end.
func TestKeep(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("no setsid")
	}
	detach := "setsid sh -c 'sleep 67.5 & wait' & env -i setsid sleep 67.5 & (trap '' TERM INT HUP; setsid sleep 67.5) & "
	for _, test := range []struct{ name, script, want string }{
		{"ends", detach + "sleep 0.3; exit 3", "exit status 3"},
		{"is killed", detach + "sleep 0.3; kill -9 $$", "signal: killed"},
		{"succeeds", "true", "<nil>"},
		{"is told to", detach + "touch ready; wait", "signal: terminated"},
	} {
		cmd := keep(t, test.script)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		cmd.WaitDelay = time.Minute // nobody is left that has it
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(test.script, "ready") {
			for _, err := os.Stat(filepath.Join(cmd.Dir, "ready")); err != nil; _, err = os.Stat(filepath.Join(cmd.Dir, "ready")) {
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(300 * time.Millisecond)
			cmd.Process.Signal(syscall.SIGTERM)
		}
		got := "<nil>"
		if err := cmd.Wait(); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("a program that %s: %s, want %s; %s", test.name, got, test.want, &errs)
		}
		all, _ := List()
		for _, p := range all {
			if strings.Contains(p.Command, "sleep 67.5") {
				t.Errorf("a program that %s leaves %s (process %d)", test.name, p.Command, p.PID)
				syscall.Kill(p.PID, syscall.SIGKILL)
			}
		}
	}
	cmd := keep(t, "")
	cmd.Args[2] = filepath.Join(t.TempDir(), "none")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "none: no such file") {
		t.Errorf("no program: %v, %s", err, out)
	}
}
