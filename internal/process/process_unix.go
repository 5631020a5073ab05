//go:build unix

package process

import (
	"syscall"
	"time"
)

// Ended returns a channel that is closed when the process has ended and, if it is a
// child of a process that is still there, has been waited for.
func Ended(pid int) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for syscall.Kill(pid, 0) != syscall.ESRCH {
			time.Sleep(interval)
		}
	}()
	return ended
}

// Terminate asks the process to end.
func Terminate(pid int) error { return syscall.Kill(pid, syscall.SIGTERM) }
