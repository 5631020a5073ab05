// Package process lists other processes, knows when they end, and ends them.
package process

import (
	"os"
	"time"
)

// Patience is how long a process may take to end by itself.
const Patience = 10 * time.Second

// interval is how often it is looked whether a process is there.
const interval = 300 * time.Millisecond

// Follow ends the process target as soon as the process leader has ended. It returns when
// target has ended.
func Follow(leader, target int) {
	gone := Ended(target)
	select {
	case <-gone:
	case <-Ended(leader):
		Terminate(target)
		select {
		case <-gone:
		case <-time.After(Patience):
			Kill(target)
		}
	}
}

// Kill ends a process, if it is still there.
func Kill(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		p.Kill()
	}
}
