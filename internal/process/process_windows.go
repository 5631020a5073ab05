package process

import (
	"os"
	"os/exec"
	"strconv"
)

// Ended returns a channel that is closed when the process has ended.
func Ended(pid int) <-chan struct{} {
	ended := make(chan struct{})
	p, err := os.FindProcess(pid)
	if err != nil { // it has already
		close(ended)
		return ended
	}
	go func() {
		defer close(ended)
		p.Wait()
	}()
	return ended
}

// Terminate ends the process and those that it started: there is no way to ask.
func Terminate(pid int) error {
	return exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(pid)).Run()
}

// List knows nothing here.
func List() (all []Process, known bool) { return nil, false }
