package process

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	keepGrace = 2 * time.Second // that a program may take to end by itself
	keepLimit = 5 * time.Second // until processes that a signal cannot end are left behind
)

// Keep runs a program with this one's files until it ends, or until SIGTERM arrives, which
// it passes on, and then kills everything that the program has started and left behind, in
// whatever way it was detached. It returns the exit status for this process, which has to
// do nothing else; if the program ended by a signal, Keep ends this process by the same.
//
// It works since this process declares itself the subreaper: a process whose parent ends
// becomes its child. Only Linux has that.
func Keep(path string, args []string) int {
	runtime.LockOSThread() // the program would take the end of this thread for that of the process
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		fmt.Fprintln(os.Stderr, "prctl:", err) // what is detached then survives
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	pid, err := syscall.ForkExec(path, append([]string{path}, args...), &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM},
	})
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
		return 127
	}
	go func() {
		<-signals
		syscall.Kill(pid, syscall.SIGTERM)
		time.Sleep(keepGrace)
		syscall.Kill(pid, syscall.SIGKILL)
	}()
	var status, other syscall.WaitStatus
	for ended := 0; ended != pid; {
		if ended, err = syscall.Wait4(-1, &other, 0, nil); err != nil && err != syscall.EINTR {
			break
		}
		status = other
	}
	killChildren()
	if status.Signaled() {
		unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) // the core would be of the wrong program
		signal.Reset()
		syscall.Kill(os.Getpid(), status.Signal())
		time.Sleep(time.Second)
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

// killChildren kills the children of this process, and the children of these, which become
// its own by that, until there are none.
func killChildren() {
	for began := time.Now(); time.Since(began) < keepLimit; time.Sleep(10 * time.Millisecond) {
		all, _ := List()
		for _, p := range all {
			if p.Parent == os.Getpid() && !p.Ended {
				syscall.Kill(p.PID, syscall.SIGKILL)
			}
		}
		for {
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if err == syscall.ECHILD {
				return
			}
			if pid <= 0 {
				break
			}
		}
	}
}
