package notebook

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pnclab/internal/process"
)

// activity is what the processes of a kernel do.
type activity struct {
	known   bool              // the system tells
	used    time.Duration     // processor time, of all of them and on Linux of those that have ended
	running []process.Process // what the kernel has started, but for gopls
	// held are those for which the kernel waits although the program of the cell has ended:
	// it has started them, and its output is theirs too.
	held []process.Process
}

// look returns what the processes of the kernel do.
func (k *kernel) look() activity {
	all, known := process.List()
	if !known {
		return activity{}
	}
	return activityOf(all, k.cmd.Process.Pid, k.pid, process.Shares)
}

// activityOf returns what the processes below root do, one of which is the kernel, or root
// itself. shares reports whether two processes have the same pipe open.
func activityOf(all []process.Process, root, kernel int, shares func(a, b int) bool) activity {
	a := activity{known: true}
	ended, own := false, false // a child of the kernel has ended, another one is running
	for _, p := range all {
		if p.PID == root {
			a.used += p.CPU
		}
	}
	for _, p := range process.Below(all, root) {
		a.used += p.CPU
		switch {
		case p.PID == kernel:
		case p.Ended:
			ended = ended || p.Parent == kernel
		case isServer(p):
		default:
			a.running = append(a.running, p)
			own = own || p.Parent == kernel
		}
	}
	if ended && !own {
		a.held = slices.Clone(a.running)
		a.held = slices.DeleteFunc(a.held, func(p process.Process) bool { return !shares(p.PID, kernel) })
	}
	return a
}

// isServer reports whether a process is the gopls that a kernel runs where there is one.
func isServer(p process.Process) bool {
	name, _, _ := strings.Cut(p.Command, " ")
	return strings.TrimSuffix(filepath.Base(name), ".exe") == "gopls"
}

// programOf reports whether a process is the program of a cell, see cellgo.
func programOf(p process.Process) bool {
	name, _, _ := strings.Cut(p.Command, " ")
	return strings.HasPrefix(filepath.Base(name), "gonb_")
}

// describe lists processes for a message.
func describe(list []process.Process) string {
	const most = 3
	var names []string
	for i, p := range list {
		if i == most {
			names = append(names, fmt.Sprintf("%d more", len(list)-most))
			break
		}
		names = append(names, fmt.Sprintf("%s (process %d)", p.Command, p.PID))
	}
	return strings.Join(names, ", ")
}
