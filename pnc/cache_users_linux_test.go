package pnc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Two users and the group that they share; nobody needs to have heard of them.
const (
	firstUser  = 64201
	secondUser = 64202
	lab        = 64200
)

// TestCacheOfTwoUsers has two users share a cache directory that belongs to a group,
// one of them with a umask that keeps files private: the second is served what the
// first has computed, does not run what the first has under way, and continues what it
// left. In a directory of the first alone, the second runs everything itself, and is
// told why.
func TestCacheOfTwoUsers(t *testing.T) {
	if task := os.Getenv("PNC_TEST_TASK"); task != "" {
		asUser(t, task)
		return
	}
	if os.Getuid() != 0 {
		t.Skip("only root can act as two users; run the tests of pnc as root to see a shared cache tested")
	}
	for _, test := range []struct {
		name string
		mode os.FileMode
	}{
		{"group", 0o770},
		{"set-group-id", 0o770 | os.ModeSetgid},
		{"sticky", 0o777 | os.ModeSticky},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := folderOf(t, firstUser, lab, test.mode)
			if got := as(t, firstUser, dir, "run"); got != "cached=false warnings=[]" {
				t.Fatalf("the first user: %s", got)
			}
			files, _ := filepath.Glob(filepath.Join(dir, "*"))
			if len(files) != 2 {
				t.Errorf("files %q, want an outcome and its origin", files)
			}
			for _, f := range files {
				if info := Must(os.Stat(f)); info.Mode().Perm()&0o040 == 0 || info.Sys().(*syscall.Stat_t).Gid != lab {
					t.Errorf("%s: %v, group %d", f, info.Mode(), info.Sys().(*syscall.Stat_t).Gid)
				}
			}
			if got := as(t, secondUser, dir, "run"); got != "cached=true warnings=[]" {
				t.Errorf("the second user: %s", got)
			}
			holder := begin(t, firstUser, dir, "hold")
			if got := as(t, secondUser, dir, "claim"); got != "under way elsewhere" {
				t.Errorf("while the first user holds the key: %s", got)
			}
			holder.end(t)
			if got := as(t, secondUser, dir, "claim"); got != "claimed" {
				t.Errorf("afterwards: %s", got)
			}
			if test.mode&os.ModeSticky != 0 {
				return // nobody can replace another's checkpoint
			}
			if got := as(t, firstUser, dir, "interrupted"); got != "stopped" {
				t.Errorf("a run of the first user that is stopped: %s", got)
			}
			if got := as(t, secondUser, dir, "continue"); !strings.HasPrefix(got, "resumed=true") {
				t.Errorf("the second user continues it: %s", got)
			}
		})
	}
	private := folderOf(t, firstUser, firstUser, 0o755)
	as(t, firstUser, private, "run")
	for _, f := range Must(filepath.Glob(filepath.Join(private, "*"))) {
		if err := os.Chmod(f, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := as(t, secondUser, private, "run"); !strings.HasPrefix(got, "cached=false") || !strings.Contains(got, "permission denied; the experiment is run again") {
		t.Errorf("the second user, without permission: %s", got)
	}
}

// folderOf returns a folder that belongs to a user and a group, below folders that
// everybody may enter.
func folderOf(t *testing.T, user, group int, mode os.FileMode) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pnc-users")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	cache := filepath.Join(dir, "cache")
	for _, err := range []error{os.Chmod(dir, 0o755), os.Mkdir(cache, 0o700), os.Chown(cache, user, group), os.Chmod(cache, mode)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return cache
}

// userProcess is this test in another process, as another user.
type userProcess struct {
	cmd   *exec.Cmd
	stdin io.Closer
	out   *bufio.Scanner
	line  string // its first line that is not go test's
}

// begin starts a task as a user with a private group beside the shared one, and waits
// for its first line.
func begin(t *testing.T, user uint32, dir, task string) *userProcess {
	t.Helper()
	p := &userProcess{cmd: exec.Command("/proc/self/exe", "-test.run=^TestCacheOfTwoUsers$")} // which the user could not find by its path
	p.cmd.Dir = "/"
	p.cmd.Env = append(os.Environ(), "PNC_CACHE=", "PNC_TEST_CACHE="+dir, "PNC_TEST_TASK="+task)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user, Groups: []uint32{lab}}}
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Skipf("cannot act as another user: %v", err)
	}
	p.out = bufio.NewScanner(out)
	for p.out.Scan() {
		if line, ok := strings.CutPrefix(p.out.Text(), "task: "); ok {
			p.line = line
			return p
		}
		p.line += p.out.Text() + "\n"
	}
	return p
}

// end lets a process end and waits for it.
func (p *userProcess) end(t *testing.T) {
	t.Helper()
	p.stdin.Close()
	for p.out.Scan() {
		p.line += "\n" + p.out.Text()
	}
	p.line = strings.TrimSuffix(p.line, "\nPASS")
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, p.line)
	}
}

// as returns the first line of a task, as a user.
func as(t *testing.T, user uint32, dir, task string) string {
	t.Helper()
	p := begin(t, user, dir, task)
	p.end(t)
	return p.line
}

// asUser does a task in the process of a user.
func asUser(t *testing.T, task string) {
	t.Setenv("PNC_CACHE", os.Getenv("PNC_TEST_CACHE"))
	if os.Getuid() == firstUser {
		syscall.Umask(0o077)
	}
	e := smallExperiment()
	long := e // has a checkpoint
	long.Seed = 2
	long.Train.Epochs = 1e6
	long.Train.TimeLimit = 1
	warnings := []string{}
	defer Observe(func(n Notice) {
		if w, ok := n.(Warning); ok {
			warnings = append(warnings, string(w))
		}
	})()
	switch task {
	case "run":
		o := Must(e.Run(t.Context()))
		fmt.Printf("task: cached=%v warnings=%q\n", o.Cached, warnings)
	case "hold":
		release := Must(claim(t.Context(), Must(e.Key()), true))
		fmt.Println("task: held")
		io.Copy(io.Discard, os.Stdin)
		release()
	case "claim":
		release, err := claim(t.Context(), Must(e.Key()), false)
		if errors.Is(err, errClaimed) {
			fmt.Println("task: under way elsewhere")
			return
		}
		release()
		fmt.Println("task: claimed")
	case "interrupted":
		o := Must(long.Run(t.Context()))
		if o.Result.Status != TimeLimit {
			t.Errorf("status %v", o.Result.Status)
		}
		fmt.Println("task: stopped")
	case "continue":
		was := Must(os.Stat(checkpointFile(Must(long.Key())))).Size() > 0
		o := Must(long.Run(t.Context()))
		fmt.Printf("task: resumed=%v warnings=%q steps=%d\n", was && o.Result.Steps >= 2 && len(warnings) == 0, warnings, o.Result.Steps)
	}
}
