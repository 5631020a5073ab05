package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// TestMain makes the test's program also one that follows another.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "follow" {
		leader, _ := strconv.Atoi(os.Args[2])
		target, _ := strconv.Atoi(os.Args[3])
		Follow(leader, target)
		return
	}
	os.Exit(m.Run())
}

// start starts a shell command and returns it and a channel that is closed when it ends.
func start(t *testing.T, name string, args ...string) (*exec.Cmd, <-chan struct{}) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = t.TempDir()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cmd.Wait()
	}()
	t.Cleanup(func() { cmd.Process.Kill(); <-ended })
	return cmd, ended
}

func follower(t *testing.T, leader, target *exec.Cmd) <-chan struct{} {
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	_, ended := start(t, own, "follow", strconv.Itoa(leader.Process.Pid), strconv.Itoa(target.Process.Pid))
	return ended
}

func within(t *testing.T, limit time.Duration, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatal(what + " has not ended")
	}
}

func TestFollow(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	leader, leaderEnded := start(t, "sleep", "60")
	target, targetEnded := start(t, "sh", "-c", "trap 'touch asked; exit' TERM; touch ready; while true; do sleep 0.1; done")
	for _, err := os.Stat(filepath.Join(target.Dir, "ready")); err != nil; _, err = os.Stat(filepath.Join(target.Dir, "ready")) {
		time.Sleep(10 * time.Millisecond)
	}
	followerEnded := follower(t, leader, target)
	select {
	case <-targetEnded:
		t.Fatal("ended before its leader")
	case <-time.After(3 * interval):
	}
	leader.Process.Kill()
	within(t, time.Minute, "the leader", leaderEnded)
	within(t, time.Minute, "the target", targetEnded)
	within(t, time.Minute, "the follower", followerEnded)
	if _, err := os.Stat(filepath.Join(target.Dir, "asked")); err != nil {
		t.Error("the target was killed and not asked to end")
	}
}

// TestFollowNobody has a target that ends by itself.
func TestFollowNobody(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	leader, leaderEnded := start(t, "sleep", "60")
	target, _ := start(t, "true")
	within(t, time.Minute, "the follower", follower(t, leader, target))
	select {
	case <-leaderEnded:
		t.Error("the leader has ended")
	default:
	}
}
